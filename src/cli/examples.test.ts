import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { examplesOf } from './examples.ts';
import { createProgram } from './program.ts';

/** What bash makes of a line: the words of each call of landfall in it. */
function callsOf(line: string): string[][] {
  const hash = 'ab'.repeat(32);
  const stub = `landfall() { { printf '%s\\037' "$@"; echo; } >&2; echo ${hash}; }`;
  const script = `${stub}\n${line.replaceAll('source', 'cat')}`;
  const text = execFileSync('bash', ['--norc', '-c', `{ ${script}\n} 2>&1 >/dev/null | cat`]).toString();
  const calls = text.split('\n').filter((call) => call.includes('\u001F'));
  return calls.map((call) => call.split('\u001F').slice(0, -1));
}

function commandsOf(command: Command, at = ''): { at: string; command: Command }[] {
  const below = command.commands.flatMap((child) => commandsOf(child, `${at} ${child.name()}`.trimStart()));
  return [{ at, command }, ...below];
}

/** Parses words as the command line does, and gives the command whose action would run. */
async function parsed(words: readonly string[]): Promise<string> {
  const program = createProgram(true);
  let reached = '';
  for (const { at, command } of commandsOf(program)) {
    if (command.commands.length === 0 || command.options.some(({ long }) => long === '--out')) {
      command.action(() => {
        reached = at;
      });
    }
  }
  await program.parseAsync(words, { from: 'user' });
  return reached;
}

const leaves = commandsOf(createProgram()).filter(
  ({ command }) => command.commands.length === 0 || command.name() === 'plan'
);

describe('examples', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(leaves.map(({ at }) => at))('of %s are two or three that its definition takes', async (at) => {
    const found = examplesOf(at);
    expect([2, 3]).toContain(found.length);
    for (const { line } of found) {
      const calls = callsOf(line);
      const reached = await Promise.all(calls.map((words) => parsed(words)));
      expect(reached).toContain(at);
      expect(reached).not.toContain('');
    }
  });

  it('end the help of a command, with the launcher that was used', () => {
    vi.stubEnv('LANDFALL_COMMAND', 'npm run landfall --');
    const program = createProgram();
    const written: string[] = [];
    const approve = program.commands.find((command) => command.name() === 'approve');
    approve?.configureOutput({ writeOut: (text) => written.push(text) });
    approve?.outputHelp();
    expect(written.join('')).toContain(
      '    npm run --silent landfall -- approve shop-7f3k --plan "$(npm run --silent landfall -- plan show plan.yaml -q)" --by bo --refuse\n'
    );
  });
});
