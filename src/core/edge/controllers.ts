import { read } from '../json/node.ts';
import { podSpecsOf } from '../graph/pod-places.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { Finding } from '../run/events.ts';
import type { ObjectHead } from '../select/head.ts';
import { accountsOf } from '../select/subjects.ts';
import { edgeFinding } from './finding.ts';
import { customGrants } from './grants.ts';

/** Controllers whose move concerns more than the cluster they run in, by the group of their kinds. */
const reaching: readonly { readonly group: RegExp; readonly name: string; readonly why: string }[] = [
  {
    group:
      /^(?:longhorn\.io|ceph\.rook\.io|openebs\.io|cstor\.openebs\.io|piraeus\.io|storageos\.com|core\.libopenstorage\.org|portworx\.io|topolvm\.io)$/,
    name: 'storage of the source',
    why: 'it is the storage system of the source’s nodes: its objects describe disks and volumes that the target does not have',
  },
  {
    group: /^(?:cluster\.x-k8s\.io|infrastructure\.cluster\.x-k8s\.io)$/,
    name: 'Cluster API',
    why: 'it creates and deletes machines of other clusters; two instances would manage the same machines',
  },
  {
    group:
      /(?:^|\.)(?:crossplane\.io|upbound\.io|services\.k8s\.aws|azure\.com|cnrm\.cloud\.google\.com|hashicorp\.com)$/,
    name: 'a controller of cloud resources',
    why: 'it creates and deletes resources in a cloud account; two instances would manage the same resources',
  },
  {
    group: /^velero\.io$/,
    name: 'Velero',
    why: 'two instances would write and expire backups in the same store',
  },
  {
    group: /^externaldns\.k8s\.io$/,
    name: 'ExternalDNS',
    why: 'two instances with the same owner id would change the same records',
  },
];

const argo = 'two instances would apply different states to the same clusters';

/** What in a scope acts on kinds, and on what outside of the cluster it acts. */
export interface Controllers {
  add(head: Pick<ObjectHead, 'ref' | 'labels'>, text: string): void;
  /** Groups of kinds that a workload in scope works on by its account. */
  groups(): ReadonlySet<string>;
  findings(): readonly Finding[];
}

/** Collects roles, bindings and workloads of a scope, and objects that say of a reach beyond the cluster. */
export function createControllers(): Controllers {
  const grants = new Map<string, Set<string>>();
  const bindings: { readonly role: string; readonly accounts: readonly string[] }[] = [];
  const running = new Set<string>();
  const kinds = new Map<string, { count: number; first: ObjectHead['ref'] }>();
  const clusters: string[] = [];
  const groups = (): ReadonlySet<string> => {
    const found = new Set<string>();
    for (const { role, accounts } of bindings) {
      if (!accounts.some((one) => running.has(one))) continue;
      for (const group of grants.get(role) ?? []) found.add(group);
    }
    return found;
  };
  return {
    add(head, text) {
      const { group, kind, namespace, name } = head.ref;
      if (group === 'rbac.authorization.k8s.io') {
        if (kind === 'Role' || kind === 'ClusterRole') grants.set(roleKey(kind, namespace, name), writtenGroups(text));
        else bindings.push(bindingOf(head, text));
        return;
      }
      for (const pods of podSpecsOf(text, head.ref))
        running.add(`${namespace}/${asText(pods['serviceAccountName'], 'default')}`);
      if (/\./.test(group)) {
        const known = kinds.get(group);
        kinds.set(group, { count: (known?.count ?? 0) + 1, first: known?.first ?? head.ref });
      }
      if (isOtherCluster(head, text)) clusters.push(`${kind} ${namespace}/${name}`);
    },
    groups,
    findings: () => {
      const active = groups();
      return [...argoFindings(active, clusters), ...reachFindings(active, kinds)];
    },
  };
}

function argoFindings(active: ReadonlySet<string>, clusters: readonly string[]): readonly Finding[] {
  const [first] = clusters;
  if (first === undefined || !(active.has('argoproj.io') || active.has('kustomize.toolkit.fluxcd.io'))) return [];
  const more = clusters.length === 1 ? '' : ` and ${clusters.length - 1} more`;
  const name = active.has('argoproj.io') ? 'Argo CD' : 'Flux';
  return [
    edgeFinding('CONTROLLER_REACHES_OUT', {
      subject: name,
      message: `it manages other clusters (${first}${more}): ${argo}`,
    }),
  ];
}

function reachFindings(
  active: ReadonlySet<string>,
  kinds: ReadonlyMap<string, { readonly count: number; readonly first: ObjectHead['ref'] }>
): readonly Finding[] {
  return reaching.flatMap(({ group, name, why }) => {
    const found = [...active].filter((one) => group.test(one)).sort();
    const [first] = found;
    if (first === undefined) return [];
    const count = found.reduce((sum, one) => sum + (kinds.get(one)?.count ?? 0), 0);
    const message = `a workload in scope manages ${found.join(', ')} (${count} objects move): ${why}`;
    return [edgeFinding('CONTROLLER_REACHES_OUT', { subject: name, message })];
  });
}

/** An Application for another cluster, the credentials of one, or a Flux object with a kubeconfig of its own. */
function isOtherCluster(head: Pick<ObjectHead, 'ref' | 'labels'>, text: string): boolean {
  const { group, kind } = head.ref;
  if (group === '' && kind === 'Secret') return head.labels['argocd.argoproj.io/secret-type'] === 'cluster';
  if (group === 'argoproj.io' && kind === 'Application') {
    const destination = read(text, '/spec/destination');
    if (!isJsonObject(destination)) return false;
    const server = asText(destination['server']);
    const name = asText(destination['name']);
    return server === ''
      ? name !== '' && name !== 'in-cluster'
      : !/^https:\/\/kubernetes\.default(?:\.svc)?/.test(server);
  }
  return group.endsWith('toolkit.fluxcd.io') && read(text, '/spec/kubeConfig') !== undefined;
}

/** Groups a role may write objects of, named one by one. */
function writtenGroups(role: string): Set<string> {
  const writing = customGrants(role).filter(({ verbs }) => verbs.some((verb) => /^(?:\*|update|patch)$/.test(verb)));
  return new Set(writing.map(({ group }) => group));
}

function bindingOf(head: Pick<ObjectHead, 'ref'>, text: string): { role: string; accounts: string[] } {
  const role = read(text, '/roleRef');
  const kind = isJsonObject(role) ? asText(role['kind']) : '';
  const name = isJsonObject(role) ? asText(role['name']) : '';
  const subjects = read(text, '/subjects');
  const all = Array.isArray(subjects) ? (subjects as readonly JsonValue[]) : [];
  const accounts = all.flatMap((subject) => {
    const ref = accountsOf(subject);
    // A subject of a RoleBinding without a namespace is of the binding's own (the RBAC authorizer's appliesToUser).
    return ref?.kind === 'ServiceAccount' ? [`${ref.namespace || head.ref.namespace}/${ref.name}`] : [];
  });
  return { role: roleKey(kind, kind === 'Role' ? head.ref.namespace : '', name), accounts };
}

function roleKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
