import { describeRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { text, tree } from '../draft.ts';
import type { StorageClassProfile } from '../../core/profile/cluster-profile.ts';
import type { CheckedObject, CheckedPair, CheckFacts } from './pair.ts';

/** What a class promised of a volume beyond its size. */
type Promises = Readonly<Record<string, string>>;

/** Reports what the class of a claim gave that its class on the target does not: encryption keys, speed. Never a blocker. */
export interface StorageCheck {
  add(pair: CheckedPair): void;
  findings(): readonly Finding[];
}

type Class = Pick<StorageClassProfile, 'provisioner' | 'parameters'>;

const encryption = 'the encryption';

/** Parameters of drivers, in words; a key of encryption stands for itself. Some promise by their value only. */
const parameters: readonly { readonly name: RegExp; readonly value?: RegExp; readonly what: string }[] = [
  // Without the word a volume of EBS may be in clear; disks of Azure never are.
  { name: /^encrypted$/i, value: /^true$/i, what: encryption },
  { name: /^(?:skuName|storageAccountType)$/i, value: /_ZRS$/i, what: 'the copies in other zones' },
  { name: /^(?:fsType|csi\.storage\.k8s\.io\/fstype)$/i, value: /^(?!ext4$)./i, what: 'the file system' },
  { name: /^(?:kmsKeyId|diskEncryptionSetID)$/i, what: 'the encryption key' },
  { name: /^(?:iops|iopsPerGB|DiskIOPSReadWrite)$/i, what: 'the iops' },
  { name: /^(?:throughput|DiskMBpsReadWrite)$/i, what: 'the throughput' },
];

/** Classes come from the clusters, and from the capture where they are part of it. */
export function createStorageCheck({ source, target }: CheckFacts): StorageCheck {
  const before = new Map<string, Class>(source?.storageClasses.map((one) => [one.name, one]));
  const after = new Map<string, Class>(target?.storageClasses.map((one) => [one.name, one]));
  const claims: { readonly subject: string; readonly was: string; readonly is: string }[] = [];
  return {
    add(pair) {
      const { ref, root } = pair.before;
      const [same] = pair.after;
      if (ref.group === 'storage.k8s.io' && ref.kind === 'StorageClass') {
        before.set(ref.name, classIn(root));
        if (same !== undefined) after.set(same.ref.name, classIn(same.root));
      }
      if (ref.group !== '' || ref.kind !== 'PersistentVolumeClaim' || same === undefined) return;
      const [was, is] = [classOf(root), classOf(same.root)];
      if (was !== '' && is !== '') claims.push({ subject: describeRef(same.ref), was, is });
    },
    findings: () =>
      claims.flatMap(({ subject, was, is }) => {
        // A class of the same name that is not on the target is found by others.
        if (was === is && !after.has(is)) return [];
        const gone = lost(promisesOf(before.get(was)), { ...promisesOf(after.get(is)), ...givenBy(after.get(is)) });
        return gone.length === 0
          ? []
          : [
              findingOf(
                subject,
                `${gone.join(' and ')} of class ${was} ${gone.length === 1 ? 'is' : 'are'} not what class ${is}${was === is ? ' of the target' : ''} gives`
              ),
            ];
      }),
  };
}

function lost(was: Promises, is: Promises): readonly string[] {
  // A number of iops that is written on the target as well is a choice somebody made there; a key is of one cloud only.
  return Object.keys(was).filter((what) => is[what] === undefined);
}

function promisesOf(found: Class | undefined): Promises {
  const promises: Record<string, string> = {};
  for (const [name, value] of Object.entries(found?.parameters ?? {})) {
    const known = parameters.find((one) => one.name.test(name));
    if (known === undefined || value === '') continue;
    if (known.value?.test(value) !== false) promises[known.what] = value;
  }
  return promises;
}

/** What a driver gives without a word: Azure encrypts every disk and file share at rest. */
function givenBy(found: Class | undefined): Promises {
  return /^(?:disk|file|blob)\.csi\.azure\.com$/.test(found?.provisioner ?? '') ? { [encryption]: 'always' } : {};
}

function classIn(root: CheckedObject['root']): Class {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(tree(root, 'parameters') ?? {})) found[name] = String(value);
  return { provisioner: text(root, 'provisioner'), parameters: found };
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
    remedy: 'create a class on the target that provides the same, and name it in storageClasses',
  };
}
