import { isLandfallError } from '../../core/errors.ts';
import { isBuiltInGroup } from '../../core/graph/groups.ts';
import type { CaptureSelection } from '../../core/capture/capture-kinds.ts';
import { groupResource, parseApiVersion } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import { decideObject } from '../../core/select/decide-object.ts';
import type { SelectionContext } from '../../core/select/decide-object.ts';
import { excluded } from '../../core/select/decision.ts';
import type { Decision } from '../../core/select/decision.ts';
import { addressesOfEndpoints, hasSelector, serviceNameOf } from '../../core/select/endpoints.ts';
import type { EndpointsService } from '../../core/select/endpoints.ts';
import { readListedHead } from '../../core/select/head.ts';
import type { ObjectHead } from '../../core/select/head.ts';
import type { OwnerState } from '../../core/select/owners.ts';
import { listServed } from '../objects/list-served.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

/** Decides objects whose place in the scope depends on another object: of their controller, of their Service. */
export interface Relatives {
  /**
   * `decided` is what the object and the kinds alone say; asks the source only where that is not enough. What cannot be
   * asked is excluded as `decided` says, by a rule of its own (`…/unseen`) that the plan reports.
   */
  decide(object: ListedObject, decided: Decision): Promise<Decision>;
}

export interface ListedObject {
  readonly head: ObjectHead;
  readonly text: string;
  readonly resource: ApiResource;
}

interface Source {
  readonly session: Session<'source'>;
  readonly plan: CaptureSelection;
  readonly selection: SelectionContext;
  readonly signal: AbortSignal;
}

interface KnownOwner {
  readonly uid: string;
  readonly state: OwnerState;
}

const services: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  ...{ verbs: ['list', 'get'], subresources: ['status'] },
};
const endpoints: ApiResource = { ...services, kind: 'Endpoints', plural: 'endpoints', subresources: [] };

/** Lists of the source are read once for each kind and namespace; nothing is changed. */
export function createRelatives(of: Source): Relatives {
  const { session, selection, signal } = of;
  const { scope } = session.spec;
  const owners = createOnce((key: string) => {
    const [group = '', kind = '', namespace = ''] = key.split('\n');
    return readOwners(of, { group, kind, namespace });
  });
  const known = createOnce((namespace: string) => readServices(session, namespace, signal));
  return {
    async decide(object, decided) {
      if (decided.in) return decided;
      const { head } = object;
      const service = serviceNameOf(head);
      if (service !== '' && /^(?:derived\/endpoints|owned\/controller)$/.test(decided.rule)) {
        const found = await known(head.ref.namespace);
        if ('refused' in found) return unseen(decided.rule, found.refused, head.ref.namespace);
        const context = { ...selection, serviceOf: (_: string, name: string) => found.get(name) };
        return decideObject(object, scope, context);
      }
      if (decided.rule !== 'owned/controller') return decided;
      const owner = head.ownerReferences.find(({ controller }) => controller);
      const group = owner === undefined ? '' : parseApiVersion(owner.apiVersion).group;
      if (owner === undefined || (isBuiltInGroup(group) && scope.labelSelector === '')) return decided;
      const listed = await owners([group, owner.kind, head.ref.namespace].join('\n'));
      if (listed === undefined) return decided;
      if ('refused' in listed) return unseen(decided.rule, listed.refused, head.ref.namespace);
      const found = listed.get(owner.name);
      const state: OwnerState = found === undefined || found.uid !== owner.uid ? 'gone' : found.state;
      return decideObject(object, scope, { ...selection, ownerState: () => state });
    },
  };
}

/** An excluded object whose relative this user may not look at: what is said of it by its kind alone may not be so. */
function unseen(rule: string, kind: ApiResource, namespace: string): Decision {
  const where = `${groupResource(kind)} in namespace ${namespace}`;
  const reason = `objects of its kind are recreated on the target; whether this one is recreated is unknown without permission to list ${where}`;
  return excluded(`${rule.split('/')[0] ?? ''}/unseen`, reason);
}

interface OwnerKind {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

interface Refused {
  readonly refused: ApiResource;
}

/**
 * What becomes of every object of an owner's kind, by name. Undefined where there is nothing to ask: of a kind that is
 * not served, or that belongs to no namespace, the kind alone decides.
 */
async function readOwners(
  { session, plan, selection, signal }: Source,
  { group, kind, namespace }: OwnerKind
): Promise<(ReadonlyMap<string, KnownOwner> & { refused?: never }) | Refused | undefined> {
  const isKind = (one: ApiResource): boolean => one.group === group && one.kind === kind;
  const read = plan.kinds.find(({ resource }) => isKind(resource))?.resource ?? plan.sourceResources.find(isKind);
  if (read === undefined || !read.namespaced) return undefined;
  const found = new Map<string, KnownOwner>();
  const listed = await eachOf(session, { resource: read, namespace, signal }, (text) => {
    const head = readListedHead(text, read);
    const decision = decideObject({ head, text, resource: read }, session.spec.scope, selection);
    found.set(head.ref.name, { uid: head.uid, state: stateOf(decision) });
  });
  return listed ? found : { refused: read };
}

/** An owner that its own controller makes again is there as well. */
function stateOf(decision: Decision): OwnerState {
  if (decision.in || decision.rule === 'owned/controller') return 'in';
  return { rule: decision.rule, reason: decision.reason };
}

/** Every Service of a namespace, by name, those without a selector with the addresses somebody gave them. */
async function readServices(
  session: Session<'source'>,
  namespace: string,
  signal: AbortSignal
): Promise<(ReadonlyMap<string, EndpointsService> & { refused?: never }) | Refused> {
  const found = new Map<string, EndpointsService>();
  const without: string[] = [];
  const listed = await eachOf(session, { resource: services, namespace, signal }, (text) => {
    const { name } = readListedHead(text, services).ref;
    if (hasSelector(text)) found.set(name, { hasSelector: true, addresses: new Set() });
    else without.push(name);
  });
  if (!listed) return { refused: services };
  if (without.length === 0) return found;
  const addresses = new Map<string, ReadonlySet<string>>();
  const isListed = await eachOf(session, { resource: endpoints, namespace, signal }, (text) => {
    addresses.set(readListedHead(text, endpoints).ref.name, addressesOfEndpoints(text));
  });
  if (!isListed) return { refused: endpoints };
  for (const name of without) found.set(name, { hasSelector: false, addresses: addresses.get(name) ?? new Set() });
  return found;
}

interface ListToRead {
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** Gives every object of a list; false when this user may not list it. A list that starts again repeats itself. */
async function eachOf(
  { source }: Session<'source'>,
  { resource, namespace, signal }: ListToRead,
  take: (text: string) => void
): Promise<boolean> {
  try {
    for await (const page of listServed(source, resource, { namespace, signal })) {
      for (const bytes of page.items) take(textOf(bytes));
    }
    return true;
  } catch (error) {
    if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return false;
    throw error;
  }
}

function createOnce<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const asked = read(key);
    known.set(key, asked);
    return asked;
  };
}
