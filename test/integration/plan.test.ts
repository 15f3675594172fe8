import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan/plan.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';
import { targetPrint } from '../support/traces.ts';

let rig: CliRig;
let count = 0;

beforeAll(async () => {
  rig = await startCliRig('plan');
});

afterAll(() => rig?.end());

const core = (namespace: string, plural: string): string => `/api/v1/namespaces/${namespace}/${plural}`;
const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** A namespace of its own on the source: two ConfigMaps, a Secret, a Deployment with an autoscaler. */
async function application(): Promise<string> {
  const namespace = `${rig.prefix}-${++count}`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  await rig.create('source', core(namespace, 'configmaps'), configMap('settings', { url: 'https://source.example' }));
  await rig.create('source', core(namespace, 'configmaps'), configMap('other', { a: '1' }));
  await rig.create('source', core(namespace, 'secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'password' },
    data: { password: Buffer.from('canary-hunter2').toString('base64') },
  });
  await rig.create('source', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  });
  await rig.create('source', `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  });
  return namespace;
}

const patch = async (side: 'source' | 'target', path: string, body: object): Promise<void> => {
  const answer = await rig[side].call('PATCH', path, {
    type: 'application/merge-patch+json',
    text: JSON.stringify(body),
  });
  expect(answer.status).toBeLessThan(300);
};

interface Planned {
  readonly file: string;
  readonly plan: Plan;
}

async function planOf(file: string, args: readonly string[] = []): Promise<Planned> {
  const out = join(rig.directory, `plan-${++count}.yaml`);
  const run = await rig.landfall(['plan', '-f', file, '--out', out, '-o', 'json', '--by', 'ana', ...args]);
  expect([run.stderr, run.code]).toEqual(['', 0]);
  return { file: out, plan: JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as Plan };
}

describe('a plan', () => {
  it('says every action, writes nothing on the target, and is the same for the same world', async () => {
    const namespace = await application();
    const file = rig.write({ spec: { scope: { namespaces: [namespace] } } });
    const first = await planOf(file);
    const second = await planOf(file);
    expect(second.plan.hash).toBe(first.plan.hash);
    expect(second.plan.content).toEqual(first.plan.content);
    expect(await targetPrint(rig, [namespace])).toEqual({});
    const { actions, totals } = first.plan.content;
    expect(totals).toMatchObject({ create: 6 });
    expect(actions.find(({ object }) => object === `apps/Deployment/${namespace}/web`)).toMatchObject({
      on: 'target',
      do: 'create',
      mayDrift: 'replicas',
    });
    expect(readFileSync(first.file, 'utf8')).not.toMatch(/hunter2|Y2FuYXJ5/);
  });

  it('is not moved by what an autoscaler or a controller does, and is by what a person does', async () => {
    const namespace = await application();
    const file = rig.write({ spec: { scope: { namespaces: [namespace] } } });
    const { plan } = await planOf(file);
    const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
    await patch('source', `${deployment}/scale`, { spec: { replicas: 4 } });
    await patch('source', `${deployment}/status`, { status: { observedGeneration: 7 } });
    expect((await planOf(file)).plan.hash).toBe(plan.hash);
    await patch('source', deployment, { spec: { template: { metadata: { labels: { version: '2' } } } } });
    expect((await planOf(file)).plan.hash).not.toBe(plan.hash);
  });

  it('shows what changes on the target with its differences, and never a value of a Secret', async () => {
    const namespace = await application();
    await rig.namespace('target', namespace);
    await rig.create('target', core(namespace, 'configmaps'), configMap('settings', { url: 'https://target.example' }));
    await rig.create('target', core(namespace, 'configmaps'), configMap('other', { a: '1' }));
    await rig.create('target', core(namespace, 'secrets'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'password' },
      data: { password: Buffer.from('canary-hunter3').toString('base64') },
    });
    const before = await targetPrint(rig, [namespace]);
    const file = rig.write({ spec: { scope: { namespaces: [namespace] }, existingResourcePolicy: 'update' } });
    const [markdown, html] = [join(rig.directory, 'plan.md'), join(rig.directory, 'plan.html')];
    const { plan, file: out } = await planOf(file, ['--markdown', markdown, '--html', html]);
    const action = (key: string) => plan.content.actions.find(({ object }) => object === key);
    expect(action(`/ConfigMap/${namespace}/settings`)).toMatchObject({
      do: 'change',
      diff: [{ path: '/data/url', from: '(set)', to: '(set)' }],
    });
    expect(action(`/ConfigMap/${namespace}/other`)).toMatchObject({ do: 'keep' });
    expect(action(`/Secret/${namespace}/password`)).toMatchObject({
      do: 'change',
      diff: [{ path: '/data/password', from: '(set)', to: '(set)' }],
    });
    const shown = await rig.landfall(['plan', 'show', out, '--all', '--no-color']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('/data/url: (set) -> (set)');
    expect(shown.stdout).toContain(plan.hash);
    for (const text of [
      shown.stdout,
      readFileSync(markdown, 'utf8'),
      readFileSync(html, 'utf8'),
      readFileSync(out, 'utf8'),
    ]) {
      expect(text).not.toMatch(/hunter|Y2FuYXJ5/);
    }
    expect(readFileSync(html, 'utf8')).not.toMatch(/(?:src|href)=(?!"#)/);
    expect(await targetPrint(rig, [namespace])).toEqual(before);
  });

  it('with blockers is made all the same, reports them, and ends with 5', async () => {
    const namespace = await application();
    await rig.namespace('target', namespace);
    await rig.create('target', core(namespace, 'configmaps'), configMap('settings', { url: 'x' }));
    const out = join(rig.directory, 'blocked.yaml');
    const file = rig.write({ spec: { scope: { namespaces: [namespace] } } });
    const run = await rig.landfall(['plan', '-f', file, '--out', out]);
    expect(run.code).toBe(5);
    expect(run.stdout).toMatch(/blocker TARGET_NOT_EMPTY/);
    expect(run.stdout).toMatch(/blocker OBJECT_CONFLICT/);
    expect(readFileSync(out, 'utf8')).toContain('"do":"conflict"');
  });
});

const approval = { approvers: ['Ana', 'bo'] };

describe('an approved plan', () => {
  it('runs exactly once, and the report says by whom and how long it was expected to take', async () => {
    const namespace = await application();
    const file = rig.write({ spec: { scope: { namespaces: [namespace] }, approval } });
    const without = await rig.landfall(['migrate', '-f', file]);
    expect(without.code).toBe(5);
    expect(without.stderr).toMatch(/ERROR APPROVAL_MISSING/);
    const planned = await planOf(file);
    const { hash, made } = planned.plan;
    const early = await rig.landfall(['migrate', '--plan', planned.file]);
    expect([early.code, early.stderr]).toEqual([5, expect.stringMatching(/ERROR APPROVAL_MISSING/)]);

    const approve = (by: string, ...more: string[]) =>
      rig.landfall(['approve', made.run, '--plan', hash, '--by', by, ...more]);
    const author = await approve('ana ');
    expect([author.code, author.stderr]).toEqual([5, expect.stringMatching(/ERROR APPROVAL_REFUSED .*made plan/)]);
    const stranger = await approve('eve');
    expect([stranger.code, stranger.stderr]).toEqual([5, expect.stringMatching(/may not approve/)]);
    const other = await rig.landfall(['approve', made.run, '--plan', 'f'.repeat(64), '--by', 'bo']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/ERROR PLAN_INVALID/)]);
    const short = await rig.landfall(['approve', made.run, '--plan', hash.slice(0, 8), '--by', 'bo']);
    expect([short.code, short.stderr]).toEqual([2, expect.stringMatching(/64 hex digits/)]);
    const unknown = await rig.landfall(['approve', 'nothing-zzzz', '--plan', hash, '--by', 'bo']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/ERROR RUN_NOT_FOUND/)]);
    expect(await approve('bo', '--comment', 'read it')).toMatchObject({ code: 0 });
    expect(await targetPrint(rig, [namespace])).toEqual({});

    // What an autoscaler does in the meantime is reported, and needs no other approval.
    await patch('source', `/apis/apps/v1/namespaces/${namespace}/deployments/web/scale`, { spec: { replicas: 4 } });
    const report = join(rig.directory, `${namespace}.json`);
    const run = await rig.landfall(['migrate', '--plan', planned.file, '--report', report, '-o', 'json']);
    expect([run.stderr, run.code]).toEqual(['', 0]);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      outcome: 'succeeded',
      parity: { missing: 0, different: 0 },
      plan: {
        hash,
        run: made.run,
        approvals: [{ by: 'bo' }],
        drifted: { count: 1, examples: [`Deployment ${namespace}/web`] },
      },
    });
    const again = await rig.landfall(['migrate', '--plan', planned.file]);
    expect([again.code, again.stderr]).toEqual([5, expect.stringMatching(/ERROR PLAN_SPENT/)]);
  });

  it('does not run in a world that has changed: it says how, and touches nothing', async () => {
    const namespace = await application();
    const file = rig.write({ spec: { scope: { namespaces: [namespace] }, approval } });
    const { file: plan, plan: approved } = await planOf(file);
    await rig.landfall(['approve', approved.made.run, '--plan', approved.hash, '--by', 'bo']);
    await rig.create('source', core(namespace, 'configmaps'), configMap('new', { a: '1' }));
    await patch('source', `${core(namespace, 'configmaps')}/settings`, { data: { url: 'https://changed.example' } });
    await rig.source.call('DELETE', `${core(namespace, 'configmaps')}/other`);
    const before = await targetPrint(rig, [namespace]);
    const run = await rig.landfall(['migrate', '--plan', plan]);
    expect(run.code).toBe(5);
    expect(run.stderr).toMatch(/ERROR PLAN_STALE .*\+ 1, ~ 1, - 1/);
    expect(run.stderr).toContain(`+ create ConfigMap ${namespace}/new`);
    expect(run.stderr).toContain(
      `~ create ConfigMap ${namespace}/settings (different content on the source, or different rules)`
    );
    expect(run.stderr).toContain(`- create ConfigMap ${namespace}/other`);
    expect(await targetPrint(rig, [namespace])).toEqual(before);
  });

  it('does not run once the target has something in its way', async () => {
    const namespace = await application();
    const spec = { scope: { namespaces: [namespace] }, existingResourcePolicy: 'update' };
    const { file: plan } = await planOf(rig.write({ spec }));
    await rig.namespace('target', namespace);
    await rig.create('target', core(namespace, 'configmaps'), configMap('settings', { url: 'mine' }));
    const before = await targetPrint(rig, [namespace]);
    const run = await rig.landfall(['migrate', '--plan', plan]);
    expect(run.code).toBe(5);
    expect(run.stderr).toContain(
      `~ change ConfigMap ${namespace}/settings (was create; different content on the target)`
    );
    expect(await targetPrint(rig, [namespace])).toEqual(before);
  });

  it('that somebody refused, or whose approval has expired, does not run', async () => {
    const namespace = await application();
    const brief = { ...approval, expiresAfter: '1s' };
    const spec = { scope: { namespaces: [namespace] }, approval: brief };
    const { file: plan, plan: made } = await planOf(rig.write({ spec }));
    await rig.landfall(['approve', made.made.run, '--plan', made.hash, '--by', 'bo']);
    const late = await rig.landfall(['migrate', '--plan', plan]);
    expect([late.code, late.stderr]).toEqual([5, expect.stringMatching(/ERROR APPROVAL_MISSING .*has expired/)]);
    await rig.landfall([
      'approve',
      made.made.run,
      '--plan',
      made.hash,
      '--by',
      'bo',
      '--refuse',
      '--comment',
      'too early',
    ]);
    const refused = await rig.landfall(['migrate', '--plan', plan]);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/ERROR APPROVAL_REFUSED .*bo \(user .+ on host .+\)\s+refused[\s\S]*too early/),
    ]);
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });

  it('runs from another file with other paths, and not with another configuration', async () => {
    const namespace = await application();
    const name = `${rig.prefix}-files`;
    const spec = { scope: { namespaces: [namespace] } };
    const { file: plan } = await planOf(rig.write({ name, spec }));
    const changed = rig.write({ name, spec: { ...spec, onFailure: 'keep' } });
    const stale = await rig.landfall(['migrate', '--plan', plan, '-f', changed]);
    expect([stale.code, stale.stderr]).toEqual([5, expect.stringMatching(/~ configuration .*onFailure/s)]);
    const kubeconfig = join(rig.directory, 'elsewhere.kubeconfig');
    writeFileSync(kubeconfig, readFileSync(rig.lab.clusters.source.kubeconfig));
    const moved = rig.write({ name, spec, source: { kubeconfig: { path: kubeconfig } } });
    expect(await rig.landfall(['migrate', '--plan', plan, '-f', moved])).toMatchObject({ code: 0 });
  });
});

describe('a plan file', () => {
  it('that was changed by hand is refused with both hashes and the line, and nothing is started', async () => {
    const namespace = await application();
    const { file, plan } = await planOf(rig.write({ spec: { scope: { namespaces: [namespace] } } }));
    const text = readFileSync(file, 'utf8');
    const edited = join(rig.directory, 'edited.yaml');
    const other = plan.content.actions.find(({ object }) => object === `/ConfigMap/${namespace}/other`)?.digest ?? '';
    writeFileSync(edited, text.replace(other, 'f'.repeat(64)));
    const run = await rig.landfall(['migrate', '--plan', edited]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/ERROR PLAN_INVALID/);
    expect(run.stderr).toContain(`${plan.hash.slice(0, 12)}…`);
    expect(run.stderr).toContain('the file was changed after it was created');
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });
});
