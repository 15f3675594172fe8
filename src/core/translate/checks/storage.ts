import { describeRef } from '../../resource.ts';
import type { Finding } from '../../run/events.ts';
import { text, tree } from '../draft.ts';
import type { CheckedObject, CheckedPair, CheckFacts } from './pair.ts';

/** What a class promised of a volume beyond its size. */
type Promises = Readonly<Record<string, string>>;

/** Tells what the class of a claim gave that its class on the target does not: encryption keys, speed. Never a blocker. */
export interface StorageCheck {
  add(pair: CheckedPair): void;
  findings(): readonly Finding[];
}

/** Parameters of drivers, in words; a key of encryption stands for itself. */
const parameters: readonly { readonly name: RegExp; readonly what: string }[] = [
  { name: /^(?:kmsKeyId|diskEncryptionSetID)$/i, what: 'the encryption key' },
  { name: /^(?:iops|iopsPerGB|DiskIOPSReadWrite)$/i, what: 'the iops' },
  { name: /^(?:throughput|DiskMBpsReadWrite)$/i, what: 'the throughput' },
];

/** Classes come from the clusters, and from the capture where they are part of it. */
export function createStorageCheck({ source, target }: CheckFacts): StorageCheck {
  const before = new Map(source?.storageClasses.map((one) => [one.name, one.parameters]));
  const after = new Map(target?.storageClasses.map((one) => [one.name, one.parameters]));
  const claims: { readonly subject: string; readonly was: string; readonly is: string }[] = [];
  return {
    add(pair) {
      const { ref, root } = pair.before;
      const [same] = pair.after;
      if (ref.group === 'storage.k8s.io' && ref.kind === 'StorageClass') {
        before.set(ref.name, parametersOf(root));
        if (same !== undefined) after.set(same.ref.name, parametersOf(same.root));
      }
      if (ref.group !== '' || ref.kind !== 'PersistentVolumeClaim' || same === undefined) return;
      const [was, is] = [classOf(root), classOf(same.root)];
      if (was !== '' && is !== '' && was !== is) claims.push({ subject: describeRef(same.ref), was, is });
    },
    findings: () =>
      claims.flatMap(({ subject, was, is }) => {
        const gone = lost(promisesOf(before.get(was)), promisesOf(after.get(is)));
        return gone.length === 0
          ? []
          : [
              findingOf(
                subject,
                `${gone.join(' and ')} of class ${was} ${gone.length === 1 ? 'is' : 'are'} not what class ${is} gives`
              ),
            ];
      }),
  };
}

function lost(was: Promises, is: Promises): readonly string[] {
  // A number of iops that is written on the target as well is a choice somebody made there; a key is of one cloud only.
  return Object.keys(was).filter((what) => is[what] === undefined);
}

function promisesOf(found: Readonly<Record<string, unknown>> | undefined): Promises {
  const promises: Record<string, string> = {};
  for (const [name, value] of Object.entries(found ?? {})) {
    const what = parameters.find((one) => one.name.test(name))?.what;
    if (what !== undefined && value !== '') promises[what] = String(value);
  }
  return promises;
}

function parametersOf(root: CheckedObject['root']): Readonly<Record<string, string>> {
  return (tree(root, 'parameters') ?? {}) as Readonly<Record<string, string>>;
}

function classOf(root: CheckedObject['root']): string {
  const annotated = text(tree(root, 'metadata', 'annotations'), 'volume.beta.kubernetes.io/storage-class');
  return text(tree(root, 'spec'), 'storageClassName') || annotated;
}

function findingOf(subject: string, message: string): Finding {
  return {
    code: 'TRANSLATION_LOSS',
    severity: 'warning',
    subject,
    message,
    remedy: 'make a class on the target that gives the same, and name it in storageClasses',
  };
}
