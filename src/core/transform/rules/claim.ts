import { escapeSegment } from '../../json/pointer.ts';
import { selectionErrors } from '../../error-catalogue-selection.ts';
import type { DocumentView } from '../../json/document.ts';
import { asText, isJsonObject } from '../../json/value.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import {
  change,
  kindKey,
  removals,
  type Change,
  type Rule,
  type RuleObject,
  type TransformContext,
  type TransformNote,
} from '../rule.ts';

const id = 'claim';

/** Annotations of the binder, provisioner and scheduler (`k8s.io/component-helpers/storage`), and of Velero. */
const bindingAnnotations = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-resizer',
  'volume.kubernetes.io/selected-node',
  'velero.io/volume-snapshot-name',
  'velero.io/data-upload-name',
].map((name) => `/metadata/annotations/${escapeSegment(name)}`);

const sources = ['/spec/dataSource', '/spec/dataSourceRef'];
const snapshotGroup = 'snapshot.storage.k8s.io';
const missingSource = selectionErrors.CLAIM_SOURCE_MISSING;

/**
 * A claim whose data moved is bound to the volume made for it; any other is left unbound, for the target's class to
 * provision. The claim of a StatefulSet loses its owner by the rule `ownership` and is made before the set: its
 * controller adopts it by name and sets the owner again where the retention policy wants one (fact 2, KEP-1847).
 */
export const claim: Rule = {
  id,
  describe:
    'Detaches a claim from its volume on the source and, if its data moved, binds it to the volume on the target.',
  appliesTo: (head) => kindKey(head.ref) === '/PersistentVolumeClaim',
  apply: (object, context) => {
    const { view } = object;
    const changes = [
      ...change(id, 'set by the binder and scheduler of the source', removals(view, bindingAnnotations)),
      ...dataSources(object, context),
      ...bindVolume(object, context),
    ];
    return { changes, notes: sourceNotes(object, context), additional: [] };
  },
};

/**
 * What filled a claim fills it again where no data comes with it: a populator or a claim to clone (KEP-1495). Snapshots
 * stay on the source.
 */
function dataSources({ view }: RuleObject, context: TransformContext): readonly Change[] {
  if (bringsData(view, context)) {
    return change(
      id,
      'the data comes with the volume, not from a snapshot or claim of the source',
      removals(view, sources)
    );
  }
  if (sourceOf(view)?.group !== snapshotGroup) return [];
  return change(id, 'a snapshot of the source, which stays there', removals(view, sources));
}

/** A claim that was never bound holds nothing, so there is nothing to bring. */
function bringsData(view: DocumentView, { volumesMove }: TransformContext): boolean {
  return volumesMove !== false && asText(view.read('/spec/volumeName')) !== '';
}

function sourceOf(view: DocumentView): { readonly group: string; readonly kind: string } | undefined {
  const source = view.read('/spec/dataSourceRef') ?? view.read('/spec/dataSource');
  return isJsonObject(source) ? { group: asText(source['apiGroup']), kind: asText(source['kind']) } : undefined;
}

function sourceNotes({ view }: RuleObject, context: TransformContext): readonly TransformNote[] {
  const source = sourceOf(view);
  if (source === undefined || bringsData(view, context)) return [];
  const note = (message: string): readonly TransformNote[] => [
    { rule: id, path: '/spec/dataSourceRef', message, code: 'CLAIM_SOURCE_MISSING', remedy: missingSource.fix },
  ];
  const wasFilled = asText(view.read('/spec/volumeName')) !== '';
  if (source.group === snapshotGroup) {
    return wasFilled ? [] : note(`its ${source.kind} is not moved, so it is created empty`);
  }
  const { targetResources } = context;
  const served = targetResources.some(({ group, kind }) => group === source.group && kind === source.kind);
  if (targetResources.length === 0 || served) return [];
  return note(`the target does not serve ${source.kind} (${source.group}), which populates it: it stays Pending`);
}

function bindVolume({ head, view }: RuleObject, context: TransformContext): readonly Change[] {
  const key = `${head.ref.namespace}/${head.ref.name}`;
  const moved = Object.hasOwn(context.volumes, key) ? context.volumes[key] : undefined;
  const path = '/spec/volumeName';
  // Given its own result again, under the mapped namespace, it must not take the claim off its new volume.
  const bound = view.read(path);
  if (moved === undefined && Object.values(context.volumes).some(({ volumeName }) => volumeName === bound)) return [];
  if (moved === undefined) {
    // A provisioner refuses claims with a selector; static volumes (class '') are found by it.
    const selector = view.read('/spec/storageClassName') === '' ? [] : removals(view, ['/spec/selector']);
    return change(id, 'the volume is one of the source', [...removals(view, [path]), ...selector]);
  }
  if (bound === moved.volumeName) return [];
  const bind: PatchOperation = { op: 'add', path, value: moved.volumeName };
  return change(id, 'the volume on the target that holds the data', [bind, ...removals(view, ['/spec/selector'])]);
}
