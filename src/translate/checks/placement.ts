import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { asText } from '../../core/json/value.ts';
import { isTree, text, tree, trees } from '../draft.ts';
import { affinityOf, topologyTerms } from '../scheduling.ts';
import type { ClusterProfile } from '../../core/profile/cluster-profile.ts';
import { placesOf, subjectOf, type Breach, type CheckedObject, type CheckedPair, type CheckFacts } from './pair.ts';
import { isForeign, isNameOf } from './words.ts';
import type { Tree } from '../../core/json/tree.ts';

const remedy =
  'name what the target has in a translation table of the Migration or with a transform, or accept it by name in spec.waivers';

/** Whether pods can still be scheduled and mounted. It compares what they ask for with what nodes and classes give. */
export interface PlacementCheck {
  add(pair: CheckedPair): void;
  breaches(): readonly Breach[];
}

/** What pods of an object ask for, by kind of thing and name. */
interface Demand {
  readonly what: 'label' | 'spread' | 'resource' | 'driver' | 'storage' | 'runtime' | 'priority' | 'node';
  readonly name: string;
  /** Of a driver: asked for by a volume that was part of Kubernetes. */
  readonly isOld?: boolean;
}

const kindsOfClasses: Readonly<Record<string, Demand['what']>> = {
  'storage.k8s.io/StorageClass': 'storage',
  'storage.k8s.io/CSIDriver': 'driver',
  'node.k8s.io/RuntimeClass': 'runtime',
  'scheduling.k8s.io/PriorityClass': 'priority',
};

/**
 * Everything a pod asks for by name is there on the target as it was on the source. Where nodes and classes of the
 * target are not known, names that only the platform of the source gives are what is missing.
 */
export function createPlacementCheck(facts: CheckFacts): PlacementCheck {
  const asked: { readonly subject: string; readonly demand: Demand }[] = [];
  const others: Breach[] = [];
  const planned = new Set<string>();
  return {
    add({ before, after }) {
      for (const object of after) {
        const made = kindsOfClasses[`${object.ref.group}/${object.ref.kind}`];
        if (made !== undefined) planned.add(`${made} ${object.ref.name}`);
        const subject = subjectOf(object);
        for (const demand of demandsOf(object)) {
          // What is there by itself is not worth a place in memory.
          if (isMissing(demand, facts)) asked.push({ subject, demand });
        }
        others.push(...alternatives(before, object), ...heldToNode(before, object));
      }
    },
    breaches() {
      const missing = asked.filter(({ demand }) => !planned.has(`${demand.what} ${demand.name}`));
      const bySubject = Map.groupBy(missing, ({ subject }) => subject);
      return [
        ...[...bySubject].map(([subject, all]) =>
          breach(subject, [...new Set(all.map(({ demand }) => wordsOf(demand)))].join('; '))
        ),
        ...others,
      ];
    },
  };
}

function wordsOf({ what, name }: Demand): string {
  switch (what) {
    case 'label':
      return `pods require nodes with the label ${name}, which no node of the target has`;
    case 'spread':
      return `pods are spread by the label ${name}, which no node of the target has`;
    case 'resource':
      return `pods request ${name}, which no node of the target provides`;
    case 'driver':
      return `pods mount a volume of the driver ${name}, which the target does not have`;
    case 'node':
      return `pods are bound to node ${name} of the source`;
    default:
      return `pods refer to the ${what} class ${name}, which the target does not have`;
  }
}

/** Names that every cluster gives. */
const everywhere =
  /^(?:kubernetes\.io\/(?:hostname|os|arch)|node\.kubernetes\.io\/windows-build|node-role\.kubernetes\.io\/control-plane)$/;

