import { removeKey, text, tree, type Draft } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { requirementsOf, topologyTerms, type Requirement } from '../scheduling.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const zone = 'topology.kubernetes.io/zone';
const region = 'topology.kubernetes.io/region';

/** Keys that mean a zone or region, and the neutral one. */
const topologyKeys: Readonly<Record<string, string>> = {
  [zone]: zone,
  [region]: region,
  'failure-domain.beta.kubernetes.io/zone': zone,
  'failure-domain.beta.kubernetes.io/region': region,
  'topology.csi.vmware.com/k8s-zone': zone,
  'topology.csi.vmware.com/k8s-region': region,
  'topology.ebs.csi.aws.com/zone': zone,
  'topology.k8s.aws/zone-id': zone,
  'topology.disk.csi.azure.com/zone': zone,
  'topology.gke.io/zone': zone,
};

export const zones: PackRule = {
  id: 'zones',
  from: everywhere,
  to: everywhere,
  kinds: ['pods', 'scheduling'],
  matches: 'node selectors, node affinity, spread constraints and pod affinity that name zones or regions',
  does: 'Writes topology keys in their standard form and maps values with translation.zones.',
  loses: [
    'a zone without an entry in the table: the constraint is removed and reported',
    'spreading over hosts of vSphere',
  ],
  sources: [
    'https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone',
    'https://github.com/kubernetes-sigs/vsphere-csi-driver',
  ],
  translate(draft, { podSpec, contains }, translation) {
    if (podSpec === undefined || !contains(/topology|failure-domain|zone|region/)) return;
    const spec = tree(draft.root, ...podSpec);
    if (spec === undefined) return;
    for (const requirement of requirementsOf(spec, podSpec)) translateRequirement(draft, requirement, translation);
    translateKeys(draft, spec, podSpec);
  },
};

function translateRequirement(draft: Draft, requirement: Requirement, { tables, from, target }: Translation): void {
  const neutral = Object.hasOwn(topologyKeys, requirement.key) ? topologyKeys[requirement.key] : undefined;
  if (neutral === undefined) return;
  const mapped: string[] = [];
  const lost: string[] = [];
  for (const value of requirement.values) {
    if (Object.hasOwn(tables.zones, value)) mapped.push(tables.zones[value] ?? '');
    else if (isOfTarget(value, tables.zones, target.zones)) mapped.push(value);
    else lost.push(value);
  }
  const word = neutral === zone ? 'zone' : 'region';
  if (lost.length > 0) {
    draft.unmapped(
      requirement.path,
      `${word} ${lost.join(', ')} of ${from.toUpperCase()} has no counterpart in translation.zones; pods are no longer bound to it`,
      { remedy: `add ${lost.map((name) => `${name}: …`).join(', ')} to translation.zones` }
    );
  }
  const kept = [...new Set(mapped.filter((name) => name !== ''))];
  draft.step(kept.length === 0 ? `a ${word} of the source` : `translation.zones maps the ${word}`, () => {
    if (kept.length === 0 && requirement.values.length > 0) requirement.remove();
    else requirement.write(neutral, kept);
  });
}

/** A zone the target has, or the table leads to, is no zone of the source any more. */
function isOfTarget(value: string, table: Readonly<Record<string, string>>, zonesOfTarget: readonly string[]): boolean {
  return zonesOfTarget.includes(value) || Object.values(table).includes(value);
}

function translateKeys(draft: Draft, spec: Tree, podSpec: readonly string[]): void {
  for (const { holder, path } of topologyTerms(spec, podSpec)) {
    const key = text(holder, 'topologyKey');
    if (key === 'topology.csi.vmware.com/host') {
      draft.loss(
        `${path}/topologyKey`,
        'vSphere hosts are not visible on the target; pods are spread over nodes instead'
      );
      draft.step('nodes are the closest equivalent of hosts', () => (holder['topologyKey'] = 'kubernetes.io/hostname'));
    } else if (Object.hasOwn(topologyKeys, key) && topologyKeys[key] !== key) {
      draft.step('the standard form of the key', () => (holder['topologyKey'] = topologyKeys[key]));
    }
  }
}

/** Zones of claims and services; volumes are made where the first pod lands. */
export const zoneMarks: PackRule = {
  id: 'zone-marks',
  from: everywhere,
  to: everywhere,
  kinds: ['/PersistentVolumeClaim', '/Namespace'],
  matches: 'claims with a requested topology; namespaces with a node selector of the admission plug-in',
  does: 'Removes zones of the source from claims and namespace node selectors.',
  loses: ['a claim is no longer bound to a zone'],
  sources: ['https://github.com/kubernetes-sigs/vsphere-csi-driver'],
  translate(draft, { head, contains }, { tables, from, target }) {
    if (!contains(/topology|zone|node-selector/)) return;
    const annotations = tree(draft.root, 'metadata', 'annotations');
    const metadata = tree(draft.root, 'metadata');
    if (annotations === undefined || metadata === undefined) return;
    const requested = 'csi.vsphere.volume-requested-topology';
    if (head.ref.kind === 'PersistentVolumeClaim' && requested in annotations) {
      draft.loss(
        `/metadata/annotations/${requested}`,
        'the volume is created in the zone of its first pod, not in the requested zone',
        { remedy: 'bind the pods to a zone with translation.zones' }
      );
      draft.step('a zone of the source', () => removeKey(metadata, 'annotations', requested));
    }
    const selector = 'scheduler.alpha.kubernetes.io/node-selector';
    const value = text(annotations, selector);
    if (value === '') return;
    const pairs = value.split(',').map((pair) => pair.trim().split('='));
    const kept = pairs.flatMap(([key = '', name = '']) => {
      const neutral = Object.hasOwn(topologyKeys, key) ? topologyKeys[key] : undefined;
      if (neutral === undefined) return [`${key}=${name}`];
      if (Object.hasOwn(tables.zones, name)) return [`${neutral}=${tables.zones[name] ?? ''}`];
      if (isOfTarget(name, tables.zones, target.zones)) return [`${neutral}=${name}`];
      draft.unmapped(
        '/metadata/annotations/scheduler.alpha.kubernetes.io~1node-selector',
        `zone ${name} of ${from.toUpperCase()} has no counterpart in translation.zones`,
        { remedy: `add ${name}: … to translation.zones` }
      );
      return [];
    });
    draft.step('zones of the source', () => {
      if (kept.length === 0) removeKey(metadata, 'annotations', selector);
      else annotations[selector] = kept.join(',');
    });
  },
};
