import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../worker/bundle.ts';

const histories = new URL('histories/', import.meta.url);

/**
 * One stored history per shape of run. A change of workflow code that would break a run that is going on fails here;
 * the histories are never recorded again just to pass: docs/decisions says when a shape is retired.
 */
describe('replay of stored histories', () => {
  let workflowBundle: WorkflowBundle;
  beforeAll(async () => {
    workflowBundle = await bundleWorkflows();
  });

  const files = readdirSync(histories).filter((name) => name.endsWith('.json'));

  it('has the shapes of a migration', () => {
    const shapes = files.map((name) => name.replace(/\.json$/, ''));

    expect(shapes).toEqual(
      expect.arrayContaining([
        'migrate-with-volumes',
        'migrate-without-volumes',
        'migrate-dry-run',
        'migrate-cancelled',
        'migrate-rolled-back',
        'migrate-refused',
        'export-volume',
        'import-volume',
      ])
    );
  });

  it.each(files)('%s', async (name) => {
    const history: unknown = JSON.parse(readFileSync(new URL(name, histories), 'utf8'));

    await expect(Worker.runReplayHistory({ workflowBundle }, history, name)).resolves.toBeUndefined();
  });

  it('notices a history that the code does not make', async () => {
    const text = readFileSync(new URL('migrate-without-volumes.json', histories), 'utf8');
    const foreign: unknown = JSON.parse(text.replaceAll('"captureKinds"', '"captureSomethingElse"'));

    await expect(Worker.runReplayHistory({ workflowBundle }, foreign, 'foreign')).rejects.toThrow(
      /Nondeterminism|TMPRL1100|Activity/i
    );
  });
});
