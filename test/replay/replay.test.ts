import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../worker/bundle.ts';

const histories = new URL('histories/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const releases = readdirSync(histories);
const stored = releases.flatMap((release) =>
  readdirSync(new URL(`${release}/`, histories)).map((name) => [release, name.replace(/\.json$/, '')] as const)
);

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  workflowBundle = await bundleWorkflows();
});

function read(release: string, shape: string): string {
  return readFileSync(new URL(`${release}/${shape}.json`, histories), 'utf8');
}

function replay(bundle: WorkflowBundle, history: string, name: string): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: bundle }, JSON.parse(history), name);
}

/**
 * One stored history per shape of run and release. A change of workflow code that would break a run of a release that
 * is going on fails here; the histories are never recorded again just to pass: docs/decisions/0011 says when a release
 * is retired.
 */
describe('replay of stored histories', () => {
  it('has the shapes of every kind of run for this release', () => {
    const shapes = stored.filter(([release]) => release === version).map(([, shape]) => shape);

    expect(shapes).toEqual(
      expect.arrayContaining([
        'assess',
        'assess-on-schedule',
        'assess-on-schedule-beside',
        'migrate-with-volumes',
        'migrate-without-volumes',
        'migrate-dry-run',
        'migrate-cancelled',
        'migrate-cancelled-waiting',
        'migrate-resumed',
        'migrate-rolled-back',
        'migrate-refused',
        'migrate-held',
        'migrate-stale',
        'migrate-continued',
        'migrate-continued-last',
        'migrate-continued-rolled-back',
        'backup-with-volumes',
        'backup-without-volumes',
        'backup-with-copies',
        'backup-with-copies-missing',
        'backup-cancelled',
        'backup-refused',
        'restore-refused',
        'restore-with-volumes',
        'plan',
        'approve',
        'wave-stopped-and-resumed',
        'wave-continued',
        'wave-last-part',
        'wave-planned',
        'wave-retried-with-plans',
        'export-volume',
        'import-volume',
        'cleanup',
        'cleanup-of-an-assessment',
        'prune',
        'prune-tier',
        'protect-on-schedule',
        'verify',
        'copy',
      ])
    );
  });

  it.each(stored)('of %s: %s', async (release, shape) => {
    await expect(replay(workflowBundle, read(release, shape), shape)).resolves.toBeUndefined();
  });

  it('notices a history that the code does not make', async () => {
    const foreign = read(version, 'migrate-without-volumes').replaceAll('"captureKinds"', '"captureSomethingElse"');

    await expect(replay(workflowBundle, foreign, 'foreign')).rejects.toThrow(/Nondeterminism|TMPRL1100|Activity/i);
  });
});

/** Changes of code as somebody might make them, each with a shape of run that it would break. */
const changes = [
  ['an action removed', /\{\s*name: 'await',\s*item\s*\}/, '', 'migrate-without-volumes'],
  [
    'two actions the other way round',
    /'release-volumes',\s*'leave-namespaces'/,
    "'leave-namespaces', 'release-volumes'",
    'migrate-with-volumes',
  ],
  ['one claim after the other', /parallel,\s*final: false/, 'parallel: 1, final: false', 'migrate-with-volumes'],
  ['the oldest undone first', /draft\.pending\.at\(-1\)/, 'draft.pending.at(0)', 'migrate-cancelled'],
  ['no undo after a cancel', /draft\.pending\.at\(-1\)/, 'undefined', 'migrate-cancelled'],
  ['a failure that does not wait', /=== 'keep'/, "=== 'never'", 'migrate-resumed'],
  [
    'a history that does not end where it did',
    /draft\.held && !isUnderWay/,
    'false && !isUnderWay',
    'migrate-continued',
  ],
  ['a clean-up that forgets a compensation', /if \(isPastNoReturn\)|isPastNoReturn \?/, 'true ?', 'cleanup'],
] as const;

describe('a change of a table that a run would not survive', () => {
  it.each(changes)('is noticed: %s', async (_name, before, after, shape) => {
    const { code } = workflowBundle as { code: string };
    expect(code).toMatch(before);
    const changed = { ...workflowBundle, code: code.replace(new RegExp(before, 'g'), after) };

    await expect(replay(changed, read(version, shape), shape)).rejects.toThrow(/Nondeterminism|TMPRL1100/i);
  });
});
