import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { escapeSegment } from '../../core/json/pointer.ts';
import { kindKey } from '../../core/transform/rule.ts';
import { isTree, list, text, tree, trees, type Draft } from '../draft.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { chooseClass, isPlatformClass } from '../storage.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const betaClass = 'volume.beta.kubernetes.io/storage-class';

/** Claims name a class of the target that can do what theirs could. */
export const storageClass: PackRule = {
  id: 'storage-class',
  from: everywhere,
  to: everywhere,
  kinds: ['/PersistentVolumeClaim', 'pods'],
  matches: 'claims, claim templates of StatefulSets, ephemeral volumes; not those whose class `storageClasses` maps',
  does: 'Chooses the storage class of the target by capability: disk, fast disk, shared files.',
  loses: ['parameters of the source’s class: iops, throughput, caching mode, encryption keys, the storage policy'],
  sources: [
    'https://kubernetes.io/docs/concepts/storage/storage-classes/',
    'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
    'https://learn.microsoft.com/azure/aks/concepts-storage',
  ],
  translate(draft, { head, podSpec }, translation) {
    const claims: { readonly claim: Tree; readonly path: string }[] = [];
    if (kindKey(head.ref) === '/PersistentVolumeClaim') claims.push({ claim: draft.root, path: '' });
    if (kindKey(head.ref) === 'apps/StatefulSet') {
      trees(tree(draft.root, 'spec'), 'volumeClaimTemplates').forEach((claim, index) =>
        claims.push({ claim, path: `/spec/volumeClaimTemplates/${index}` })
      );
    }
    const spec = podSpec === undefined ? undefined : tree(draft.root, ...podSpec);
    trees(spec, 'volumes').forEach((volume, index) => {
      const claim = tree(volume, 'ephemeral', 'volumeClaimTemplate');
      const path = `/${(podSpec ?? []).join('/')}/volumes/${index}/ephemeral/volumeClaimTemplate`;
      if (claim !== undefined) claims.push({ claim, path });
    });
    for (const { claim, path } of claims) translateClaim(draft, { claim, path }, translation);
  },
};

function translateClaim(
  draft: Draft,
  { claim, path }: { readonly claim: Tree; readonly path: string },
  translation: Translation
): void {
  const spec = tree(claim, 'spec');
  if (spec === undefined) return;
  const annotated = text(tree(claim, 'metadata', 'annotations'), betaClass);
  const className = text(spec, 'storageClassName') || annotated;
  // '' is "no provisioning"; an absent class is the default of the target as it was that of the source.
  if (className === '' || !isPlatformClass(translation.source, className)) return;
  // `storageClasses` of the file came before: what it wrote is a class of the target.
  const isTargets = translation.target.storageClasses.some(({ name }) => name === className);
  const isSources = translation.source.storageClasses.some(({ name }) => name === className);
  if (isTargets && !isSources) return;
  const modes = list(spec, 'accessModes').map(String);
  const isBlockDevice = text(spec, 'volumeMode') === 'Block';
  const chosen = chooseClass({ className, accessModes: modes, isBlockDevice }, translation);
  if (!chosen.found) {
    draft.unmapped(`${path}/spec/storageClassName`, `class ${className}: ${chosen.reason}`, {
      remedy: `create such a class on the target, or set one in translation.storage.${chosen.capability} or storageClasses`,
      severity: 'blocker',
    });
    return;
  }
  draft.step(`${className} is a class of ${translation.from.toUpperCase()}; ${chosen.name}: ${chosen.reason}`, () => {
    if (annotated !== '') prune(tree(claim, 'metadata'), 'annotations', (key) => key === betaClass);
    spec['storageClassName'] = chosen.name;
  });
  const shared = modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
  if (chosen.isWeaker === true) {
    draft.unmapped(
      `${path}/spec/storageClassName`,
      `class ${className} provided fast disks, and the target has no class that Landfall recognises as fast`,
      { remedy: 'set one in translation.storage.fast' }
    );
  }
  if (isBlockDevice && shared) {
    const how = {
      vks: 'VKS rejects raw block volumes that several nodes use',
      eks: 'on EKS only io1 and io2 disks can be shared as raw block volumes, within one zone',
      aks: 'on AKS only disks of a class with maxShares can be shared as raw block volumes',
    }[translation.to];
    draft.unmapped(`${path}/spec/volumeMode`, how, {
      remedy:
        'set a class that supports it in storageClasses, or run the application with a file system or on one node',
      severity: translation.to === 'vks' ? 'blocker' : 'warning',
    });
  }
  if (modes.includes('ReadWriteOncePod') && chosen.capability === 'file') {
    draft.loss(`${path}/spec/accessModes`, 'drivers for shared file systems do not support ReadWriteOncePod');
  }
}

/** Operators take the class of their claims from the custom resource. */
export const customStorageClass: PackRule = {
  id: 'custom-storage-class',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches:
    'custom resources with the name of a storage class of the source below class, storageClass or storageClassName',
  does: 'Chooses the storage class of the target for claims that an operator creates, as for a single-node disk.',
  loses: [],
  sources: [
    'https://strimzi.io/docs/operators/latest/configuring',
    'https://cloudnative-pg.io/documentation/current/storage/',
  ],
  translate(draft, { head, contains }, translation) {
    if (isBuiltInGroup(head.ref.group) || !contains(/"(?:class|storageClass|storageClassName)"/)) return;
    visitClasses(draft.root['spec'], '/spec', (holder, key, path) => {
      const name = text(holder, key);
      if (
        !translation.source.storageClasses.some((one) => one.name === name) ||
        !isPlatformClass(translation.source, name)
      )
        return;
      const accessModes = list(holder, 'accessModes').map(String);
      const chosen = chooseClass({ className: name, accessModes, isBlockDevice: false }, translation);
      if (!chosen.found) {
        draft.unmapped(path, `class ${name}: ${chosen.reason}`, {
          remedy: `set one in translation.storage.${chosen.capability}`,
          severity: 'blocker',
        });
        return;
      }
      draft.step(
        `${name} is a class of ${translation.from.toUpperCase()}; ${chosen.name}: ${chosen.reason}`,
        () => (holder[key] = chosen.name)
      );
    });
  },
};

