import type { RunTable } from '../../src/saga/table.ts';

/** A kind of run nobody has: two sides, a fence, steps that need each other, a point of no return. */
export const madeUp: RunTable<string> = {
  kind: 'made-up',
  actions: {
    open: { does: 'opens', activities: [], compensation: 'close', opensReport: true },
    fence: { does: 'fences the source', activities: [], compensation: 'unfence' },
    start: { does: 'starts the target', activities: [], compensation: 'stop' },
    look: { does: 'looks', activities: [] },
    tidy: { does: 'tidies up', activities: [], always: true, supersedes: 'close' },
  },
  compensations: {
    close: { title: () => 'close', activities: [], release: true },
    unfence: { title: () => 'unfence', activities: [], until: { source: 'fenced' } },
    stop: { title: () => 'stop', activities: [], until: { target: 'serving' } },
  },
  sides: () => ({ source: 'serving', target: 'empty' }),
  phases: () => ['look', 'move', 'end'].map((name) => ({ name, title: `${name} title` })),
  stages: () => [
    {
      ...{ phase: 'look', parallel: 3, final: false },
      steps: [
        { id: 'look/a', phase: 'look', title: 'a', actions: [{ name: 'look', item: 0 }], onFailure: 'noted' },
        {
          ...{ id: 'look/b', phase: 'look', title: 'b' },
          actions: [{ name: 'look', item: 1 }],
          onFailure: 'noted',
          needs: ['look/a'],
        },
        {
          id: 'look/c',
          phase: 'look',
          title: 'c',
          actions: [
            { name: 'open', item: 0 },
            { name: 'look', item: 2 },
            { name: 'tidy', item: 0 },
          ],
          onFailure: 'waits',
        },
      ],
    },
    {
      ...{ phase: 'move', parallel: 1, final: false },
      steps: [
        { id: 'move/fence', phase: 'move', title: 'fence', actions: [{ name: 'fence', item: 0 }], onFailure: 'ends' },
        { id: 'move/start', phase: 'move', title: 'start', actions: [{ name: 'start', item: 0 }], onFailure: 'waits' },
      ],
    },
    {
      ...{ phase: 'end', parallel: 1, final: true },
      steps: [{ id: 'end/look', phase: 'end', title: 'look', actions: [{ name: 'look', item: 3 }], onFailure: 'ends' }],
    },
  ],
};
