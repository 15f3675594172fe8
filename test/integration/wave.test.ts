import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../src/model/load-file.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import { runTaskQueue } from '../../src/core/run/sites.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type CliRun } from '../support/cli-rig.ts';
import { targetPrint } from '../support/traces.ts';

let rig: CliRig;
let count = 0;

beforeAll(async () => {
  rig = await startCliRig('wave');
});

afterAll(() => rig?.end());

/** Namespaces of the source with one ConfigMap each; on the target they go when the rig ends. */
async function applications(number: number): Promise<string[]> {
  const first = ++count;
  const names = Array.from({ length: number }, (_, index) => `${rig.prefix}-${first}-${index}`);
  for (const namespace of names) {
    await rig.namespace('source', namespace);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', 'source'));
  }
  return names;
}

const configMap = (name: string, from: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { from },
});

/** Content of the target that makes the migration of a namespace refuse to begin. */
async function occupy(namespace: string): Promise<() => Promise<unknown>> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await rig.namespace('target', namespace);
  await rig.create('target', path, configMap('taken', 'target'));
  return () => rig.target.call('DELETE', `${path}/taken`);
}

function waveFile(name: string, spec: object, migration: object = {}): string {
  const pattern = `${name}-each`;
  const file = rig.write({ name: pattern, spec: { scope: { namespaces: ['replaced'] }, ...migration } });
  const wave = {
    apiVersion: 'landfall.dev/v1alpha1',
    kind: 'MigrationWave',
    metadata: { name },
    spec: { ...spec, groups: (spec as { groups: object[] }).groups.map((group) => ({ migration: pattern, ...group })) },
  };
  appendFileSync(file, `\n---\n${JSON.stringify(wave, null, 2)}\n`);
  return file;
}

const eventsOf = ({ stdout }: CliRun): RunEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);

