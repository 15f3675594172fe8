import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';
import { asksForJson, usageError } from './usage-errors.ts';

async function usageOf(words: readonly string[]): Promise<CommanderError> {
  const caught: unknown = await createProgram(true)
    .parseAsync(words, { from: 'user' })
    .catch((error: unknown) => error);
  if (caught instanceof CommanderError) return caught;
  throw new Error(`expected an error of usage of ${words.join(' ')}`, { cause: caught });
}

describe('errors of usage', () => {
  it.each([
    [['list', '--limit', '-3'], 'whole number, at least 1'],
    [['list', '--limit', '2x'], 'whole number, at least 1'],
    [['status', 'shop', '--timeout', 'abc'], 'number of seconds'],
    [['status', 'shop', '--timeout', '0'], 'number of seconds'],
    [['status', 'shop', '--since', '-1'], 'whole number, at least 0'],
    [['points', 'prune', '-f', 'x', '--keep-last', 'all'], 'whole number, at least 0'],
    [['points', 'delete', '-f', 'x'], 'missing required argument'],
    [['engine', 'begin'], 'unknown command'],
  ])('%j is refused with words, also of a nested command', async (words, message) => {
    const error = await usageOf(words);
    expect(error.message).toContain(message);
    expect(error.exitCode).not.toBe(0);
    expect(usageError(error.message).detail).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('are JSON where the words ask for it', () => {
    expect(['-o json', '--output json', '-ojson', '--output=json'].map((text) => asksForJson(text.split(' ')))).toEqual(
      [true, true, true, true]
    );
    expect(asksForJson(['validate', '-f', 'json'])).toBe(false);
  });
});
