import type { Edges } from './edges.ts';

/**
 * Gives the strongly connected components of a graph, those without outgoing references first (Tarjan 1972, without
 * recursion: chains of a hundred thousand objects must not exhaust the stack). Linear in nodes and edges; components are
 * given one by one, since of most graphs they are as many as nodes.
 */
export function visitComponents(edges: Edges, onComponent: (component: readonly number[]) => void): void {
  const count = edges.starts.length - 1;
  const state: State = {
    edges,
    index: new Int32Array(count).fill(-1),
    low: new Int32Array(count),
    next: edges.starts.slice(),
    onStack: new Uint8Array(count),
    stack: [],
    counter: 0,
    onComponent,
  };
  for (let node = 0; node < count; node++) if (state.index[node] === -1) visit(state, node);
}

interface State {
  readonly edges: Edges;
  /** Order of discovery; -1 = not yet. */
  readonly index: Int32Array;
  readonly low: Int32Array;
  /** The edge of each node to follow next. */
  readonly next: Int32Array;
  readonly onStack: Uint8Array;
  readonly stack: number[];
  counter: number;
  readonly onComponent: (component: readonly number[]) => void;
}

function visit(state: State, root: number): void {
  const {
    edges: { starts, targets },
    index,
    low,
    next,
    onStack,
  } = state;
  const calls = [root];
  for (let node = calls.at(-1); node !== undefined; node = calls.at(-1)) {
    if (index[node] === -1) {
      index[node] = low[node] = state.counter++;
      state.stack.push(node);
      onStack[node] = 1;
    }
    const position = next[node] ?? 0;
    const target = targets[position];
    if (target === undefined || position === starts[node + 1]) {
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
  state.onComponent(component);
}
