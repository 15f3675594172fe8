import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../program.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { completionTree } from './tree.ts';
import { zshCompletion } from './zsh.ts';

const tree = completionTree(createProgram());

/** What a real bash offers for the last word; the words are taken apart as readline does, at the equals sign too. */
function offers(words: readonly string[], files: readonly string[] = []): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'completion-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const file of files) {
    if (file.endsWith('/')) mkdirSync(join(directory, file));
    else writeFileSync(join(directory, file), '');
  }
  const script = [
    bashCompletion(tree),
    'complete -p landfall >&2',
    'COMP_WORDS=(landfall "$@"); COMP_CWORD=$#; _landfall',
    '(( ${#COMPREPLY[@]} == 0 )) || printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const text = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { cwd: directory, stdio: 'pipe' });
  return text.toString().split('\n').filter(Boolean).sort();
}

describe('completion in bash', () => {
  it.each([
    ['commands by their beginning', ['re'], ['report', 'restore', 'resume']],
    [
      'commands below a command',
      ['points', ''],
      ['copy', 'delete', 'forecast', 'help', 'list', 'lock', 'prune', 'show', 'sweep', 'verify'],
    ],
    ['a command after options and their values', ['plan', '--out', 'points', 'sh'], ['show']],
    ['options once one is begun', ['migrate', '--de'], ['--detach']],
    ['options of a command below', ['points', 'prune', '--k'], ['--keep-last']],
    ['choices', ['assess', '-o', ''], ['html', 'json', 'text']],
    ['choices after the sign', ['assess', '--output', '=', 'h'], ['html']],
    ['a command after a value at the sign', ['plan', '--out', '=', 'x', 'sh'], ['show']],
    ['choices of an argument', ['completion', ''], ['bash', 'fish', 'zsh']],
    ['names of commands after help', ['help', 'val'], ['validate']],
    ['files where an option takes one', ['migrate', '-f', 'l'], ['lab', 'landfall file.yaml']],
    ['files at the sign', ['migrate', '--file', '=', 'landfall'], ['landfall file.yaml']],
    ['files beside words', ['plan', 'show', 'landfall'], ['landfall file.yaml']],
    ['nothing where only the user knows', ['status', ''], []],
    ['nothing after an option that takes a name', ['list', '--namespace', ''], []],
  ])('offers %s', (_, words, expected) => {
    expect(offers(words, ['landfall file.yaml', 'other', 'lab/'])).toEqual(expected);
  });
});

describe('completion scripts', () => {
  const scripts = { bash: bashCompletion(tree), zsh: zshCompletion(tree), fish: fishCompletion(tree) };

  it.each(Object.entries(scripts))('of %s name every command and every long option', (_, script) => {
    for (const { at, options } of tree) {
      expect(script).toContain(at);
      for (const flag of options.flatMap(({ flags }) => flags)) {
        expect(script).toMatch(new RegExp(`${flag}\\b|-l ${flag.slice(2)}\\b|-s ${flag.slice(1)}\\b`));
      }
    }
  });

  it('says of a tree what commander would parse', () => {
    const plan = tree.find(({ at }) => at === 'plan show');
    expect(plan?.argument).toEqual({ kind: 'file' });
    const migrate = tree.find(({ at }) => at === 'migrate');
    const value = (flag: string) => migrate?.options.find(({ flags }) => flags.includes(flag))?.value;
    expect([value('--file'), value('--detach'), value('--address'), value('-o')]).toEqual([
      { kind: 'file' },
      undefined,
      { kind: 'other' },
      { kind: 'choices', choices: ['text', 'json'] },
    ]);
  });
});