describe('a wave', () => {
  it('moves namespaces group after group, and its table and its runs can be looked at', async () => {
    const names = await applications(4);
    const name = `${rig.prefix}-all`;
    const [pilot = '', ...rest] = names;
    const file = waveFile(name, {
      groups: [
        { name: 'pilot', namespaces: [pilot] },
        { name: 'rest', namespaces: [`${rig.prefix}-${count}-*`] },
      ],
      concurrency: { total: 2 },
    });
    const run = await rig.landfall(['wave', '-f', file, '-o', 'json']);
    expect([run.stderr, run.code]).toEqual(['', 0]);
    const events = eventsOf(run);
    const at = (type: string, id: string): number =>
      events.findIndex((event) => event.type === type && 'step' in event && event.step.id === id);
    expect(at('step.done', `wave/pilot/${pilot}`)).toBeLessThan(at('step.started', `wave/rest/${rest[0]}`));
    for (const namespace of names) expect(await targetPrint(rig, [namespace])).not.toEqual({});
    const status = await rig.landfall(['status', name]);
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('4 namespaces, 4 done, 0 failed');
    // An id is as short as it can be distinguished, and found as it is written.
    const runOf = new RegExp(`${name}-\\S+-[a-z0-9]{4,13}`).exec(status.stdout)?.[0] ?? '';
    const report = await rig.landfall(['report', runOf, '-o', 'json']);
    const { run: whole, outcome } = JSON.parse(report.stdout) as { readonly run: string; readonly outcome: string };
    expect([whole.startsWith(runOf), /-[a-z0-9]{13}$/.test(whole), outcome]).toEqual([true, true, 'succeeded']);
    const list = await rig.landfall(['list']);
    expect(list.stdout).toMatch(/ wave +\S+-all +completed/);
  });

  it('stops when too many fail, waits for a person, and goes on with what had failed', async () => {
    const names = await applications(4);
    const name = `${rig.prefix}-stop`;
    const free = await Promise.all(names.slice(0, 2).map(occupy));
    const file = waveFile(name, {
      groups: [{ name: 'all', namespaces: names }],
      concurrency: { total: 1 },
      stopOn: { failureRate: 0.5, minimumEnded: 2 },
    });
    const started = await rig.landfall(['wave', '-f', file, '--detach']);
    expect(started.code).toBe(0);
    const table = await waitFor(
      async () => {
        const { stdout } = await rig.landfall(['status', name]);
        return stdout.includes('stopped:') ? stdout : undefined;
      },
      { what: 'the wave to stop', deadlineMs: 120_000, intervalMs: 500 }
    );
    expect(table).toContain('2 of 2 runs failed (100 %, more than 50 %)');
    expect(table).toMatch(/queued/);
    expect(table).toContain('TARGET_NOT_EMPTY');
    for (const away of free) await away();
    const run = await rig.landfall(['resume', name, '-o', 'json']);
    expect(run.code).toBe(0);
    const ended = await rig.landfall(['status', name]);
    expect(ended.stdout).toContain('4 namespaces, 4 done, 0 failed');
  });

  it('that is cancelled cancels its runs, which undo what they did; what had ended stays', async () => {
    const names = await applications(3);
    const name = `${rig.prefix}-cancel`;
    const free = await occupy(names[0] as string);
    const file = waveFile(name, {
      groups: [{ name: 'all', namespaces: names }],
      concurrency: { total: 1 },
      stopOn: { failureRate: 0, minimumEnded: 1 },
    });
    await rig.landfall(['wave', '-f', file, '--detach']);
    await waitFor(async () => ((await rig.landfall(['status', name])).stdout.includes('stopped:') ? true : undefined), {
      what: 'the wave to stop',
      deadlineMs: 120_000,
      intervalMs: 500,
    });
    const run = await rig.landfall(['cancel', name, '-o', 'json']);
    expect(run.code).toBe(7);
    expect(await targetPrint(rig, names.slice(1))).toEqual({});
    const ended = await rig.landfall(['status', name]);
    expect([ended.code, ended.stdout]).toEqual([7, expect.stringContaining('0 done, 1 failed, 2 not begun; ended')]);
    await free();
    const again = await rig.landfall(['wave', '-f', file, '--retry', name]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('0 done before, 3 done, 0 failed; ended')]);
  });

  it('cancelled in the middle leaves nothing of the run that was on its way', async () => {
    const names = await applications(8);
    const name = `${rig.prefix}-middle`;
    const file = waveFile(name, { groups: [{ name: 'all', namespaces: names }], concurrency: { total: 1 } });
    await rig.landfall(['wave', '-f', file, '--detach']);
    await waitFor(
      async () => (/ running +\S+/.test((await rig.landfall(['status', name])).stdout) ? true : undefined),
      { what: 'a run of the wave', deadlineMs: 120_000, intervalMs: 200 }
    );
    const run = await rig.landfall(['cancel', name]);
    expect(run.code).toBe(7);
    // Whatever had ended before the cancel stays whole; what was on its way is undone; the rest was never begun.
    const found = await Promise.all(names.map((namespace) => targetPrint(rig, [namespace])));
    const states = names.map((namespace) => new RegExp(`^${namespace} +all +(\\w+)`, 'm').exec(run.stdout)?.[1]);
    expect(found.map((print) => Object.keys(print).length > 0)).toEqual(states.map((state) => state === 'done'));
  });

  it('goes on in a new part before its history grows long, and keeps its table', async () => {
    const names = await applications(4);
    const name = `${rig.prefix}-parts`;
    const file = waveFile(name, { groups: [{ name: 'all', namespaces: names }], concurrency: { total: 2 } });
    const [spec] = (await loadFile(file)).waves;
    const connection = await Connection.connect({ address: rig.lab.temporal.address });
    try {
      const { workflow } = new Client({ connection, namespace: rig.prefix });
      const handle = await workflow.start('wave', {
        workflowId: `wave/${name}`,
        taskQueue: runTaskQueue,
        args: [{ runId: `${name}-aaaa`, spec, eventsMax: 20 }],
        memo: { run: `${name}-aaaa`, name },
      });
      await handle.result();
      const parts: string[] = [];
      for await (const { status } of workflow.list({ query: `WorkflowId = 'wave/${name}'` })) parts.push(status.name);
      expect(parts).toContain('CONTINUED_AS_NEW');
      expect(parts).toContain('COMPLETED');
    } finally {
      await connection.close();
    }
    const status = await rig.landfall(['status', name]);
    expect(status.stdout).toContain('4 namespaces, 4 done, 0 failed');
    const watched = await rig.landfall(['status', name, '--wait', '-o', 'json']);
    expect(watched.code).toBe(0);
    const events = eventsOf(watched);
    expect(events[0]?.type).toBe('hello');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('waits outside its calendar, says until when, and starts nothing', async () => {
    const names = await applications(1);
    const name = `${rig.prefix}-frozen`;
    const file = waveFile(name, {
      groups: [{ name: 'all', namespaces: names }],
      calendar: { freeze: [{ from: '2020-01-01', to: '2099-12-31', reason: 'the books are closed' }] },
    });
    await rig.landfall(['wave', '-f', file, '--detach']);
    const table = await waitFor(
      async () => {
        const { stdout } = await rig.landfall(['status', name]);
        return stdout.includes('waiting:') ? stdout : undefined;
      },
      { what: 'the wave to wait', deadlineMs: 60_000, intervalMs: 500 }
    );
    expect(table).toContain('the books are closed');
    expect(table).toContain('0 running, 1 queued');
    const run = await rig.landfall(['cancel', name]);
    expect(run.code).toBe(7);
    expect(await targetPrint(rig, names)).toEqual({});
  });
});

describe('a wave before it begins and after it has ended', () => {
  const approver = { approval: { required: true, approvers: ['bo'] } };

  async function approve(file: string): Promise<void> {
    const shown = await rig.landfall(['plan', 'show', file, '-o', 'json']);
    const { hash, made } = JSON.parse(shown.stdout) as { hash: string; made: { run: string } };
    const { code, stdout } = await rig.landfall(['approve', made.run, '--plan', hash, '--by', 'bo']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('wave -f FILE --plans DIRECTORY')]);
  }

  it('is tried, planned, approved, run, and run again where one did not arrive', async () => {
    const names = await applications(3);
    const [one = '', two = '', three = ''] = names;
    const name = `${rig.prefix}-held`;
    const free = await occupy(three);
    // A freeze is about moving: neither a dry run nor a plan waits for it.
    const freeze = [{ from: '2020-01-01', to: '2099-12-31', reason: 'the books are closed' }];
    const groups = [{ name: 'all', namespaces: names }];
    const file = waveFile(name, { groups, stopOn: { minimumEnded: 1 } }, approver);
    const frozen = waveFile(name, { groups, stopOn: { minimumEnded: 1 }, calendar: { freeze } }, approver);

    const refused = await rig.landfall(['wave', '-f', file]);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('APPROVAL_MISSING')]);

    const dry = await rig.landfall(['wave', '-f', frozen, '--dry-run']);
    expect(dry.code).toBe(5);
    expect(dry.stdout).toContain('DRY RUN, NOT ALL ACCEPTED');
    expect(dry.stdout).toMatch(new RegExp(`^${one} +all +accepted +2 of 2 +0 `, 'm'));
    expect(dry.stdout).toMatch(new RegExp(`^${three} +all +blocked .*TARGET_NOT_EMPTY`, 'm'));
    expect(await targetPrint(rig, [one, two])).toEqual({});

    const plans = join(rig.directory, 'plans');
    const blocked = await rig.landfall(['wave', 'plan', '-f', frozen, '--out-dir', plans, '--by', 'ana']);
    expect(blocked.code).toBe(5);
    expect(blocked.stdout).toMatch(new RegExp(`^${three} +all +blocked +1 `, 'm'));
    expect(blocked.stdout).toContain(`${three}: TARGET_NOT_EMPTY`);
    await free();
    const planned = await rig.landfall(['wave', 'plan', '-f', file, '--out-dir', plans, '--by', 'ana', '-o', 'json']);
    expect([planned.code, planned.stderr]).toEqual([0, '']);
    const { plans: rows } = JSON.parse(planned.stdout.trim().split('\n').at(-1) ?? '') as { plans: object[] };
    expect(rows).toMatchObject(names.map((namespace) => ({ namespace, state: 'planned', blockers: 0 })));
    expect(readdirSync(plans).sort()).toEqual(names.map((namespace) => `${name}-${namespace}.yaml`).sort());
    expect(await targetPrint(rig, [one, two])).toEqual({});

    const planOf = (namespace: string): string => join(plans, `${name}-${namespace}.yaml`);
    await approve(planOf(one));
    await approve(planOf(two));
    const first = await rig.landfall(['wave', '-f', file, '--plans', plans]);
    expect(first.code).toBe(3);
    expect(first.stdout).toMatch(/2 done, 1 failed; ended/);
    expect(first.stdout).toMatch(new RegExp(`^${three} .*APPROVAL_MISSING`, 'm'));
    const run = /--retry (\S+)/.exec(first.stdout)?.[1] ?? '';

    await approve(planOf(three));
    const again = await rig.landfall(['wave', '-f', file, '--retry', run, '--plans', plans]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`(continues ${run}): 3 namespaces, 2 done before, 1 done, 0 failed; ended`);
    const runs = (text: string): string[] => text.match(/^\S+ +all +done.*$/gm) ?? [];
    expect(runs(again.stdout)).toHaveLength(3);
    expect(await targetPrint(rig, [three])).not.toEqual({});
    const nothing = await rig.landfall(['wave', '-f', file, '--retry', name, '--plans', plans]);
    expect([nothing.code, nothing.stderr]).toEqual([5, expect.stringContaining('left nothing to run again')]);
  });

  it('is held to plans that are those of its namespaces', async () => {
    const names = await applications(2);
    const name = `${rig.prefix}-stale`;
    const file = waveFile(name, { groups: [{ name: 'all', namespaces: [`${rig.prefix}-${count}-*`] }] });
    const plans = join(rig.directory, 'stale');
    mkdirSync(plans);
    const none = await rig.landfall(['wave', '-f', file, '--plans', plans]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('has no plan file')]);
    expect((await rig.landfall(['wave', 'plan', '-f', file, '--out-dir', plans])).code).toBe(0);
    rmSync(join(plans, `${name}-${names[1]}.yaml`));
    const stale = await rig.landfall(['wave', '-f', file, '--plans', plans]);
    expect([stale.code, stale.stderr]).toEqual([5, expect.stringContaining(`without a plan: ${names[1]}`)]);
    expect(await targetPrint(rig, names)).toEqual({});
  });

  it('is not continued before what a terminated run has left is cleaned up', async () => {
    const [namespace = ''] = await applications(1);
    const name = `${rig.prefix}-left`;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    // Ready on the source, and on the target never: the run waits for it until it is terminated.
    const containers = [{ name: 'web', image: 'web:1' }];
    await rig.create('source', pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: { containers },
    });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const patch = { type: 'application/merge-patch+json', text: JSON.stringify({ status }) };
    expect((await rig.source.call('PATCH', `${pods}/web/status`, patch)).status).toBe(200);
    const file = waveFile(name, { groups: [{ name: 'all', namespaces: [namespace] }] });
    await rig.landfall(['wave', '-f', file, '--detach']);
    await waitFor(() => rig.target.get(`${pods}/web`), { what: 'the pod on the target', deadlineMs: 120_000 });
    const going = await rig.landfall(['wave', '-f', file, '--retry', name]);
    expect([going.code, going.stderr]).toEqual([2, expect.stringContaining('is going on')]);

    const connection = await Connection.connect({ address: rig.lab.temporal.address });
    const { workflow } = new Client({ connection, namespace: rig.prefix });
    await workflow.getHandle(`migration/${name}-${namespace}`).terminate('test');
    await connection.close();
    const ended = await rig.landfall(['status', name, '--wait']);
    expect([ended.code, ended.stdout]).toEqual([3, expect.stringContaining('RUN_TERMINATED')]);
    const run = new RegExp(`${name}-${namespace}-[a-z0-9]{13}`).exec(ended.stdout)?.[0] ?? '';

    const refused = await rig.landfall(['wave', '-f', file, '--retry', name]);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(`landfall cleanup ${run}`);
    expect((await rig.landfall(['cleanup', run])).code).toBe(0);
    await rig.source.call('DELETE', `${pods}/web?gracePeriodSeconds=0`);
    const again = await rig.landfall(['wave', '-f', file, '--retry', name]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('1 done, 0 failed; ended')]);
  });
});