function isMissing({ what, name, isOld }: Demand, facts: CheckFacts): boolean {
  const { source, target } = facts;
  switch (what) {
    case 'label':
    case 'spread':
      return !everywhere.test(name) && isLabelMissing(name, facts);
    case 'resource': {
      const there = target?.nodes?.some(({ resources }) => resources.includes(name));
      if (there === undefined) return isForeign(name, facts);
      return (
        !there && (isForeign(name, facts) || source?.nodes?.some(({ resources }) => resources.includes(name)) === true)
      );
    }
    case 'driver': {
      const there = target?.drivers?.includes(name);
      if (there === undefined) return isForeign(name, facts);
      // The kubelet mounts a volume in the pod only where a CSIDriver says `Ephemeral`: without the object it never does.
      return !there && (isOld !== true || isForeign(name, facts) || source?.drivers?.includes(name) !== false);
    }
    case 'storage':
      return isLost(
        name,
        { source: source?.storageClasses.map(nameOf), target: target?.storageClasses.map(nameOf) },
        isRead(facts, 'storageclasses')
      );
    case 'runtime':
      return isLost(
        name,
        { source: source?.runtimeClasses, target: target?.runtimeClasses },
        isRead(facts, 'runtimeclasses')
      );
    case 'priority':
      return (
        !name.startsWith('system-') &&
        isLost(
          name,
          { source: source?.priorityClasses, target: target?.priorityClasses },
          isRead(facts, 'priorityclasses')
        )
      );
    default:
      return true;
  }
}

/** By nodes where they are known: a label that those of the source have and none of the target; else by its name. */
function isLabelMissing(name: string, facts: CheckFacts): boolean {
  const { source, target, from, to } = facts;
  const there = target?.nodes?.some(({ labels }) => labels.includes(name));
  if (there === true) return false;
  // Nodes that no pod needed yet are not there: an autoscaler of the target makes them with its own labels.
  if (from !== to && isNameOf(to, name) && !isNameOf(from, name)) return false;
  if (target?.kinds.includes('karpenter.sh/NodePool') === true && name.startsWith('karpenter.sh/')) return false;
  if (from !== to && isNameOf(from, name)) return true;
  return there === false && source?.nodes?.some(({ labels }) => labels.includes(name)) === true;
}

/** A class of the source that the target does not have; where either is not known nothing is said. */
function isLost(
  name: string,
  {
    source,
    target,
  }: { readonly source: readonly string[] | undefined; readonly target: readonly string[] | undefined },
  isKnown: boolean
): boolean {
  return isKnown && source?.includes(name) === true && target?.includes(name) === false;
}

function isRead({ source, target }: CheckFacts, plural: string): boolean {
  return ![source, target].some((profile) => profile?.unreadable.includes(plural) !== false);
}

