/** The edges of a graph of numbered nodes: those of a node lie side by side. */
export interface Edges {
  /** Of node n the targets begin at `starts[n]` and end before `starts[n + 1]`. */
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** Collects edges in any order, eight bytes each. */
export interface EdgeList {
  add(from: number, to: number): void;
  /** The edges between nodes below `count` that `keep` takes. Of one node they keep the order they were added in. */
  finish(count: number, keep: (from: number, to: number) => boolean): Edges;
}

export function createEdgeList(): EdgeList {
  let pairs = new Int32Array(1_024);
  let length = 0;
  return {
    add(from, to) {
      if (length === pairs.length) {
        const larger = new Int32Array(length * 2);
        larger.set(pairs);
        pairs = larger;
      }
      pairs[length] = from;
      pairs[length + 1] = to;
      length += 2;
    },
    finish(count, keep) {
      const starts = new Int32Array(count + 1);
      const each = (take: (from: number, to: number) => void): void => {
        for (let at = 0; at < length; at += 2) {
          const [from = 0, to = 0] = [pairs[at], pairs[at + 1]];
          if (keep(from, to)) take(from, to);
        }
      };
      each((from) => (starts[from + 1] = (starts[from + 1] ?? 0) + 1));
      for (let node = 0; node < count; node += 1) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
      const next = starts.slice();
      const targets = new Int32Array(starts[count] ?? 0);
      each((from, to) => {
        const at = next[from] ?? 0;
        targets[at] = to;
        next[from] = at + 1;
      });
      return { starts, targets };
    },
  };
}

/** The nodes a node leads to: a view, nothing is copied. */
export function targetsOf({ starts, targets }: Edges, node: number): Int32Array {
  return targets.subarray(starts[node], starts[node + 1]);
}