describe('a file with a wave', () => {
  it('reports all of its problems at once', async () => {
    const file = waveFile(`${rig.prefix}-bad`, {
      groups: [
        { name: 'one', namespaces: ['shop'], migration: 'nowhere' },
        { name: 'one', namespaces: ['shop'] },
      ],
      calendar: {
        timeZone: 'Europe/Atlantis',
        freeze: [
          { from: '2026-02-30', to: '2026-03-01' },
          { from: '2026-05-02', to: '2026-05-01' },
        ],
      },
    });
    const run = await rig.landfall(['validate', '-f', file, '-o', 'json']);
    expect(run.code).toBe(2);
    const { problems } = JSON.parse(run.stderr) as { problems: { what: string; fix: string }[] };
    const reported = problems.map(({ what }) => what).join('\n');
    for (const part of [
      'nowhere',
      'is already used by a group above',
      'is already in group one',
      'not a time zone',
      '2026-02-30',
      'ends before it begins',
    ]) {
      expect(reported).toContain(part);
    }
  });

  it('whose namespaces are not there names all of them', async () => {
    const file = waveFile(`${rig.prefix}-none`, {
      groups: [{ name: 'one', namespaces: [`${rig.prefix}-x`, `${rig.prefix}-y`] }],
    });
    const run = await rig.landfall(['wave', '-f', file]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`source: ${rig.prefix}-x, source: ${rig.prefix}-y`);
  });
});
