import { expect, it } from 'vitest';
import { errorDetail } from '../../core/errors.ts';
import { eventSchema } from '../../core/run/events.ts';
import { eventLine } from './event-line.ts';

const envelope = { schema: eventSchema, seq: 1, time: '2026-11-21T14:00:00Z', run: 'shop-7f3k' } as const;

it.each([
  ['', '1s LOCATION_NOT_FOUND there is no store'],
  ['objects/a', '1s LOCATION_NOT_FOUND there is no store (objects/a)'],
])('names in a failure what it is about, where that is known: %j', (ref, text) => {
  const step = { id: 'capture', phase: 'capture', parent: '', title: 'capture' };
  const error = { ...errorDetail('LOCATION_NOT_FOUND', { what: 'there is no store' }), ref };
  const line = eventLine({ ...envelope, type: 'step.failed', step, durationMs: 1_000, error });
  expect(line).toMatchObject({ step: 'capture', word: 'FAILED', text });
});

it.each([
  ['east', 'shop: west -> east'],
  ['', 'shop: west'],
])('names the target of a run that has one: %j', (target, text) => {
  const hello = { type: 'hello', kind: 'backup', name: 'shop', schemaMinor: 0, source: 'west', phases: [] } as const;
  expect(eventLine({ ...envelope, ...hello, target })?.text).toBe(text);
});