function nameOf({ name }: ClusterProfile['storageClasses'][number]): string {
  return name;
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Everything pods of an object ask for, and classes that custom resources name. */
function demandsOf(object: CheckedObject): readonly Demand[] {
  const { ref, root } = object;
  const claims = isBuiltInGroup(ref.group)
    ? classDemands({}, trees(tree(root, 'spec'), 'volumeClaimTemplates').map(classOfClaim))
    : classesIn(root['spec']);
  const pods = placesOf(object).flatMap(({ path }) => {
    const spec = tree(root, ...path) ?? {};
    return [
      ...nodeDemands(spec),
      ...spreadDemands(spec),
      ...resourceDemands(spec),
      ...volumeDemands(spec),
      ...classDemands(spec, []),
    ];
  });
  return [...pods, ...claims];
}

function classOfClaim(claim: Tree): string {
  return text(tree(claim, 'spec'), 'storageClassName');
}

function nodeDemands(spec: Tree): readonly Demand[] {
  const terms = termsOf(spec);
  // Terms are alternatives: a label that one of them does not ask for is not needed.
  const keys = terms.map((term) =>
    trees(term, 'matchExpressions').flatMap((one) =>
      /^(?:In|Exists|Gt|Lt)$/.test(text(one, 'operator')) ? text(one, 'key') : []
    )
  );
  const shared = (keys[0] ?? []).filter((key) => keys.every((one) => one.includes(key)));
  return [...Object.keys(tree(spec, 'nodeSelector') ?? {}), ...shared].map((name) => ({ what: 'label', name }));
}

function spreadDemands(spec: Tree): readonly Demand[] {
  return topologyTerms(spec, [])
    .filter(({ isRequired }) => isRequired)
    .map(({ holder }) => ({ what: 'spread', name: text(holder, 'topologyKey') }));
}

function resourceDemands(spec: Tree): readonly Demand[] {
  const containers = [...trees(spec, 'containers'), ...trees(spec, 'initContainers')];
  const names = containers.flatMap((one) =>
    ['limits', 'requests'].flatMap((kind) => Object.keys(tree(one, 'resources', kind) ?? {}))
  );
  return names.filter((name) => name.includes('/')).map((name) => ({ what: 'resource', name }));
}

/** Volumes that were part of Kubernetes, by the driver that serves them now. */
const oldVolumes: Readonly<Record<string, string>> = {
  awsElasticBlockStore: 'ebs.csi.aws.com',
  azureDisk: 'disk.csi.azure.com',
  azureFile: 'file.csi.azure.com',
  vsphereVolume: 'csi.vsphere.vmware.com',
  gcePersistentDisk: 'pd.csi.storage.gke.io',
  cinder: 'cinder.csi.openstack.org',
  portworxVolume: 'pxd.portworx.com',
};

function volumeDemands(spec: Tree): readonly Demand[] {
  return trees(spec, 'volumes').flatMap((volume): Demand[] => {
    const csi = text(tree(volume, 'csi'), 'driver');
    const old = Object.keys(volume).flatMap((key) => (Object.hasOwn(oldVolumes, key) ? (oldVolumes[key] ?? []) : []));
    const className = text(tree(volume, 'ephemeral', 'volumeClaimTemplate', 'spec'), 'storageClassName');
    return [
      ...(csi === '' ? [] : [{ what: 'driver' as const, name: csi }]),
      ...old.map((name) => ({ what: 'driver' as const, name, isOld: true })),
      ...(className === '' ? [] : [{ what: 'storage' as const, name: className }]),
    ];
  });
}

function classDemands(spec: Tree, storage: readonly string[]): readonly Demand[] {
  const named: readonly (readonly [Demand['what'], string])[] = [
    ['runtime', text(spec, 'runtimeClassName')],
    ['priority', text(spec, 'priorityClassName')],
    ...storage.map((name) => ['storage', name] as const),
  ];
  return named.flatMap(([what, name]) => (name === '' ? [] : [{ what, name }]));
}

/** Operators make claims of the class that their resource names. */
function classesIn(value: unknown): readonly Demand[] {
  if (Array.isArray(value)) return value.flatMap(classesIn);
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (typeof member !== 'string') return classesIn(member);
    return /^(?:class|storageClass|storageClassName|storage_class)$/.test(key)
      ? [{ what: 'storage' as const, name: member }]
      : [];
  });
}

function termsOf(spec: Tree | undefined): readonly Tree[] {
  return spec === undefined
    ? []
    : trees(tree(affinityOf(spec).affinity, 'nodeAffinity', required), 'nodeSelectorTerms');
}

/** Terms of node affinity are alternatives: fewer of them is a narrower choice, unless none is left. */
function alternatives(before: CheckedObject, after: CheckedObject): readonly Breach[] {
  return placesOf(before).flatMap(({ path }): readonly Breach[] => {
    const [was = 0, is = 0] = [before, after].map(({ root }) => termsOf(tree(root, ...path)).length);
    if (is === 0 || is >= was) return [];
    const message = `pods could run on nodes of ${was} alternatives, and ${is === 1 ? 'one is' : `${is} are`} left`;
    return [breach(subjectOf(after), message)];
  });
}

/** A template that names its node goes past the scheduler, and the target has other nodes. */
function heldToNode(before: CheckedObject, after: CheckedObject): readonly Breach[] {
  if (before.ref.kind !== after.ref.kind || after.ref.kind === 'Pod') return [];
  return placesOf(after)
    .filter(({ isWhole }) => isWhole)
    .flatMap(({ path }) => {
      const name = asText(tree(after.root, ...path)?.['nodeName']);
      return name === '' ? [] : [breach(subjectOf(after), wordsOf({ what: 'node', name }))];
    });
}

function breach(subject: string, message: string): Breach {
  return { code: 'PLACEMENT_BROKEN', subject, message, remedy };
}