function visitClasses(value: unknown, path: string, visit: (holder: Tree, key: string, path: string) => void): void {
  if (Array.isArray(value)) value.forEach((item, index) => visitClasses(item, `${path}/${index}`, visit));
  if (!isTree(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const here = `${path}/${escapeSegment(key)}`;
    if (typeof member === 'string' && /^(?:class|storageClass|storageClassName)$/.test(key)) visit(value, key, here);
    else visitClasses(member, here, visit);
  }
}

/** Marks of drivers on claims; the built-in rule `claim` takes those of Kubernetes itself. */
const claimMarks =
  /^(?:csi\.vsphere\.|volumehealth\.storage\.kubernetes\.io\/|cns\.vmware\.com\/|csi\.vmware\.com\/|ebs\.csi\.(?:aws\.com|eks\.amazonaws\.com)\/|efs\.csi\.aws\.com\/|disk\.csi\.azure\.com\/|file\.csi\.azure\.com\/)/;

export const storageMarks: PackRule = {
  id: 'storage-marks',
  from: everywhere,
  to: everywhere,
  kinds: ['/PersistentVolumeClaim', 'apps/StatefulSet'],
  matches: 'claims and claim templates with annotations of a CSI driver, or a VolumeAttributesClass',
  does: 'Removes annotations of the source’s CSI driver, and its VolumeAttributesClass.',
  loses: ['changes requested with annotations: EBS type, iops and throughput; encryption class of vSphere'],
  sources: [
    'https://github.com/kubernetes-sigs/vsphere-csi-driver/blob/master/pkg/csi/service/common/constants.go',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/modify-volume.md',
  ],
  translate(draft, { head }, { to }) {
    const claims =
      head.ref.kind === 'StatefulSet' ? trees(tree(draft.root, 'spec'), 'volumeClaimTemplates') : [draft.root];
    for (const claim of claims) {
      const metadata = tree(claim, 'metadata');
      const ordered = Object.keys(tree(metadata, 'annotations') ?? {}).find((key) =>
        /^(?:ebs\.csi\.(?:aws\.com|eks\.amazonaws\.com)\/(?:volumeType|iops|throughput)|csi\.vsphere\.encryption-class)$/.test(
          key
        )
      );
      if (ordered !== undefined) {
        draft.loss('/metadata/annotations', `${ordered} is a setting for the source’s driver`, {
          remedy: 'set such parameters on the target’s class',
        });
      }
      draft.step(`the source’s storage driver uses it; ${to.toUpperCase()} has a different one`, () =>
        prune(metadata, 'annotations', (key) => claimMarks.test(key))
      );
      const spec = tree(claim, 'spec');
      const attributes = text(spec, 'volumeAttributesClassName');
      if (attributes === '' || spec === undefined) continue;
      draft.loss(
        '/spec/volumeAttributesClassName',
        `VolumeAttributesClass ${attributes} belongs to the driver of the source`,
        { remedy: 'create one for the target’s driver and set it with a transform' }
      );
      draft.step('a VolumeAttributesClass is for one driver', () => delete spec['volumeAttributesClassName']);
    }
  },
};

/** Classes and driver objects are made on each cluster, never copied. */
export const storageObjects: PackRule = {
  id: 'storage-objects',
  from: everywhere,
  to: everywhere,
  kinds: [
    'storage.k8s.io/StorageClass',
    'storage.k8s.io/CSIDriver',
    'storage.k8s.io/VolumeAttributesClass',
    '/PersistentVolume',
  ],
  matches: 'StorageClass, VolumeAttributesClass and CSIDriver of a driver of the source platform, PersistentVolume',
  does: 'Excludes classes, drivers and volumes of the source’s storage.',
  loses: ['parameters of user-defined classes; listed in the note'],
  sources: [
    'https://learn.microsoft.com/azure/aks/concepts-storage',
    'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
  ],
  translate(draft, { head }, { from, to }) {
    if (head.ref.kind === 'PersistentVolume') {
      draft.exclude('disks are not moved; the target creates new volumes');
      return;
    }
    const driver =
      head.ref.kind === 'CSIDriver' ? head.ref.name : text(draft.root, 'provisioner') || text(draft.root, 'driverName');
    if (!/(?:vsphere|amazonaws|\.aws|azure)\.(?:vmware\.)?com$|\.aws\.com$|\.eks\.amazonaws\.com$/.test(driver)) return;
    const parameters = Object.keys(isTree(draft.root['parameters']) ? draft.root['parameters'] : {});
    if (parameters.length > 0) {
      draft.loss('/parameters', `parameters of the class no longer apply: ${parameters.join(', ')}`, {
        remedy: `create a class for the driver of ${to.toUpperCase()}, and set it in translation.storage`,
      });
    }
    draft.exclude(`${driver} is a storage driver of ${from.toUpperCase()}`);
  },
};
