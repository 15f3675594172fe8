import { openDocument, type DocumentView } from '../json/document.ts';
import { escapeSegment } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { isRun, writersOf, type Writer } from './managers.ts';

/** How an object that was there before the run gets back what the run changed. */
export type GiveBack =
  /** It is as it was. */
  | { readonly do: 'nothing' }
  /** Nobody else has written since: as a whole, with the version it has now. */
  | { readonly do: 'replace'; readonly text: string }
  /** Somebody else has: only the fields the run set and still holds, as a JSON patch. `by` says who it was. */
  | { readonly do: 'patch'; readonly patch: string; readonly by: string }
  /** Somebody else has, and nothing of the run is left in it; `missing`: fields that were there before are not. */
  | { readonly do: 'leave'; readonly by: string; readonly missing: boolean };

export interface GiveBackQuestion {
  /** The object before the run changed it, and as it is now. */
  readonly prior: string;
  readonly live: string;
  readonly fieldManager: string;
}

type Fields = Writer['fields'];

/**
 * Decides how an object that was there before gets back to what it was. The API server records for each manager the fields
 * it has set and nobody has changed since; so what others wrote meanwhile is theirs, and stays.
 */
export function decideGiveBack({ prior, live, fieldManager }: GiveBackQuestion): GiveBack {
  const [before, now] = [openDocument(prior), openDocument(live)];
  if (before.read('/metadata/resourceVersion') === now.read('/metadata/resourceVersion')) return { do: 'nothing' };
  const writers = writersOf(now.read('/metadata'));
  const others = writers.filter((writer) => !isRun(writer, fieldManager));
  const wrote = newWriters(others, writersOf(before.read('/metadata')));
  const ours = writers.filter((writer) => isRun(writer, fieldManager) && writer.subresource !== 'status');
  const isSame = before.read('/metadata/uid') === now.read('/metadata/uid');
  if (wrote.length === 0 && isSame) return { do: 'replace', text: withVersion(before, now) };
  const by = [...new Set(wrote.map(({ manager }) => manager))].join(', ') || 'somebody who recreated it';
  if (!isSame) return { do: 'leave', by, missing: false };
  const operations = new Operations(before, now);
  for (const { fields } of writersOf(before.read('/metadata'))) operations.addMissing(fields);
  // Without a field of the run's own it is not known that the run is who took something away.
  if (ours.length === 0) return { do: 'leave', by, missing: !operations.isEmpty };
  for (const { fields } of ours) operations.giveBack(fields, others);
  // A version that a patch sets is compared with the one the server has: a conflict (409) when somebody writes meanwhile.
  const value = now.raw('/metadata/resourceVersion') ?? 'null';
  const version = `{"op":"replace","path":"/metadata/resourceVersion","value":${value}}`;
  return operations.isEmpty ? { do: 'nothing' } : { do: 'patch', patch: operations.text([version]), by };
}

/** Those whose entry is new, or has a later time: the server moves it with each change of a field, not when a field is taken over. */
function newWriters(now: readonly Writer[], before: readonly Writer[]): readonly Writer[] {
  const key = ({ manager, operation, subresource, time }: Writer): string =>
    JSON.stringify([manager, operation, subresource, time]);
  const known = new Set(before.map(key));
  return now.filter((writer) => writer.subresource !== 'status' && !known.has(key(writer)));
}

/** The object as it was, for a PUT: with the version and uid it has now. */
function withVersion(before: DocumentView, now: DocumentView): string {
  const document = openDocument(before.text());
  for (const path of ['/metadata/resourceVersion', '/metadata/uid']) {
    const value = now.read(path);
    if (value !== undefined) document.apply([{ op: 'add', path, value }]);
  }
  return document.text();
}

/** Fields of metadata that the server writes. */
const serverFields: ReadonlySet<string> = new Set([
  '/metadata/resourceVersion',
  '/metadata/managedFields',
  '/metadata/generation',
  '/metadata/uid',
]);

/** Collects the operations of a patch, each with the exact text of its value. */
class Operations {
  readonly #sets = new Map<string, string>();
  readonly #removes = new Set<string>();
  readonly #before: DocumentView;
  readonly #now: DocumentView;

  constructor(before: DocumentView, now: DocumentView) {
    this.#before = before;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#sets.size === 0 && this.#removes.size === 0;
  }

