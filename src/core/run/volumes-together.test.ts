import { expect, it } from 'vitest';
import { applyEvent } from './apply-event.ts';
import type { RunEvent, RunEventBody, StepInfo } from './events.ts';
import { emptyView, type RunView } from './view.ts';

const phase = (id: 'plan' | 'volumes'): StepInfo => ({ id, phase: id, parent: '', title: id });
const moves = (way: 'upload' | 'fill', name: string): StepInfo => ({
  ...{ id: `volumes/${way}/shop/${name}`, phase: 'volumes', parent: 'volumes', title: name },
});

function after(...bodies: readonly RunEventBody[]): RunView {
  const event = (body: RunEventBody, seq: number): RunEvent => ({
    ...{
      schema: 'landfall.dev/events/v1',
      seq,
      time: `2026-01-01T00:00:${String(seq).padStart(2, '0')}.000Z`,
      run: 'r',
    },
    ...body,
  });
  return bodies.map(event).reduce(applyEvent, emptyView);
}

const planned = (claims: number): RunEventBody[] => [
  { type: 'step.done', step: phase('plan'), durationMs: 1, counts: { claims } },
  { type: 'step.started', step: phase('volumes') },
];
const progress = (step: StepInfo, done: number, total: number): RunEventBody => ({
  ...{ type: 'step.progress', step, done, total, unit: 'bytes', totalIsEstimate: false },
  files: { done: done / 10, total: total / 10 },
});
const done = (step: StepInfo, bytes: number): RunEventBody => ({
  ...{ type: 'step.done', step, durationMs: 1, counts: { files: bytes / 10, bytes } },
});

it('counts each volume up and down', () => {
  const a = moves('upload', 'a');
  const view = after(
    ...planned(2),
    done(a, 100),
    progress(moves('fill', 'a'), 50, 100),
    done(moves('upload', 'b'), 300)
  );
  expect(view.steps.get('volumes')?.progress).toMatchObject({
    ...{ done: 450, total: 800, unit: 'bytes', totalIsEstimate: false, percent: 56 },
    files: { done: 45, total: 80 },
  });
});

it('takes volumes it does not know yet to be as large as the others, once it knows half of them', () => {
  const few = after(...planned(5), progress(moves('upload', 'a'), 10, 100));
  expect(few.steps.get('volumes')?.progress).toMatchObject({ done: 10, total: 0 });
  const half = after(...planned(4), progress(moves('upload', 'a'), 10, 100), progress(moves('upload', 'b'), 0, 300));
  expect(half.steps.get('volumes')?.progress).toMatchObject({ done: 10, total: 1600, totalIsEstimate: true });
});

it('leaves a phase alone that is over', () => {
  const over: RunEventBody = { type: 'step.done', step: phase('volumes'), durationMs: 1, counts: {} };
  const view = after(...planned(1), over, progress(moves('upload', 'a'), 10, 100));
  expect(view.steps.get('volumes')?.progress).toBeUndefined();
});
