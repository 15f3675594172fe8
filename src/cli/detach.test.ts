import { describe, expect, it } from 'vitest';
import { listTable, rowOf } from './commands/list.ts';
import { detachedLines, frozenLines, openDetach } from './detach.ts';

describe('an interrupt of a watch', () => {
  function interrupted(...frozen: readonly boolean[]): string[] {
    const done: string[] = [];
    let isFrozen = false;
    const detach = openDetach({
      isFrozen: () => isFrozen,
      say: (message) => done.push(message),
      end: () => done.push('ends'),
    });
    for (isFrozen of frozen) detach();
    return done;
  }
  const warning = expect.stringMatching(/source is FROZEN .* ask once more/) as string;
  it.each<[string, readonly boolean[], readonly string[]]>([
    ['ends it at once where the application runs', [false], ['ends']],
    ['says first that the source is frozen', [true], [warning]],
    ['ends it at the second time', [true, true], [warning, 'ends']],
    ['ends it where the application runs again meanwhile', [true, false], [warning, 'ends']],
    ['says so where it came to stand still later', [false, true], ['ends', warning]],
  ])('%s', (_what, frozen, expected) => {
    expect(interrupted(...frozen)).toEqual(expected);
  });
});

describe('a watch that has ended while its run goes on', () => {
  const lines = (sides: Parameters<typeof detachedLines>[0]['sides'], local = false): string =>
    detachedLines({ runId: 'shop-7f3k', local, sides, kind: 'migrate' }, {}).join('\n');
  it('says how both sides are, how to come back and how to cancel', () => {
    const text = lines({ source: 'frozen', target: undefined });
    expect(text).toContain('run shop-7f3k goes on in the workers');
    expect(text).toContain('source FROZEN, target NOT KNOWN');
    expect(text).toMatch(/watch .*status shop-7f3k --wait/);
    expect(text).toMatch(/cancel .*cancel shop-7f3k/);
    expect(text).not.toContain('resume');
  });

  it('does not promise that a cancel brings back recovery points', () => {
    const sides = { source: undefined, target: undefined };
    const of = (kind: string): string => detachedLines({ runId: 'store-1', local: false, sides, kind }, {}).join('\n');
    expect(of('prune')).toMatch(/cancel .*until the first point is marked/);
    expect(of('migrate')).toMatch(/cancel .*everything it did is undone/);
  });

  it('says nothing of a target of a run that has none', () => {
    const sides = { source: 'frozen', target: 'unknown' } as const;
    const text = detachedLines({ runId: 'shop-7f3k', local: false, sides, kind: 'backup' }, {}).join('\n');
    expect(text).toMatch(/state +source FROZEN$/m);
  });

  it('says nothing of sides that are not known, and of a restart only for the local engine', () => {
    const text = lines({ source: undefined, target: undefined }, true);
    expect(text).not.toContain('state');
    expect(text).toMatch(/in the local engine[^]*after a restart of this machine: .*resume shop-7f3k/);
  });
});

describe('a source that stands still', () => {
  const run = { run: 'shop-7f3k', kind: 'migrate', name: 'shop', status: 'running', started: 's', ended: '' };
  it.each([
    ['frozen', 'SOURCE FROZEN, running'],
    ['serving', 'running'],
    ['', 'running'],
  ])('%j is in a list %j', (source, expected) => {
    expect(rowOf({ ...run, source })).toEqual(['shop-7f3k', 'migrate', 'shop', expected, 's', '']);
  });

  it('is named by a cancel that nobody watches, and no other is', () => {
    expect(frozenLines('shop-7f3k', 'frozen').join()).toMatch(/^shop-7f3k: the source is FROZEN/);
    expect(['serving', ''].flatMap((source) => frozenLines('shop-7f3k', source))).toEqual([]);
  });
});

describe('a list of runs', () => {
  it('shows ids as short as they can be distinguished', () => {
    const run = { kind: 'migrate', name: 'shop', status: 'completed', started: 's', ended: 'e', source: '' };
    const ids = ['shop-7f3kaaaaaaaaa', 'shop-7f3kbaaaaaaaa', 'shop-9zzzaaaaaaaaa'];
    const rows = listTable(ids.map((id) => ({ ...run, run: id }))).split('\n');
    expect(rows.slice(1).map((row) => row.split(' ')[0])).toEqual(['shop-7f3ka', 'shop-7f3kb', 'shop-9zzz']);
  });
});
