import { compareUtf8 } from '../../archive/order.ts';
import { membersOf, parseDocument, decodeString } from '../../core/json/node.ts';
import { apiVersionOf } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Cluster, ListPage } from '../../ports/cluster.ts';
import { listServed } from './list-served.ts';
import { textOf } from './text.ts';

/** Objects of one list that are held for a later question; beyond it such a question is a GET. */
const heldMax = 2_000;

/** Lists of a kind that are begun ahead of the one that is read: each holds a page. */
const aheadMax = 2;

/** Is given a live object that nobody asked for. */
export type OnRemaining = (resource: ApiResource, text: string) => void;

/**
 * Live objects of a cluster, found by listing their kind in their namespace: a page of a thousand costs one request and
 * a small part of the server's time of a thousand GETs. Made for questions in the order of names, which is that of lists
 * and of plans; what a list has passed, or does not give in order, is asked for with a GET.
 */
export interface LiveObjects {
  /** Says that a namespace will be asked about: in the order of names, its lists are begun while those before are read. */
  foresee(namespace: string): void;
  /** The object as it is now, or undefined when there is none. Not for concurrent use. */
  take(resource: ApiResource, ref: ObjectRef): Promise<string | undefined>;
  /**
   * Reads a kind of a namespace to its end; every object that was not taken is given to `onRemaining`. After a list that
   * started again (410), objects taken before may be given as well.
   */
  drain(resource: ApiResource, namespace: string): Promise<void>;
}

export function openLiveObjects(cluster: Cluster, signal: AbortSignal, onRemaining: OnRemaining): LiveObjects {
  const lists = new Map<string, NamedList>();
  const listOf = (resource: ApiResource, namespace: string): NamedList => {
    const key = `${resource.group}/${resource.plural}/${namespace}`;
    // Whoever removes the definition of another kind meanwhile removes its objects, and nothing of this run.
    const known =
      lists.get(key) ?? new NamedList(listServed(cluster, resource, { namespace, signal }), resource, onRemaining);
    lists.set(key, known);
    return known;
  };
  const foreseen: string[] = [];
  const begin = (resource: ApiResource, after: string): void => {
    const at = foreseen.indexOf(after);
    if (at < 0) return;
    for (const namespace of foreseen.slice(at + 1, at + 1 + aheadMax)) listOf(resource, namespace).begin();
  };
  let current: NamedList | undefined;
  const turnTo = (resource: ApiResource, namespace: string): NamedList => {
    const list = listOf(resource, namespace);
    if (list !== current) begin(resource, namespace);
    current = list;
    return list;
  };
  return {
    foresee(namespace) {
      foreseen.push(namespace);
      foreseen.sort(compareUtf8);
    },
    async take(resource, ref) {
      const listed = ref.namespace === '' ? undefined : await turnTo(resource, ref.namespace).take(ref.name);
      if (listed !== undefined) return listed;
      // Absence is believed from a GET alone: the list may be older than the object, or have passed its name.
      const object = await cluster.get({ ...ref, resource }, { signal });
      return object === undefined ? undefined : textOf(object.bytes);
    },
    drain: (resource, namespace) => listOf(resource, namespace).drain(),
  };
}

/** One list, read as far as it was asked for. */
class NamedList {
  readonly #pages: AsyncIterator<ListPage>;
  readonly #resource: ApiResource;
  readonly #onRemaining: OnRemaining;
  /** Texts, not bytes: these would keep whole pages in memory. */
  readonly #held = new Map<string, string>();
  #next: Promise<IteratorResult<ListPage>> | undefined;
  #lastName = '';
  #ended = false;

  constructor(pages: AsyncIterable<ListPage>, resource: ApiResource, onRemaining: OnRemaining) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#resource = resource;
    this.#onRemaining = onRemaining;
  }

  async take(name: string): Promise<string | undefined> {
    while (!this.#ended && !this.#held.has(name) && compareUtf8(this.#lastName, name) < 0) await this.#read();
    const found = this.#held.get(name);
    this.#held.delete(name);
    return found;
  }

  /** Has the first page on its way. */
  begin(): void {
    if (this.#next !== undefined || this.#ended) return;
    this.#next = this.#pages.next();
    // Thrown where it is waited for, which a verification that fails elsewhere never does.
    this.#next.catch(() => undefined);
  }

  async drain(): Promise<void> {
    while (!this.#ended) {
      this.#leave(0);
      await this.#read();
    }
    this.#leave(0);
  }

  #leave(kept: number): void {
    for (const [name, text] of this.#held) {
      if (this.#held.size <= kept) return;
      this.#held.delete(name);
      this.#onRemaining(this.#resource, text);
    }
  }

  /** Reads one page, with the next one on its way. */
  async #read(): Promise<void> {
    this.begin();
    const page = await this.#next;
    this.#next = undefined;
    if (page === undefined || page.done === true) {
      this.#ended = true;
      return;
    }
    this.begin();
    this.#leave(heldMax);
    for (const bytes of page.value.items) {
      const { name, text } = readItem(textOf(bytes), this.#resource);
      this.#lastName = name;
      this.#held.set(name, text);
    }
  }
}

/**
 * Name and whole text of an item. Items of built-in kinds come without `kind` and `apiVersion`, which a GET gives: they
 * are put in, so that both are one.
 */
function readItem(item: string, resource: ApiResource): { readonly name: string; readonly text: string } {
  const members = membersOf(parseDocument(item));
  const metadata = members.find(({ key }) => key === 'metadata');
  const named = metadata === undefined ? undefined : membersOf(metadata.value).find(({ key }) => key === 'name');
  const name = named === undefined ? '' : decodeString(item, named.value.start, named.value.end);
  if (members.some(({ key }) => key === 'kind' || key === 'apiVersion')) return { name, text: item };
  const type = JSON.stringify({ kind: resource.kind, apiVersion: apiVersionOf(resource) }).slice(0, -1);
  const [first] = members;
  return { name, text: first === undefined ? `${type}}` : `${type},${item.slice(first.keyStart)}` };
}
