import { objectKey, refOfKey, type ObjectRef } from '../resource.ts';
import { visitComponents } from './components.ts';
import { createEdgeList, targetsOf, type Edges } from './edges.ts';
import { tierOf, tiers } from './tiers.ts';

/**
 * What has to be there before what. Objects are held by their keys, and what they name by number: some hundred bytes for
 * each, however much they name.
 */
export interface DependencyGraph {
  /** Adds an object by its key (`objectKey`). Named twice it counts once, with the references of both. */
  add(key: string, dependsOn: readonly ObjectRef[]): void;
  /**
   * Orders the objects into apply groups: by tier, and within and across tiers so that what an object names comes in an earlier
   * apply group. A circle is broken at the reference that closes it, the same way every time, and reported. References to objects
   * that were not added are ignored. Linear in objects and references.
   */
  applyGroups(): readonly ApplyGroup[];
}

/** A reference that was not followed because it closes a circle. */
export interface BrokenEdge {
  readonly from: ObjectRef;
  readonly to: ObjectRef;
}

/** Objects that can be made at the same time, once all apply groups before are ready. */
export interface ApplyGroup {
  /** `workloads`, `workloads 2`: the tier, and the depth in it. */
  readonly name: string;
  /** Of its objects, in order. */
  readonly keys: readonly string[];
  readonly broken: readonly BrokenEdge[];
}

/** tier × depthMax + depth: where an object comes, as one number that orders. */
const depthMax = 2 ** 32;

export function createDependencyGraph(): DependencyGraph {
  /** Of everything that was named, added or not; in the order of their numbers. */
  const numbers = new Map<string, number>();
  const added = new Set<number>();
  const edges = createEdgeList();
  const numberOf = (key: string): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
  return {
    add(key, dependsOn) {
      const from = numberOf(key);
      added.add(from);
      for (const ref of dependsOn) {
        const to = numberOf(objectKey(ref));
        if (to !== from) edges.add(from, to);
      }
    },
    applyGroups() {
      const between = edges.finish(numbers.size, (_, to) => added.has(to));
      return order({ keys: [...numbers.keys()], edges: between, isAdded: (node) => added.has(node) });
    },
  };
}

interface Indexed {
  readonly keys: readonly string[];
  readonly edges: Edges;
}

/** The objects at one position, and the references that were broken to place them there. */
interface Placed {
  readonly members: number[];
  readonly broken: BrokenEdge[];
}

function order({
  keys,
  edges,
  isAdded,
}: Indexed & { readonly isAdded: (node: number) => boolean }): readonly ApplyGroup[] {
  const positions = new Float64Array(keys.length);
  const applyGroups = new Map<number, Placed>();
  const rank = Uint8Array.from(keys, (key) => tierOf(refOfKey(key)));
  const place = (node: number, broken: readonly BrokenEdge[], skip: (other: number) => boolean): void => {
    let position = (rank[node] ?? 0) * depthMax;
    for (const other of targetsOf(edges, node)) {
      if (!skip(other)) position = Math.max(position, (positions[other] ?? 0) + 1);
    }
    positions[node] = position;
    const applyGroup = applyGroups.get(position) ?? { members: [], broken: [] };
    applyGroup.members.push(node);
    applyGroup.broken.push(...broken);
    applyGroups.set(position, applyGroup);
  };
  visitComponents(edges, (component) => {
    const [single] = component;
    if (component.length > 1) placeCircle(component, { keys, edges, rank }, place);
    else if (single !== undefined && isAdded(single)) place(single, [], () => false);
  });
  return [...applyGroups.keys()]
    .sort((a, b) => a - b)
    .map((position) => applyGroupOf(position, applyGroups.get(position) ?? { members: [], broken: [] }, keys));
}

/**
 * Walks a circle depth first from the object that comes last by tier and name. A reference back to an object on the
 * way is the one that closes the circle: it is broken, all others are kept. The order of input plays no part.
 */
function placeCircle(
  component: readonly number[],
  { keys, edges, rank }: Indexed & { readonly rank: Uint8Array },
  place: (node: number, broken: readonly BrokenEdge[], skip: (other: number) => boolean) => void
): void {
  const compare = (a: number, b: number): number =>
    (rank[a] ?? 0) - (rank[b] ?? 0) || compareText(keys[a] ?? '', keys[b] ?? '');
  const inside = new Map(component.map((node) => [node, 'new' as 'new' | 'open' | 'done']));
  for (const start of [...component].sort((a, b) => compare(b, a))) {
    const calls = inside.get(start) === 'new' ? [callOf(start)] : [];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      inside.set(call.node, 'open');
      const next = call.targets.pop();
      if (next !== undefined) {
        if (inside.get(next) === 'new') calls.push(callOf(next));
        else if (inside.get(next) === 'open') call.against.add(next);
        continue;
      }
      const { node, against } = call;
      place(
        node,
        [...against].sort(compare).map((to) => ({ from: refAt(node), to: refAt(to) })),
        (other) => against.has(other)
      );
      inside.set(node, 'done');
      calls.pop();
    }
  }

  function refAt(node: number): ObjectRef {
    return refOfKey(keys[node] ?? '');
  }

  function callOf(node: number): { node: number; targets: number[]; against: Set<number> } {
    const targets = [...targetsOf(edges, node)].filter((other) => inside.has(other)).sort((a, b) => compare(b, a));
    return { node, targets, against: new Set() };
  }
}

function applyGroupOf(position: number, { members, broken }: Placed, keys: readonly string[]): ApplyGroup {
  const sorted = members.map((node) => keys[node] ?? '').sort(compareText);
  const depth = position % depthMax;
  const tier = tiers[Math.floor(position / depthMax)] ?? 'cluster';
  const name = depth === 0 ? tier : `${tier} ${depth + 1}`;
  return { name, keys: sorted, broken: broken.toSorted(byEdge) };
}

/** Several circles may end in one apply group: their order must not be that of the input. */
function byEdge(left: BrokenEdge, right: BrokenEdge): number {
  return (
    compareText(objectKey(left.from), objectKey(right.from)) || compareText(objectKey(left.to), objectKey(right.to))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
