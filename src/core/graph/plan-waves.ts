import { objectKey, type ObjectRef } from '../resource.ts';
import { componentsOf } from './components.ts';
import { tierOf, tiers } from './tiers.ts';

export interface GraphNode {
  readonly ref: ObjectRef;
  /** References to objects that are not nodes are ignored. */
  readonly dependsOn: readonly ObjectRef[];
}

/** A reference that was not followed because it closes a circle. */
export interface BrokenEdge {
  readonly from: ObjectRef;
  readonly to: ObjectRef;
}

/** Objects that can be made at the same time, once all waves before are ready. */
export interface Wave {
  /** `workloads`, `workloads 2`: the tier, and the depth in it. */
  readonly name: string;
  readonly refs: readonly ObjectRef[];
  readonly broken: readonly BrokenEdge[];
}

/** tier × depthMax + depth: where an object comes, as one number that orders. */
const depthMax = 2 ** 32;

/**
 * Orders objects into waves: by tier, and within and across tiers so that what an object names comes in an earlier
 * wave. A circle is broken at the reference that closes it, the same way every time, and told.
 * An object named twice counts once, with the references of both. Linear in objects and references.
 */
export function planWaves(nodes: readonly GraphNode[]): readonly Wave[] {
  const { refs, keys, edges } = indexNodes(nodes);
  const positions = new Float64Array(refs.length);
  const waves = new Map<number, { members: number[]; broken: BrokenEdge[] }>();
  const rank = refs.map(tierOf);
  const place = (node: number, broken: readonly BrokenEdge[], skip: (other: number) => boolean): void => {
    let position = (rank[node] ?? 0) * depthMax;
    for (const other of edges[node] ?? []) {
      if (!skip(other)) position = Math.max(position, (positions[other] ?? 0) + 1);
    }
    positions[node] = position;
    const wave = waves.get(position) ?? { members: [], broken: [] };
    wave.members.push(node);
    wave.broken.push(...broken);
    waves.set(position, wave);
  };
  for (const component of componentsOf(edges)) {
    if (component.length === 1) for (const node of component) place(node, [], (other) => other === node);
    else placeCircle(component, { refs, keys, edges, rank }, place);
  }
  return [...waves.keys()]
    .sort((a, b) => a - b)
    .map((position) =>
      waveOf(position, waves.get(position)?.members ?? [], waves.get(position)?.broken ?? [], refs, keys)
    );
}

interface Indexed {
  readonly refs: readonly ObjectRef[];
  readonly keys: readonly string[];
  /** For each node the nodes it depends on, without itself. */
  readonly edges: readonly (readonly number[])[];
}

function indexNodes(nodes: readonly GraphNode[]): Indexed {
  const indices = new Map<string, number>();
  const refs: ObjectRef[] = [];
  const keys: string[] = [];
  const numbers = nodes.map(({ ref }) => {
    const key = objectKey(ref);
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, refs.length);
    keys.push(key);
    return refs.push(ref) - 1;
  });
  const edges: number[][] = refs.map(() => []);
  nodes.forEach((node, index) => {
    const from = numbers[index] ?? 0;
    for (const ref of node.dependsOn) {
      const to = indices.get(objectKey(ref));
      if (to !== undefined && to !== from) edges[from]?.push(to);
    }
  });
  return { refs, keys, edges };
}

/**
 * Walks a circle depth first from the object that comes last by tier and name. A reference back to an object on the
 * way is the one that closes the circle: it is broken, all others are kept. The order of input plays no part.
 */
function placeCircle(
  component: readonly number[],
  { refs, keys, edges, rank }: Indexed & { readonly rank: readonly number[] },
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
        [...against].sort(compare).flatMap((to) => edgeOf(refs, node, to)),
        (other) => against.has(other)
      );
      inside.set(node, 'done');
      calls.pop();
    }
  }

  function callOf(node: number): { node: number; targets: number[]; against: Set<number> } {
    const targets = (edges[node] ?? []).filter((other) => inside.has(other)).sort((a, b) => compare(b, a));
    return { node, targets, against: new Set() };
  }
}

function edgeOf(refs: readonly ObjectRef[], node: number, other: number): readonly BrokenEdge[] {
  const from = refs[node];
  const to = refs[other];
  return from === undefined || to === undefined ? [] : [{ from, to }];
}

function waveOf(
  position: number,
  members: number[],
  broken: readonly BrokenEdge[],
  refs: readonly ObjectRef[],
  keys: readonly string[]
): Wave {
  members.sort((a, b) => compareText(keys[a] ?? '', keys[b] ?? ''));
  const depth = position % depthMax;
  const tier = tiers[Math.floor(position / depthMax)] ?? 'cluster';
  const name = depth === 0 ? tier : `${tier} ${depth + 1}`;
  return { name, refs: members.flatMap((node) => refs[node] ?? []), broken: broken.toSorted(byEdge) };
}

/** Several circles may end in one wave: their order must not be that of the input. */
function byEdge(left: BrokenEdge, right: BrokenEdge): number {
  return (
    compareText(objectKey(left.from), objectKey(right.from)) || compareText(objectKey(left.to), objectKey(right.to))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
