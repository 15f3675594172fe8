import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { RunEvent, RunEventBody } from '../../src/core/run/events.ts';
import { openJournal, type SavedJournal } from './journal.ts';

const { runEvents } = limits;
const detail: RunEventBody = { type: 'log', level: 'info', message: 'a detail', fields: {} };
const result: RunEventBody = { type: 'result', outcome: 'succeeded', exitCode: 0 };

function filled(details: number, saved?: SavedJournal) {
  const journal = openJournal('shop-1', saved);
  for (let at = 0; at < details; at += 1) journal.emit(detail);
  return journal;
}

describe('the journal of a run', () => {
  it('brings the events beyond its bound to where they are kept, and says where', async () => {
    const journal = filled(runEvents + 1_017);
    const kept: RunEvent[] = [];
    await journal.keepBeyond(async (events) => {
      expect(events.length).toBeLessThanOrEqual(limits.batchObjects);
      kept.push(...events);
      return 'runs/shop-1/events';
    });
    journal.emit(result);
    const events = journal.since(0, Infinity);
    expect(kept).toHaveLength(1_017);
    expect(events).toHaveLength(runEvents + 2);
    expect(events.at(-2)).toMatchObject({
      ...{ type: 'log', level: 'warn', fields: { events: 1_017, lost: 0 } },
      message: `1017 more events are not in this stream: it has the first ${runEvents}; 1017 of them are in runs/shop-1/events of the Location; the report is complete`,
    });
    expect(events.at(-1)).toMatchObject(result);
  });

  it('counts what could not be kept', async () => {
    const journal = filled(runEvents + 17);
    await journal.keepBeyond(() => Promise.reject(new Error('no store')));
    journal.emit(result);
    expect(journal.since(runEvents, Infinity)[0]).toMatchObject({ fields: { events: 17, lost: 17 } });
  });

  it('keeps what the sides are and how it ends, whatever the bound', () => {
    const journal = filled(runEvents);
    journal.emit({ type: 'side', source: 'frozen', target: 'empty' });
    journal.emit(result);
    expect(journal.since(runEvents, Infinity).map(({ type }) => type)).toEqual(['side', 'result']);
  });

  it('goes on in a new history where it was, numbered without a gap', () => {
    const first = filled(runEvents + 1);
    first.phaseDone('capture', 5);
    const saved = JSON.parse(JSON.stringify(first.save())) as SavedJournal;
    const journal = filled(2, saved);
    journal.emit(result);
    const numbers = journal.since(0, Infinity).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(journal.since(runEvents, Infinity)[0]).toMatchObject({ fields: { events: 3 } });
    expect(journal.phases).toEqual([{ name: 'capture', ms: 5 }]);
  });

  it('says nothing of a bound that was not reached', () => {
    const journal = filled(3);
    journal.emit(result);
    expect(journal.since(0, Infinity)).toHaveLength(4);
  });
});
