/**
 * The strongly connected components of a graph, those without outgoing references first (Tarjan 1972, without
 * recursion: chains of a hundred thousand objects must not exhaust the stack). Linear in nodes and edges.
 */
export function componentsOf(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const count = edges.length;
  const state: State = {
    edges,
    index: new Int32Array(count).fill(-1),
    low: new Int32Array(count),
    next: new Int32Array(count),
    onStack: new Uint8Array(count),
    stack: [],
    counter: 0,
    components: [],
  };
  for (let node = 0; node < count; node++) if (state.index[node] === -1) visit(state, node);
  return state.components;
}

interface State {
  readonly edges: readonly (readonly number[])[];
  /** Order of discovery; -1 = not yet. */
  readonly index: Int32Array;
  readonly low: Int32Array;
  /** The edge of each node to follow next. */
  readonly next: Int32Array;
  readonly onStack: Uint8Array;
  readonly stack: number[];
  counter: number;
  readonly components: number[][];
}

function visit(state: State, root: number): void {
  const { edges, index, low, next, onStack } = state;
  const calls = [root];
  for (let node = calls.at(-1); node !== undefined; node = calls.at(-1)) {
    if (index[node] === -1) {
      index[node] = low[node] = state.counter++;
      state.stack.push(node);
      onStack[node] = 1;
    }
    const position = next[node] ?? 0;
    const target = edges[node]?.[position];
    if (target === undefined) {
      calls.pop();
      leave(state, node);
      const parent = calls.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      continue;
    }
    next[node] = position + 1;
    if (index[target] === -1) calls.push(target);
    else if (onStack[target] === 1) low[node] = Math.min(low[node] ?? 0, index[target] ?? 0);
  }
}

function leave(state: State, node: number): void {
  if (state.low[node] !== state.index[node]) return;
  const component: number[] = [];
  for (let member = state.stack.pop(); member !== undefined; member = state.stack.pop()) {
    state.onStack[member] = 0;
    component.push(member);
    if (member === node) break;
  }
  state.components.push(component);
}
