import { afterEach, expect, it, vi } from 'vitest';
import { onceMode, type WatchFlags } from './watch-run.ts';

afterEach(() => vi.unstubAllEnvs());

it.each<[string, Partial<WatchFlags>, string]>([
  ['the picture', {}, 'state'],
  ['lines where they are asked for', { progress: 'lines' }, 'lines'],
  ['the result alone', { quiet: true }, 'quiet'],
  ['lines for a screen reader', { accessible: true }, 'lines'],
])('a command that looks once gives %s', (_what, flags, expected) => {
  vi.stubEnv('ACCESSIBLE', undefined);
  expect(onceMode({ progress: 'auto', output: 'text', ...flags } as WatchFlags)).toBe(expected);
});
