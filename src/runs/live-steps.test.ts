import { describe, expect, it } from 'vitest';
import { errorDetail } from '../core/errors.ts';
import type { Heartbeat, RunEvent, RunEventBody, StepInfo } from '../core/run/events.ts';
import { openLiveSteps, type Attempt, type LiveSteps } from './live-steps.ts';

const apply: StepInfo = { id: 'apply', phase: 'apply', parent: '', title: 'apply' };
const maps: StepInfo = { id: 'apply/configuration', phase: 'apply', parent: 'apply', title: 'configuration' };
const undoMaps: StepInfo = { id: 'undo/2', phase: 'undo', parent: 'undo', title: 'remove ConfigMaps' };
const error = errorDetail('CLUSTER_UNREACHABLE', { what: 'no', why: 'connect ECONNREFUSED' });
const attempt: Attempt = { number: 1, attemptsMax: 15, nextAt: '', error };
const waiting: Heartbeat['waiting'] = {
  for: { kind: 'answer', ref: 'cluster eks-prod (10.0.0.7:6443)', condition: 'an answer (nothing has come back)' },
  since: '2026-01-01T00:00:00Z',
  deadline: '2026-01-01T00:04:00Z',
};
const beat = (stepId: string, more: Partial<Heartbeat> = {}): Heartbeat => ({
  ...{ stepId, done: 1, total: 2, unit: 'objects', note: '', cursor: undefined },
  ...more,
});

function opened(...bodies: RunEventBody[]): LiveSteps {
  const steps = openLiveSteps();
  for (const body of bodies) steps.take(body as RunEvent);
  return steps;
}

const started = (step: StepInfo): RunEventBody => ({ type: 'step.started', step });
const done = (step: StepInfo): RunEventBody => ({ type: 'step.done', step, durationMs: 1, counts: {} });
const story = (bodies: readonly RunEventBody[]): string[] =>
  bodies.map((body) => `${body.type} ${'step' in body ? body.step.id : ''}`);

describe('heartbeats among the steps of a run', () => {
  it('belong to their step: progress, and the wait for whoever does not answer', () => {
    const live = opened(started(apply), started(maps));
    const bodies = live.bodiesOf([{ name: 'applyBatch', beat: beat(maps.id, { waiting }), attempt }]);
    expect(bodies).toEqual([
      { type: 'step.progress', step: maps, done: 1, total: 2, unit: 'objects', totalIsEstimate: false },
      {
        ...{ type: 'step.waiting', step: maps, waitingFor: waiting.for },
        ...{ since: waiting.since, deadline: waiting.deadline, then: 'attempt 2 of 15 begins' },
      },
    ]);
    const last = live.bodiesOf([
      { name: 'applyBatch', beat: beat(maps.id, { waiting }), attempt: { ...attempt, number: 15 } },
    ]);
    expect(last.at(-1)).toMatchObject({ then: 'the step fails' });
  });

  it('of an attempt that has ended say nothing: the next one is reported, with the last words', () => {
    const live = opened(started(maps));
    const next = { ...attempt, number: 3, nextAt: '2026-01-01T00:00:09Z' };
    const bodies = live.bodiesOf([{ name: 'applyBatch', beat: beat(maps.id, { waiting }), attempt: next }]);
    expect(story(bodies)).toEqual(['step.progress apply/configuration', 'step.retry apply/configuration']);
    expect(bodies.at(-1)).toMatchObject({ attempt: 3, error: { why: 'connect ECONNREFUSED' } });
  });

  it('of a step whose event has not come yet are not shown as something else', () => {
    const next = { ...attempt, number: 2, nextAt: '2026-01-01T00:00:09Z' };
    const live = opened(started(apply));
    const activity = { name: 'applyBatch', beat: beat(maps.id, { waiting }), attempt: next };
    expect(story(live.bodiesOf([activity]))).toEqual([]);
    live.take(started(maps) as RunEvent);
    expect(story(live.bodiesOf([activity]))).toEqual([
      'step.progress apply/configuration',
      'step.retry apply/configuration',
    ]);
  });

  it('of a compensation belong to the one that began last, on the way forward to the last step', () => {
    const activity = { name: 'undoBatch', beat: beat('undo', { waiting }), attempt };
    const undoing = opened(started(apply), { type: 'undo.started', step: undoMaps, title: undoMaps.title });
    expect(story(undoing.bodiesOf([activity]))).toEqual(['step.progress undo/2', 'step.waiting undo/2']);
    expect(story(opened(started(apply), started(maps)).bodiesOf([activity]))).toEqual([
      'step.progress apply/configuration',
      'step.waiting apply/configuration',
    ]);
  });

  it('of what is done when its step is over are shown while it waits, and ended then', () => {
    const live = opened(started(apply), done(apply));
    const report = { name: 'writeReport', attempt };
    expect(live.bodiesOf([{ ...report, beat: beat('finish') }])).toEqual([]);
    const reported = live.bodiesOf([{ ...report, beat: beat('finish', { waiting }) }]);
    expect(reported).toMatchObject([
      { type: 'step.waiting', step: { id: 'apply/writeReport', parent: 'apply', title: 'write report' } },
    ]);
    expect(story(live.bodiesOf([{ ...report, beat: beat('finish') }]))).toEqual(['step.done apply/writeReport']);
    expect(live.bodiesOf([])).toEqual([]);
  });
});