  /** Later items of a list are removed first, so that the indices of the others stay true. */
  text(first: readonly string[]): string {
    const removes = [...this.#removes].toSorted(byDepthAndIndex);
    const inRemoved = (path: string): boolean => removes.some((one) => path.startsWith(`${one}/`));
    const sets = [...this.#sets].map(([path, value]) => `{"op":"add","path":${JSON.stringify(path)},"value":${value}}`);
    const gone = removes
      .filter((path) => !inRemoved(path))
      .map((path) => `{"op":"remove","path":${JSON.stringify(path)}}`);
    return `[${[...first, ...sets, ...gone].join(',')}]`;
  }

  giveBack(fields: Fields, others: readonly Writer[]): void {
    this.#walk(
      fields,
      { before: '', now: '' },
      others.map((writer) => writer.fields)
    );
  }

  #walk(fields: Fields, at: Place, others: readonly Fields[]): void {
    for (const [key, below] of Object.entries(fields)) {
      if (key === '.' || !isJsonObject(below)) continue;
      const place = this.#placeOf(key, at);
      if (place.now === undefined || serverFields.has(place.now)) continue;
      const theirs = others.flatMap((one) => (isJsonObject(one[key]) ? [one[key]] : []));
      const isLeaf = Object.keys(below).length === 0;
      const isNew = place.before === undefined;
      // Nobody else has a field within what the run added: it goes as a whole.
      if (isNew && (isLeaf || ('.' in below && theirs.length === 0))) this.#removes.add(place.now);
      else if (!isLeaf) this.#walk(below, { before: place.before, now: place.now }, theirs);
      else if (key.startsWith('f:')) this.#set(place.before ?? '', place.now);
    }
  }

  /** What the run has taken away: fields somebody had set before that are not there now. */
  addMissing(fields: Fields): void {
    this.#addBelow(fields, { before: '', now: '' });
  }

  #addBelow(fields: Fields, at: Place): void {
    for (const [key, below] of Object.entries(fields)) {
      if (key === '.' || !isJsonObject(below) || key === 'f:status') continue;
      const { before, now } = this.#placeOf(key, at);
      if (before === undefined) continue;
      if (now !== undefined) this.#addBelow(below, { before, now });
      else if (key.startsWith('f:') && at.now !== undefined) {
        this.#set(before, `${at.now}/${escapeSegment(key.slice(2))}`);
      } else if (at.now !== undefined && this.#now.kind(at.now) === 'array') this.#append(before, `${at.now}/-`);
    }
  }

  #set(before: string, now: string): void {
    const value = this.#before.raw(before);
    if (value === undefined || serverFields.has(now) || value === this.#now.raw(now)) return;
    this.#sets.set(now, value);
  }

  /** Several items may be missing in one list: each has a key of its own, and the same path. */
  #append(before: string, now: string): void {
    const value = this.#before.raw(before);
    const known = this.#sets.get(now);
    if (value !== undefined && known === undefined) this.#sets.set(now, value);
  }

  /** Where a key of managedFields leads in both texts: `f:name`, `k:{"name":"x"}` or `v:"x"`. */
  #placeOf(key: string, at: Place): Partial<Place> {
    const [kind, remaining] = [key.slice(0, 2), key.slice(2)];
    const find = (view: DocumentView, path: string | undefined): string | undefined => {
      if (path === undefined) return undefined;
      if (kind === 'f:') {
        const below = `${path}/${escapeSegment(remaining)}`;
        return view.has(below) ? below : undefined;
      }
      const wanted = parsed(remaining);
      const index = view.children(path).findIndex((item) => matches(view.read(`${path}/${item}`), wanted, kind));
      return index === -1 ? undefined : `${path}/${index}`;
    };
    const [before, now] = [find(this.#before, at.before), find(this.#now, at.now)];
    return { ...(before === undefined ? {} : { before }), ...(now === undefined ? {} : { now }) };
  }
}

interface Place {
  readonly before: string | undefined;
  readonly now: string | undefined;
}

function matches(item: JsonValue | undefined, wanted: unknown, kind: string): boolean {
  if (kind === 'v:') return JSON.stringify(item) === JSON.stringify(wanted);
  if (kind !== 'k:' || !isJsonObject(item) || !isJsonObject(wanted)) return false;
  return Object.entries(wanted).every(([name, value]) => JSON.stringify(item[name]) === JSON.stringify(value));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function byDepthAndIndex(left: string, right: string): number {
  return right.localeCompare(left, 'en', { numeric: true });
}

/** Kinds that hold data or rules alone: where the server refuses to change one back, it may be made anew. */
const remadeKinds: ReadonlySet<string> = new Set([
  '/ConfigMap',
  '/Secret',
  'rbac.authorization.k8s.io/RoleBinding',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttributesClass',
  'scheduling.k8s.io/PriorityClass',
  'node.k8s.io/RuntimeClass',
  'networking.k8s.io/IngressClass',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
]);

/** True for an object that can be deleted and made again without anything else going with it. */
export function mayBeMadeAnew({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return remadeKinds.has(`${group}/${kind}`);
}

/** The object as it was, to be made anew: without what only the server may write. */
export function anew(prior: string): string {
  const document = openDocument(prior);
  const paths = ['resourceVersion', 'uid', 'generation', 'creationTimestamp', 'managedFields', 'deletionTimestamp']
    .map((name) => `/metadata/${name}`)
    .filter((path) => document.has(path));
  document.apply(paths.map((path) => ({ op: 'remove', path })));
  return document.text();
}
