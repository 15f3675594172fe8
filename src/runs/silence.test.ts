import { describe, expect, it } from 'vitest';
import { recordContact, nextDeadlineMs, startSilence, whoIsSilent } from './silence.ts';

const nobody = { worker: false, server: false };
const serverOnly = { worker: false, server: true };
const both = { worker: true, server: true };

describe('silence', () => {
  it.each([
    ['nobody, at first', [], 5_000, ''],
    ['a server that failed once, soon after', [[nobody, 1_000]], 4_000, ''],
    ['a server that is away', [[nobody, 1_000]], 5_001, 'server'],
    [
      'a server that is back',
      [
        [nobody, 1_000],
        [serverOnly, 6_000],
      ],
      6_001,
      '',
    ],
    ['a worker, where the server answers', [[serverOnly, 8_000]], 8_500, 'worker'],
    ['a worker, not yet', [[serverOnly, 8_000]], 8_499, ''],
    [
      'nobody, once a worker has answered',
      [
        [serverOnly, 8_000],
        [both, 9_000],
      ],
      9_001,
      '',
    ],
    [
      'a worker, its time after the server came back',
      [
        [nobody, 1_000],
        [serverOnly, 20_000],
      ],
      28_500,
      'worker',
    ],
    [
      'the server, where it goes after the worker went',
      [
        [serverOnly, 9_000],
        [nobody, 10_000],
      ],
      14_001,
      'server',
    ],
  ] as const)('is of %s', (_, rounds, nowMs, expected) => {
    const silence = rounds.reduce((before, [answered, atMs]) => recordContact(before, answered, atMs), startSilence(0));
    expect(whoIsSilent(silence, nowMs)).toBe(expected);
  });

  it('leaves a query its whole time at first and once the silence is named', () => {
    expect([0, 6_000, 8_000, 9_000].map((nowMs) => nextDeadlineMs(startSilence(0), nowMs))).toEqual([
      5_000, 2_500, 1_000, 5_000,
    ]);
  });
});
