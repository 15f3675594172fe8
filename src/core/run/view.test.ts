// oxlint-disable no-restricted-globals -- expected values are made with Date; the code under test has none
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aStep, recordedRun, recorder } from '../../../test/support/recorded-run.ts';
import { errorDetail } from '../errors.ts';
import { applyEvent } from './apply-event.ts';
import { parseRunEvent } from './events.schema.ts';
import type { RunEvent } from './events.ts';
import { parseInstant } from './instant.ts';
import { emptyView, stepTree, type RunView } from './view.ts';

function viewOf(events: readonly RunEvent[]): RunView {
  return events.reduce(applyEvent, emptyView);
}

const step = aStep('volumes', 'volumes/a', 'a');
const error = errorDetail('QUOTA_EXCEEDED', { what: 'no room' });

describe('applyEvent', () => {
  it('keeps what a recorded run reports', () => {
    const view = viewOf(recordedRun());
    expect(view).toMatchObject({
      run: 'mig-7f3k',
      name: 'shop',
      sides: { target: 'serving' },
      result: { exitCode: 0 },
    });
    expect([...view.steps.values()].every((one) => one.state === 'done')).toBe(true);
    expect(view.steps.get('volumes/upload/db/wal-pg-0')).toMatchObject({ retries: 1, counts: { files: 1002 } });
    expect(view.findings).toHaveLength(1);
  });

  it('keeps errors and undo of a run that rolled back', () => {
    const view = viewOf(recordedRun('rolled-back'));
    expect(view.errors.map((one) => one.code)).toEqual(['QUOTA_EXCEEDED']);
    expect([...view.undo.values()].map((one) => one.state)).toEqual(['done', 'done']);
  });

  it('never lets progress go back, nor reach 100 before the step is done', () => {
    const { events, at } = recorder();
    const progress = { type: 'step.progress', step, unit: 'bytes', totalIsEstimate: false } as const;
    at(0, { type: 'step.started', step });
    at(1, { ...progress, done: 60, total: 100 });
    at(2, { ...progress, done: 10, total: 100 });
    expect(viewOf(events).steps.get(step.id)?.progress).toMatchObject({ done: 60, percent: 60 });
    at(3, { ...progress, done: 100, total: 200 });
    expect(viewOf(events).steps.get(step.id)?.progress).toMatchObject({ done: 100, total: 200, percent: 60 });
    at(4, { ...progress, done: 250, total: 200 });
    expect(viewOf(events).steps.get(step.id)?.progress).toMatchObject({ percent: 99, total: 250 });
  });

  it('ignores late progress of a finished step, and lets a failed one wait for a person', () => {
    const { events, at } = recorder();
    const late = { type: 'step.progress', step, done: 1, total: 2, unit: 'bytes', totalIsEstimate: false } as const;
    at(0, { type: 'step.failed', step, durationMs: 5, error });
    at(1, late);
    expect(viewOf(events).steps.get(step.id)).toMatchObject({ state: 'failed', progress: undefined });
    const waitingFor = { kind: 'person', ref: 'mig', condition: 'resume' };
    // oxlint-disable-next-line unicorn/no-thenable -- the name of the field is part of the published schema
    at(2, { type: 'step.waiting', step, waitingFor, since: '2026-11-21T14:02:54.000Z', deadline: '', then: '' });
    expect(viewOf(events).steps.get(step.id)).toMatchObject({ state: 'waiting', error: { code: 'QUOTA_EXCEEDED' } });
    at(3, { type: 'step.started', step });
    expect(viewOf(events).steps.get(step.id)).toMatchObject({ state: 'running', error: undefined, waiting: undefined });
  });

  it('remembers when a wait began, however often it is emitted, and ends it when something moves', () => {
    const { events, at } = recorder();
    const waitingFor = { kind: 'object', ref: 'Deployment a', condition: 'Available' };
    for (const second of [0, 1, 2]) {
      const since = new Date(Date.UTC(2026, 10, 21, 14, 2, 52 + second)).toISOString();
      // oxlint-disable-next-line unicorn/no-thenable -- the name of the field is part of the published schema
      at(second, { type: 'step.waiting', step, waitingFor, since, deadline: '', then: '' });
    }
    expect(viewOf(events).steps.get(step.id)?.waiting?.since).toBe(Date.UTC(2026, 10, 21, 14, 2, 52));
    at(3, { type: 'step.progress', step, done: 1, total: 2, unit: 'objects', totalIsEstimate: false });
    expect(viewOf(events).steps.get(step.id)).toMatchObject({ state: 'running', waiting: undefined });
  });

  it('does not change the view it was given', () => {
    const events = recordedRun();
    const before = viewOf(events.slice(0, 200));
    const copy = structuredClone(before);
    viewOf(events);
    events.slice(200, 260).reduce(applyEvent, before);
    expect(before).toEqual(copy);
  });

  it('is total over any order, doubles, and types it does not know', () => {
    const events = recordedRun('rolled-back');
    const unknown = { ...events[0], type: 'step.invented' } as unknown as RunEvent;
    fc.assert(
      fc.property(fc.shuffledSubarray([...events.slice(-300), unknown]), (some) => {
        const view = viewOf([...some, ...some.slice(0, 5)]);
        for (const one of view.steps.values()) {
          const { percent = 0, done = 0, total = 0 } = one.progress ?? {};
          expect(percent).toBeLessThan(100);
          expect(done <= total || total === 0).toBe(true);
        }
      }),
      { numRuns: 50 }
    );
  });
});

