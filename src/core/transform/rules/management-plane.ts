import { escapeSegment } from '../../json/pointer.ts';
import { change, kindKey, removals, type Rule, type TransformNote } from '../rule.ts';

const id = 'management-plane';

interface Plane {
  readonly name: string;
  /** Keys of labels and annotations that say where an object is in the plane, or what the plane has done with it. */
  readonly keys: RegExp;
  /** On Namespaces only. */
  readonly namespaces?: true;
}

/** Planes that manage several clusters and keep state in the objects of each. */
const planes: readonly Plane[] = [
  {
    name: 'Rancher',
    keys: /^(?:cattle\.io\/(?:status|timestamp|creator)|lifecycle\.cattle\.io\/.*|field\.cattle\.io\/(?!description$).*|(?:management|authz\.management|authz\.cluster)\.cattle\.io\/.*)$/,
  },
  {
    name: 'KubeSphere',
    namespaces: true,
    keys: /^(?:kubesphere\.io\/(?:workspace|namespace|creator)|kubefed\.io\/.*)$/,
  },
  { name: 'OpenShift', namespaces: true, keys: /^openshift\.io\/sa\.(?:scc|initialized)[.a-z-]*$/ },
  {
    name: 'the hierarchical namespace controller',
    namespaces: true,
    keys: /^(?:[a-z0-9.-]+\.tree\.hnc\.x-k8s\.io\/depth|hnc\.x-k8s\.io\/(?:included-namespace|subnamespace-of))$/,
  },
];

/** A label or annotation that puts a namespace into a group of the plane: a person has to choose one on the target. */
const membership = /^(?:field\.cattle\.io\/projectId|kubesphere\.io\/workspace)$/;
/** Forms of such a group: ids and names, nothing that could be secret. */
const groupName = /^[a-zA-Z0-9:._-]{1,100}$/;

/** The plane of the target, where there is one, writes its own; another's has it look for what it does not know. */
export const managementPlane: Rule = {
  id,
  describe:
    'Removes labels and annotations in which a management plane records the placement and state of a namespace.',
  appliesTo: (head) => [...Object.keys(head.labels), ...Object.keys(head.annotations)].some((key) => isMark(key, true)),
  apply: ({ head, view }) =>
    planes.flatMap((plane) => {
      const isOf = (key: string): boolean => plane.keys.test(key) && isMark(key, kindKey(head.ref) === '/Namespace');
      const pointers = [
        ...Object.keys(head.labels).map((key) => ({ key, path: `/metadata/labels/${escapeSegment(key)}` })),
        ...Object.keys(head.annotations).map((key) => ({ key, path: `/metadata/annotations/${escapeSegment(key)}` })),
      ];
      const patch = removals(
        view,
        pointers.flatMap(({ key, path }) => (isOf(key) ? [path] : []))
      );
      return change(id, `state of ${plane.name} on the source`, patch);
    }),
  notes: ({ head }) => {
    if (kindKey(head.ref) !== '/Namespace') return [];
    return Object.entries({ ...head.labels, ...head.annotations }).flatMap(([key, value]): TransformNote[] => {
      if (!membership.test(key) || !groupName.test(value)) return [];
      const message = `${key} assigns it to ${value} in the management plane of the source; the assignment is not moved`;
      return [
        {
          ...{ rule: id, path: `/metadata/annotations/${escapeSegment(key)}`, message, severity: 'info' },
          ...{ code: 'TRANSLATION_MANUAL', remedy: 'assign the namespace to a project on the target, if there is one' },
        },
      ];
    });
  },
};

/** One check for the labels and annotations of every object, of which nearly none is a plane's. */
const mayBeMark = /cattle|kube(?:sphere|fed)|openshift|hnc/;

function isMark(key: string, ofNamespace: boolean): boolean {
  if (!mayBeMark.test(key)) return false;
  return planes.some(({ keys, namespaces }) => (ofNamespace || namespaces !== true) && keys.test(key));
}
