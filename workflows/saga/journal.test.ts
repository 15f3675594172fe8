import { describe, expect, it } from 'vitest';
import type { RunEventBody } from '../../src/core/run/events.ts';
import { openJournal } from './journal.ts';

const eventsMax = 4_000;
const detail: RunEventBody = { type: 'log', level: 'info', message: 'a detail', fields: {} };
const result: RunEventBody = { type: 'result', outcome: 'succeeded', exitCode: 0 };

function filled(details: number) {
  const journal = openJournal('shop-1');
  for (let at = 0; at < details; at += 1) journal.emit(detail);
  return journal;
}

describe('the journal of a run', () => {
  it('counts the events beyond its bound, and says where everything is to be found', () => {
    const journal = filled(eventsMax + 17);
    journal.emit(result);
    const events = journal.since(0, Infinity);
    expect(events).toHaveLength(eventsMax + 2);
    expect(events.at(-2)).toMatchObject({ type: 'log', level: 'warn', fields: { dropped: 17 } });
    expect(events.at(-2)).toMatchObject({
      message: '17 more events were not kept: a run keeps the first 4000; its report is complete',
    });
    expect(events.at(-1)).toMatchObject(result);
  });

  it('keeps what the sides are and how it ends, whatever the bound', () => {
    const journal = filled(eventsMax);
    journal.emit({ type: 'side', source: 'frozen', target: 'empty' });
    journal.emit(result);
    expect(journal.since(eventsMax, Infinity).map(({ type }) => type)).toEqual(['side', 'result']);
  });

  it('numbers what it keeps without a gap, so that nobody who reads on misses any', () => {
    const journal = filled(eventsMax + 1);
    journal.emit(result);
    const numbers = journal.since(0, Infinity).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('says nothing of a bound that was not reached', () => {
    const journal = filled(3);
    journal.emit(result);
    expect(journal.since(0, Infinity)).toHaveLength(4);
  });
});
