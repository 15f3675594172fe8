import { isLandfallError } from '../../core/errors.ts';
import type { ApiResource } from '../../core/resource.ts';
import { isSelected } from '../../core/volumes/mover-admission.ts';
import type { Refuser } from '../../core/volumes/mover-admission.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { textOf } from '../objects/text.ts';

/** As far as it says which namespaces something of admission is about. */
interface Admission {
  readonly metadata: { readonly name: string };
  readonly webhooks?: readonly { readonly name: string; readonly namespaceSelector?: unknown }[];
  readonly spec?: {
    readonly matchConstraints?: { readonly namespaceSelector?: unknown };
    readonly matchResources?: { readonly namespaceSelector?: unknown };
  };
}

type Named = Extract<Refuser, { readonly by: 'webhook' | 'policy' }>;

/**
 * Whether a webhook or a policy, known by its name from a refusal, is about a namespace with these labels too. What may not be
 * read is taken for being about it. Reads only.
 */
export async function concernsNamespace(
  cluster: Cluster,
  refuser: Named,
  { labels, signal }: { readonly labels: Readonly<Record<string, string>>; readonly signal: AbortSignal }
): Promise<boolean> {
  try {
    if (refuser.by === 'policy') {
      const policy = await find(cluster, { kind: 'ValidatingAdmissionPolicy', name: refuser.name, signal });
      const bound = await find(cluster, { kind: 'ValidatingAdmissionPolicyBinding', name: refuser.binding, signal });
      const { matchConstraints } = policy?.spec ?? {};
      const { matchResources } = bound?.spec ?? {};
      return isSelected([matchConstraints?.namespaceSelector, matchResources?.namespaceSelector], labels);
    }
    const lists = await Promise.all(
      ['Validating', 'Mutating'].map((kind) => {
        const name = `${kind}WebhookConfiguration`;
        return listAll(cluster, kindOf(name, `${name.toLowerCase()}s`), signal);
      })
    );
    const webhooks = lists.flat().flatMap((one) => (one.webhooks ?? []).filter(({ name }) => name === refuser.name));
    // Several may have one name; it is enough that one of them is asked.
    return webhooks.length === 0 || webhooks.some((one) => isSelected([one.namespaceSelector], labels));
  } catch (error) {
    if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return true;
    throw error;
  }
}

async function find(
  cluster: Cluster,
  { kind, name, signal }: { readonly kind: string; readonly name: string; readonly signal: AbortSignal }
): Promise<Admission | undefined> {
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  const live = await cluster.get({ resource: kindOf(kind, plural.toLowerCase()), namespace: '', name }, { signal });
  return live === undefined ? undefined : (JSON.parse(textOf(live.bytes)) as Admission);
}

function listAll(cluster: Cluster, resource: ApiResource, signal: AbortSignal): Promise<readonly Admission[]> {
  return wholeList(cluster.list(resource, { signal }), (item) => JSON.parse(textOf(item)) as Admission);
}

function kindOf(kind: string, plural: string): ApiResource {
  const served = { version: 'v1', namespaced: false, verbs: ['get', 'list'], subresources: [] };
  return { group: 'admissionregistration.k8s.io', kind, plural, ...served };
}
