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

  it('has a bound for long events as well, and keeps them in parts that may travel', async () => {
    const journal = openJournal('shop-1');
    const message = 'x'.repeat(4_000);
    for (let at = 0; at < 900; at += 1) journal.emit({ ...detail, message } as RunEventBody);
    const parts: number[] = [];
    await journal.keepBeyond(async (events) => {
      parts.push(events.length);
      return 'runs/shop-1/events';
    });
    journal.emit(result);
    const events = journal.since(0, Infinity);
    expect(JSON.stringify(events).length).toBeLessThan(limits.runEventChars * 1.1);
    const kept = parts.reduce((sum, part) => sum + part, 0);
    expect(events).toHaveLength(900 - kept + 2);
    expect(events.at(-2)).toMatchObject({ message: expect.stringContaining(`it has the first ${900 - kept};`) });
    expect(Math.max(...parts) * message.length).toBeLessThan(1_100_000);
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

  it('goes on in a new history where it was; with what is kept beyond it, numbered without a gap', async () => {
    const kept: RunEvent[] = [];
    const keep = async (events: readonly RunEvent[]) => {
      kept.push(...events);
      return 'runs/shop-1/events';
    };
    const first = filled(runEvents + 1);
    first.phaseDone('capture', 5);
    await first.keepBeyond(keep);
    const saved = JSON.parse(JSON.stringify(first.save())) as SavedJournal;
    const journal = filled(2, saved);
    journal.emit({ type: 'side', source: 'frozen', target: 'empty' });
    await journal.keepBeyond(keep);
    journal.emit(result);
    const reported = journal.since(0, Infinity);
    const numbers = [...reported, ...kept].map(({ seq }) => seq).sort((one, other) => one - other);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers).toHaveLength(runEvents + 6);
    expect(reported.at(-2)).toMatchObject({ fields: { events: 3, lost: 0 } });
    expect(journal.since(runEvents, 1)).toEqual(reported.slice(runEvents, runEvents + 1));
    expect(journal.since(reported.at(-1)?.seq ?? 0, 1)).toEqual([]);
    expect(journal.phases).toEqual([{ name: 'capture', ms: 5 }]);
  });

  it('says nothing of a bound that was not reached', () => {
    const journal = filled(3);
    journal.emit(result);
    expect(journal.since(0, Infinity)).toHaveLength(4);
  });
});