describe('stepTree', () => {
  it('has every step somewhere, also orphans and circles', () => {
    const { events, at } = recorder();
    at(0, { type: 'step.started', step: aStep('apply') });
    at(0, { type: 'step.started', step: { id: 'x', phase: 'apply', parent: 'nowhere', title: 'x' } });
    at(0, { type: 'step.started', step: { id: 'y', phase: 'apply', parent: 'z', title: 'y' } });
    at(0, { type: 'step.started', step: { id: 'z', phase: 'apply', parent: 'y', title: 'z' } });
    at(0, { type: 'step.started', step: { id: 'self', phase: 'apply', parent: 'self', title: 'self' } });
    const tree = stepTree(viewOf(events));
    expect(tree.get('')?.map((one) => one.id)).toEqual(['apply', 'self']);
    expect(tree.get('apply')?.map((one) => one.id)).toEqual(['x', 'y', 'z']);
  });
});

describe('parseRunEvent', () => {
  it('reads back every recorded event through JSON', () => {
    for (const event of [...recordedRun(), ...recordedRun('rolled-back')]) {
      expect(parseRunEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
    }
  });

  it('passes over types of later versions and refuses other majors and damage', () => {
    const [hello] = recordedRun();
    expect(parseRunEvent({ ...hello, type: 'novelty' })).toBeUndefined();
    expect(parseRunEvent({ ...hello, extra: 1 })).toMatchObject({ extra: 1 });
    expect(() => parseRunEvent({ ...hello, schema: 'landfall.dev/events/v2' })).toThrow(/FORMAT_TOO_NEW/);
    expect(() => parseRunEvent({ ...hello, seq: -1 })).toThrow(/STORED_OBJECT_CORRUPT/);
    expect(() => parseRunEvent('x')).toThrow(/STORED_OBJECT_CORRUPT/);
  });
});

describe('parseInstant', () => {
  it('agrees with Date for every instant', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseInstant(date.toISOString())).toBe(date.getTime());
        }
      )
    );
  });
  it.each(['', 'x', '2026-13-01T00:00:00Z', '2026-01-01', '2026-01-01T25:00:00Z', '2026-01-01T00:00:00+02:00'])(
    '%s is none',
    (text) => expect(parseInstant(text)).toBeUndefined()
  );
});
