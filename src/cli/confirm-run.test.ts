import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../core/spec/spec.ts';
import { confirmRun, isToBeAsked } from './confirm-run.ts';

const spec = {
  ...{ name: 'shop', source: { name: 'old' }, target: { name: 'new' }, location: { name: 'store' } },
  ...{ scope: { namespaces: ['shop', 'shop-db'] }, namespaceMapping: { shop: 'shop-2' } },
  ...{ storageClasses: { gp2: 'fast' }, volumes: { mode: 'move' }, hooks: { pre: [{}], post: [{}] } },
  ...{ existingResourcePolicy: 'update', onFailure: 'keep' },
} as unknown as MigrationSpec;

/** Asks, and types the answer; without one the terminal is closed, as Ctrl-D does it. */
async function asked(answer?: string) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const begun = confirmRun(spec, 'shop.yaml', { input, output }).then(
    () => 'begun',
    (error: unknown) => error
  );
  if (answer === undefined) input.end();
  else input.write(`${answer}\n`);
  const result = await begun;
  return { result, shown: String(output.read() ?? '') };
}

describe('the question before a run from a file', () => {
  it('says what the run will do, and begins with yes', async () => {
    const { result, shown } = await asked('yes');
    expect(result).toBe('begun');
    for (const reported of [
      'shop: old -> new, through store',
      'shop, shop-db; shop -> shop-2',
      'move; gp2 -> fast',
      'an existing object with different content is updated',
      'the run stops where it is and waits for you',
      '2 commands in pods on the source',
      'plan -f shop.yaml',
    ])
      expect(shown).toContain(reported);
  });

  it.each(['Yes', ' YES '])('takes %j for yes', async (answer) => {
    expect((await asked(answer)).result).toBe('begun');
  });

  it.each(['no', 'y', '', 'yes please', undefined])('begins nothing after %j', async (answer) => {
    expect((await asked(answer)).result).toMatchObject({
      code: 'CANCELLED',
      detail: { fix: expect.stringContaining('--yes') as string },
    });
  });
});

describe('whether to ask', () => {
  const terminal = (input: boolean, output: boolean) => ({
    input: Object.assign(new PassThrough(), { isTTY: input }),
    output: Object.assign(new PassThrough(), { isTTY: output }),
  });
  it.each<[string, Parameters<typeof isToBeAsked>[0], boolean]>([
    ['a run from a file', { output: 'text' }, true],
    ['--yes', { yes: true }, false],
    ['a plan', { plan: 'plan.yaml' }, false],
    ['a dry run', { dryRun: true }, false],
    ['-o json', { output: 'json' }, false],
  ])('on a terminal, %s: %s', (_name, flags, expected) => {
    expect(isToBeAsked(flags, terminal(true, true))).toBe(expected);
  });

  it.each([
    [false, true],
    [true, false],
    [false, false],
  ])('not where input is a terminal: %s, and output: %s', (input, output) => {
    expect(isToBeAsked({}, terminal(input, output))).toBe(false);
    expect(isToBeAsked({}, { input: new PassThrough(), output: new PassThrough() })).toBe(false);
  });

  it('says of a backup what it reads, and what it writes and where', async () => {
    const { target: _, ...backup } = { ...spec, onFailure: 'rollback' as const };
    const [input, output] = [new PassThrough(), new PassThrough()];
    const begun = confirmRun(backup, 'shop.yaml', { input, output });
    input.write('no\n');
    await expect(begun).rejects.toMatchObject({
      code: 'CANCELLED',
      detail: { what: expect.stringMatching(/^Backup shop was not started/) as unknown },
    });
    const shown = String(output.read() ?? '');
    for (const reported of [
      'shop: old -> a recovery point in store',
      'objects and volumes of old',
      'store: a new recovery point; snapshots and temporary Landfall objects on the source, which are removed again',
      'everything is undone',
      '2 commands in pods on the source',
    ])
      expect(shown.replace(/\s+/g, ' ')).toContain(reported);
  });
});
