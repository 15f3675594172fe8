/** What the choice needs of a VolumeSnapshotClass. */
export interface SnapshotClass {
  readonly name: string;
  readonly driver: string;
  readonly deletionPolicy: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface SnapshotClassWish {
  readonly driver: string;
  /** From the Migration; '' = none. */
  readonly explicit: string;
  /** Annotations of the claim. */
  readonly claimAnnotations: Readonly<Record<string, string>>;
}

/** Which class serves a claim and by which rule, or why none does. */
export type SnapshotClassChoice =
  | {
      readonly found: true;
      readonly snapshotClass: SnapshotClass;
      readonly rule: 'explicit' | 'claim' | 'label' | 'default' | 'only';
    }
  | { readonly found: false; readonly reason: string };

const claimAnnotation = 'velero.io/csi-volumesnapshot-class';
const classLabel = 'velero.io/csi-volumesnapshot-class';
const defaultAnnotation = 'snapshot.storage.kubernetes.io/is-default-class';

/**
 * Chooses the VolumeSnapshotClass of a claim. Only classes of the claim's driver count, also when named.
 *
 *   1. named in the Migration        explicit
 *   2. named in the claim            annotation velero.io/csi-volumesnapshot-class
 *   3. marked for backup tools       label velero.io/csi-volumesnapshot-class=true
 *   4. marked as default             annotation snapshot.storage.kubernetes.io/is-default-class=true
 *   5. the driver has only one
 *
 * Velero's order (velero/pkg/util/csi GetVolumeSnapshotClass); the default annotation is the snapshot controller's own.
 */
export function chooseSnapshotClass(classes: readonly SnapshotClass[], wish: SnapshotClassWish): SnapshotClassChoice {
  const fitting = classes.filter(({ driver }) => driver === wish.driver).sort((a, b) => (a.name < b.name ? -1 : 1));
  const named = wish.explicit === '' ? wish.claimAnnotations[claimAnnotation] : wish.explicit;
  if (named !== undefined) {
    const snapshotClass = fitting.find(({ name }) => name === named);
    if (snapshotClass !== undefined)
      return { found: true, snapshotClass, rule: wish.explicit === '' ? 'claim' : 'explicit' };
    const other = classes.find(({ name }) => name === named);
    const why = other === undefined ? 'does not exist' : `is for the driver ${other.driver}, not ${wish.driver}`;
    return { found: false, reason: `VolumeSnapshotClass ${named} ${why}` };
  }
  const labelled = fitting.filter(({ labels }) => labels[classLabel] === 'true');
  if (labelled[0] !== undefined) return { found: true, snapshotClass: labelled[0], rule: 'label' };
  const defaults = fitting.filter(({ annotations }) => annotations[defaultAnnotation] === 'true');
  if (defaults[0] !== undefined) return { found: true, snapshotClass: defaults[0], rule: 'default' };
  if (fitting[0] !== undefined && fitting.length === 1) return { found: true, snapshotClass: fitting[0], rule: 'only' };
  if (fitting.length === 0) return { found: false, reason: `no VolumeSnapshotClass serves the driver ${wish.driver}` };
  const names = fitting.map(({ name }) => name).join(', ');
  return {
    found: false,
    reason: `several VolumeSnapshotClasses serve the driver ${wish.driver} and none is the default: ${names}`,
  };
}
