import type { ApiClient } from '../../../lab/api-client.ts';
import { canonical, parseExact, type JsonObject } from './normalise.ts';

/** One object as the oracle sees it. */
export interface SeenObject {
  readonly uid: string;
  /** `plural.group`, as in `deployments.apps`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
}

export interface ClusterPicture {
  /** Objects of the lane by `kind namespace/name`. */
  readonly objects: ReadonlyMap<string, SeenObject>;
  /** Every object of the whole cluster that holds one of the marks, managedFields included: `kind namespace/name`. */
  readonly marked: readonly string[];
  /** The same without managedFields: labels, annotations, names, finalizers, owners. */
  readonly markedOutside: readonly string[];
}

/** Kinds that controllers make or that the server itself keeps writing. */
const derived: ReadonlySet<string> = new Set([
  ...['endpoints', 'endpointslices', 'replicasets', 'pods', 'controllerrevisions', 'events', 'leases'],
  ...['componentstatuses', 'ipaddresses'],
]);

interface Kind {
  readonly path: string;
  readonly plural: string;
  readonly kind: string;
}

/** Every object of a cluster that belongs to a lane, and everything that carries a mark, whosever it is. */
export async function readCluster(client: ApiClient, lane: string, marks: readonly string[]): Promise<ClusterPicture> {
  const objects = new Map<string, SeenObject>();
  const marked: string[] = [];
  const markedOutside: string[] = [];
  const probe = (text: string): boolean => marks.some((mark) => text.includes(mark));
  await Promise.all(
    (await servedKinds(client)).map(async ({ path, plural, kind }) => {
      const { status, text } = await client.call('GET', path);
      // A kind of another lane that went away between the two questions.
      if (status !== 200) return;
      for (const item of (parseExact(text) as unknown as { items: JsonObject[] }).items) {
        const metadata = item['metadata'] as JsonObject;
        const { namespace = '', name = '', uid = '' } = metadata as Record<string, string>;
        const id = `${kind} ${namespace}/${name}`;
        if (isRegisteredByServer(metadata)) continue;
        if (probe(JSON.stringify(item))) {
          marked.push(id);
          const { managedFields: _, ...rest } = metadata;
          if (probe(JSON.stringify({ ...item, metadata: rest }))) markedOutside.push(id);
        }
        const isOwn = namespace === '' ? isNamedBy(lane, name) : isNamedBy(lane, namespace);
        if (!isOwn || derived.has(plural) || isOfTheServer(plural, name)) continue;
        objects.set(id, { uid, kind, namespace, name, text: canonical(item, plural) });
      }
    })
  );
  return { objects, marked: marked.sort(), markedOutside: markedOutside.sort() };
}

/** `torture-1` names `torture-1-s5` and `widgets.torture-1.example.org`, and not `torture-11`. */
function isNamedBy(lane: string, name: string): boolean {
  if (/^lab[:-]/.test(name)) return false;
  return new RegExp(`(^|[^a-z0-9])${lane}($|[^0-9])`).test(name);
}

/** An APIService that the server makes for a definition, and makes anew when its versions change. */
function isRegisteredByServer({ labels }: JsonObject): boolean {
  return (labels as JsonObject | undefined)?.['kube-aggregator.kubernetes.io/automanaged'] !== undefined;
}

function isOfTheServer(plural: string, name: string): boolean {
  return (
    (plural === 'configmaps' && name === 'kube-root-ca.crt') || (plural === 'serviceaccounts' && name === 'default')
  );
}

async function servedKinds(client: ApiClient): Promise<Kind[]> {
  const groups = await client.get<{ groups: { name: string; preferredVersion: { groupVersion: string } }[] }>('/apis');
  const roots = [
    { path: '/api/v1', group: '' },
    ...(groups?.groups ?? []).map((one) => ({ path: `/apis/${one.preferredVersion.groupVersion}`, group: one.name })),
  ];
  const found = await Promise.all(
    roots.map(async ({ path, group }) => {
      const { status, text } = await client.call('GET', path);
      if (status !== 200) return [];
      const { resources } = JSON.parse(text) as { resources: { name: string; verbs: string[] }[] };
      return resources
        .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list'))
        .map(({ name }) => ({ path: `${path}/${name}`, plural: name, kind: group === '' ? name : `${name}.${group}` }));
    })
  );
  return found.flat();
}

/** What two sets of objects do not have in common, in words; names as `rename` gives them. */
export function differences(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [id, text] of expected) {
    const other = actual.get(id);
    if (other === undefined) found.push(`missing ${id}`);
    else if (other !== text) found.push(`different ${id}: ${firstDifference(text, other)}`);
  }
  for (const id of actual.keys()) if (!expected.has(id)) found.push(`extra ${id}`);
  return found.sort();
}

function firstDifference(desired: string, found: string): string {
  let at = 0;
  while (at < desired.length && desired[at] === found[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `desired …${around(desired)}…, found …${around(found)}…`;
}

/** Texts by name, with the names of lane and trial replaced, so that pictures of different ones compare. */
export function textsOf(
  picture: ClusterPicture,
  names: readonly (readonly [name: string, stands: string])[]
): ReadonlyMap<string, string> {
  const rename = (text: string): string => names.reduce((whole, [from, to]) => whole.replaceAll(from, to), text);
  return new Map([...picture.objects].map(([id, { text }]) => [rename(id), rename(text)]));
}
