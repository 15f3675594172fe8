import { parseDocument, membersOf, nodeAtPointer, valueOf } from '../json/node.ts';
import type { ApiResource } from '../resource.ts';
import { excluded, taken, type Decision } from './decision.ts';
import type { ObjectHead } from './head.ts';
import { decideProjected } from './projected.ts';

/** The alphabet of generated name suffixes (apimachinery `rand.String`). */
const suffix = '[bcdfghjklmnpqrstvwxz2456789]{5}';
const autoTokenName = new RegExp(`^(.+)-token-${suffix}$`);
/** Managers of the control plane: a write by anybody else means that somebody wanted the object so. */
export const controlPlane: ReadonlySet<string> = new Set([
  'kube-controller-manager',
  'kube-apiserver',
  'kubelet',
  'k3s',
]);

const publishedConfigMaps: ReadonlySet<string> = new Set([
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
]);

/** Excluded because the cluster makes it by itself, for every namespace, account or Service. */
export function decideDerived(
  head: ObjectHead,
  text: string,
  context: { readonly resources: readonly Pick<ApiResource, 'group' | 'kind'>[] }
): Decision {
  const key = `${head.ref.group}/${head.ref.kind}`;
  if (head.annotations['control-plane.alpha.kubernetes.io/leader'] !== undefined) {
    return excluded('derived/leader', 'a lock held by a process on the source');
  }
  const projected = decideProjected(head, context.resources);
  if (!projected.in) return projected;
  switch (key) {
    case '/ConfigMap':
      return publishedConfigMaps.has(head.ref.name)
        ? excluded('derived/certificate-bundle', 'published by the cluster in every namespace')
        : taken;
    case '/ServiceAccount':
      return isUntouchedDefaultAccount(head, text)
        ? excluded('derived/default-account', 'every namespace has its own')
        : taken;
    case '/Secret':
      return decideSecret(head, text);
    case '/Service':
      return isApiServerService(head) ? excluded('derived/api-server', 'the cluster’s own Service') : taken;
    default:
      return decideSystemCluster(head, key);
  }
}

/** True for a Secret that the token controller made for an account before Kubernetes 1.24. */
function isAutoTokenSecret(head: ObjectHead): boolean {
  const account = head.annotations['kubernetes.io/service-account.name'];
  const match = autoTokenName.exec(head.ref.name);
  if (account === undefined || match === null || match[1] !== account) return false;
  return head.managers.every((manager) => controlPlane.has(manager.manager));
}

/** True for the name of a token or registry Secret that a controller made for an account. */
export function isAutoAccountSecretName(name: string, account: string): boolean {
  const start = name.startsWith(`${account}-token-`) ? `${account}-token-` : `${account}-dockercfg-`;
  return name.startsWith(start) && new RegExp(`^${suffix}$`).test(name.slice(start.length));
}

function decideSecret(head: ObjectHead, text: string): Decision {
  const node = nodeAtPointer(parseDocument(text), '/type');
  const type = node === undefined ? '' : valueOf(node);
  if (type === 'bootstrap.kubernetes.io/token') {
    return excluded('derived/bootstrap-token', 'allows nodes to join the source cluster');
  }
  return type === 'kubernetes.io/service-account-token' && isAutoTokenSecret(head)
    ? excluded('derived/account-token', 'a token of the source, created by its token controller')
    : taken;
}

/** The Service through which pods reach the API server, and what goes with it. */
export function isApiServerService(head: ObjectHead): boolean {
  return head.ref.namespace === 'default' && head.ref.name === 'kubernetes';
}

function isUntouchedDefaultAccount(head: ObjectHead, text: string): boolean {
  if (head.ref.name !== 'default') return false;
  if (Object.keys(head.labels).length > 0 || Object.keys(head.annotations).length > 0) return false;
  for (const { key, value } of membersOf(parseDocument(text))) {
    if (key === 'apiVersion' || key === 'kind' || key === 'metadata') continue;
    if (key !== 'secrets') return false;
    const names: unknown = valueOf(value);
    const listed = Array.isArray(names) ? (names as readonly { readonly name?: unknown }[]) : [];
    if (!listed.every((secret) => isAutoAccountSecretName(String(secret.name), 'default'))) return false;
  }
  return true;
}

const systemByName: Readonly<Record<string, RegExp>> = {
  'rbac.authorization.k8s.io/ClusterRole': /^system:/,
  'rbac.authorization.k8s.io/ClusterRoleBinding': /^system:/,
  'scheduling.k8s.io/PriorityClass': /^system-(?:node|cluster)-critical$/,
};

function decideSystemCluster(head: ObjectHead, key: string): Decision {
  const system =
    head.labels['kubernetes.io/bootstrapping'] !== undefined ||
    systemByName[key]?.test(head.ref.name) === true ||
    head.labels['kube-aggregator.kubernetes.io/automanaged'] !== undefined;
  return system ? excluded('derived/system', 'every cluster has its own') : taken;
}
