import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/create.ts';
import { loadFile } from '../../src/model/load-file.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import { waitFor } from '../../src/host/wait.ts';
import { createDependencies } from '../../worker/dependencies.ts';
import { ownFiles } from '../../worker/policy/own-files.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';
import { filesBelow, targetPrint } from '../support/traces.ts';

let rig: CliRig;
let count = 0;

beforeAll(async () => {
  rig = await startCliRig('bad');
});

afterAll(() => rig?.end());

const core = (namespace: string, plural: string): string => `/api/v1/namespaces/${namespace}/${plural}`;
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** A namespace of its own on the source with one ConfigMap; on the target it goes when the rig ends. */
async function application(): Promise<string> {
  const namespace = `${rig.prefix}-${++count}`;
  await rig.namespace('source', namespace);
  await rig.create('source', core(namespace, 'configmaps'), configMap('settings', { from: 'source' }));
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  return namespace;
}

function move(namespace: string, spec: object = {}, args: readonly string[] = []): Promise<MigrationRun> {
  return rig.migrate({ spec: { scope: { namespaces: [namespace] }, ...spec } }, args);
}

describe.concurrent('a file', () => {
  it.each([
    ['that is missing', () => undefined, /cannot be read/],
    ['that is a directory', (file: string) => mkdirSync(file), /cannot be read/],
  ])('%s is CONFIG_UNREADABLE', async (what, make, message) => {
    const file = join(rig.directory, `${what.replaceAll(' ', '-')}.yaml`);
    make(file);
    const run = await rig.landfall(['migrate', '-f', file]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^ERROR CONFIG_UNREADABLE/m);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toContain(file);
    expect(run.stdout).toBe('');
  });

  it('of garbage is reported as one problem with its place', async () => {
    const file = join(rig.directory, 'garbage.yaml');
    writeFileSync(file, Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 131) % 256)));
    const run = await rig.landfall(['migrate', '-f', file]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^ERROR CONFIG_(INVALID|UNREADABLE)/m);
  });

  it('with many problems reports all of them, each with line, path and hint', async () => {
    const file = join(rig.directory, 'many.yaml');
    const lines = [
      'apiVersion: landfall.dev/v1alpha1',
      'kind: Cluster',
      'metadata: {name: source}',
      'spec: {kubeconfg: {path: a}}',
      '---',
      'apiVersion: landfall.dev/v1alpha1',
      'kind: Migration',
      'metadata: {name: shop}',
      'spec:',
      '  source: sourse',
      '  target: target',
      '  location: store',
      '  scope: {namespaces: Shop}',
      '  existingResourcePolicy: replace',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const run = await rig.landfall(['migrate', '-f', file, '-o', 'json']);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    const { problems } = JSON.parse(run.stderr) as { problems: ErrorDetail[] };
    expect(problems.map(({ ref }) => ref?.replace(file, 'FILE'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/FILE:4:/),
        expect.stringMatching(/FILE:10:/),
        expect.stringMatching(/FILE:13:/),
        expect.stringMatching(/FILE:14:/),
      ])
    );
    expect(problems.every(({ fix }) => fix !== '')).toBe(true);
    const reported = problems.map(({ what, fix }) => `${what} ${fix}`).join('\n');
    expect(reported).toMatch(/kubeconfg[\s\S]*kubeconfig/);
    expect(reported).toMatch(/sourse[\s\S]*source/);
  });
});

describe.concurrent('an engine', () => {
  it('that does not answer is ENGINE_UNAVAILABLE within seconds', async () => {
    const run = await rig.landfall(['list'], { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^ERROR ENGINE_UNAVAILABLE {2}no Temporal server responds at 127\.0\.0\.1:9/m);
    // Beyond what a busy machine needs to start the command at all.
    const start = await rig.landfall(['--version']);
    expect(run.ms - start.ms).toBeLessThan(60_000);
  });

  it('runs one migration of a name at a time', async () => {
    // A Temporal namespace without a worker: the first run stays open for as long as the test needs it.
    const env = { TEMPORAL_NAMESPACE: rig.lab.temporal.namespace };
    const name = `${rig.prefix}-twice`;
    const file = rig.write({ name, spec: { scope: { namespaces: [`${rig.prefix}-none`] } } });
    const first = await rig.landfall(['migrate', '-f', file, '--detach'], env);
    expect(first.code).toBe(0);
    try {
      const second = await rig.landfall(['migrate', '-f', file], env);
      expect(second.code).toBe(2);
      expect(second.stderr).toMatch(/^ERROR RUN_NAME_IN_USE/m);
      expect(second.stderr).toContain(`landfall status ${name}`);
    } finally {
      await terminate(name);
    }
  });

  async function terminate(name: string): Promise<void> {
    const { address, namespace } = rig.lab.temporal;
    const connection = await Connection.connect({ address });
    await new Client({ connection, namespace }).workflow.getHandle(`migration/${name}`).terminate();
    await connection.close();
  }
});

describe.concurrent('a scope', () => {
  it('whose namespace is missing names those there are', async () => {
    const run = await move(`${rig.prefix}-nowhere`);
    expect([run.code, run.error?.code]).toEqual([2, 'CONFIG_INVALID']);
    expect(run.error?.what).toContain('the scope names it, but it does not exist');
    expect(run.error?.fix).toContain('kube-system');
  });

  it('moved onto itself by two names of one cluster is CLUSTER_SAME', async () => {
    const namespace = await application();
    const copy = join(rig.directory, 'copy.kubeconfig');
    writeFileSync(copy, readFileSync(rig.lab.clusters.source.kubeconfig));
    const before = await targetPrint(rig, [namespace], 'source');
    const run = await rig.migrate({
      target: { kubeconfig: { path: copy } },
      spec: { scope: { namespaces: [namespace] } },
    });
    expect([run.code, run.error?.code]).toEqual([2, 'CLUSTER_SAME']);
    expect(await targetPrint(rig, [namespace], 'source')).toEqual(before);
  });

  it('with a kind the target does not serve is stopped before anything is touched', async () => {
    const namespace = await application();
    const group = `${namespace}.example.org`;
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await rig.create('source', crds, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    rig.onEnd(() => rig.source.call('DELETE', `${crds}/widgets.${group}`));
    const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
    await waitFor(
      () =>
        rig
          .create('source', widgets, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' } })
          .then(() => true),
      { what: 'the new kind to be served', deadlineMs: 30_000 }
    );
    const run = await move(namespace, { scope: { namespaces: [namespace], clusterScoped: 'none' } });
    expect([run.code, run.error?.code]).toEqual([5, 'KIND_NOT_SERVED']);
    expect(run.error?.what).toContain(`Widget ${namespace}/one`);
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });
});

describe.concurrent('a target namespace', () => {
  /** With an object of the same name, one of another name, and room for nothing else. */
  async function occupied(): Promise<string> {
    const namespace = await application();
    await rig.create('target', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    await rig.create('target', core(namespace, 'configmaps'), configMap('settings', { from: 'target' }));
    await rig.create('target', core(namespace, 'configmaps'), configMap('other'));
    await waitFor(() => rig.target.get(`${core(namespace, 'serviceaccounts')}/default`), {
      what: 'the namespace to be complete',
      deadlineMs: 30_000,
    });
    return namespace;
  }
  const settings = async (namespace: string) =>
    (await rig.target.get<{ data: { from: string } }>(`${core(namespace, 'configmaps')}/settings`))?.data.from;

  it('with content of its own stops a run of the policy fail', async () => {
    const namespace = await occupied();
    const before = await targetPrint(rig, [namespace]);
    const run = await move(namespace);
    expect([run.code, run.error?.code]).toEqual([5, 'TARGET_NOT_EMPTY']);
    expect(run.error?.what).toContain(`Namespace ${namespace}: it already holds 2 objects, 1 of them`);
    expect(await targetPrint(rig, [namespace])).toEqual(before);
  });

  it('keeps its objects under the policy skip, and the report says which differ', async () => {
    const namespace = await occupied();
    const run = await move(namespace, { existingResourcePolicy: 'skip' });
    expect(run.code).toBe(3);
    expect(run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 1 });
    expect(run.report?.parity.names.different[0]).toContain(`ConfigMap ${namespace}/settings`);
    expect(await settings(namespace)).toBe('target');
  });

  it('is brought up to date under the policy update', async () => {
    const namespace = await occupied();
    const run = await move(namespace, { existingResourcePolicy: 'update' });
    expect(run.code).toBe(0);
    expect(run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(await settings(namespace)).toBe('source');
  });

  it('that is being deleted stops a run', async () => {
    const namespace = await occupied();
    const path = `${core(namespace, 'configmaps')}/other`;
    const patch = (finalizers: string[]) =>
      rig.target.call('PATCH', path, {
        type: 'application/merge-patch+json',
        text: JSON.stringify({ metadata: { finalizers } }),
      });
    await patch(['example.org/hold']);
    await rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`);
    try {
      const run = await move(namespace, { existingResourcePolicy: 'skip' });
      expect([run.code, run.error?.code, run.error?.side]).toEqual([5, 'NAMESPACE_TERMINATING', 'target']);
    } finally {
      await patch([]);
    }
  });

  it('whose quota has no room is left as it was', async () => {
    const namespace = await occupied();
    await rig.create('source', core(namespace, 'secrets'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'password' },
      stringData: { value: 'xyzzy-canary' },
    });
    await rig.create('target', core(namespace, 'resourcequotas'), {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none' },
      spec: { hard: { 'count/secrets': '0' } },
    });
    const quota = `${core(namespace, 'resourcequotas')}/none`;
    await waitFor(async () => (await rig.target.get<{ status?: { used?: object } }>(quota))?.status?.used, {
      what: 'the quota to be counted',
      deadlineMs: 30_000,
    });
    const before = await targetPrint(rig, [namespace]);
    const run = await move(namespace, { existingResourcePolicy: 'skip' });
    // Known from the quota itself before anything is written; QUOTA_EXCEEDED is the answer of the server where it was not.
    expect([run.code, run.error?.code, run.result?.outcome]).toEqual([5, 'QUOTA_SHORT', 'failed']);
    expect(run.error?.what).toContain('none');
    expect(await targetPrint(rig, [namespace])).toEqual(before);
    expect(run.stdout + run.stderr).not.toContain('xyzzy-canary');
  });

  it('whose policy refuses objects is left as it was, and a dry run reports it without a change', async () => {
    const namespace = await occupied();
    await refuseByPolicy(namespace);
    await rig.create('source', core(namespace, 'configmaps'), configMap('refused'));
    const before = await targetPrint(rig, [namespace]);
    const dry = await move(namespace, { existingResourcePolicy: 'skip' }, ['--dry-run']);
    expect([dry.code, dry.result?.outcome]).toEqual([3, 'partial']);
    expect(dry.report?.failures).toMatchObject([{ code: 'ADMISSION_DENIED', ref: `ConfigMap ${namespace}/refused` }]);
    const run = await move(namespace, { existingResourcePolicy: 'skip' });
    expect([run.code, run.error?.code, run.result?.outcome]).toEqual([1, 'ADMISSION_DENIED', 'rolled-back']);
    expect(run.error?.why).toMatch(/nothing named refused/);
    expect(await targetPrint(rig, [namespace])).toEqual(before);
  });

  it('that was brought up to date gets everything back when a later object is refused', async () => {
    const namespace = await occupied();
    const path = `${core(namespace, 'configmaps')}/settings`;
    const text = '{"data":{"only":"here"},"metadata":{"labels":{"only":"here"}}}';
    await rig.target.call('PATCH', path, { type: 'application/merge-patch+json', text });
    await refuseByPolicy(namespace);
    await rig.create('source', core(namespace, 'configmaps'), configMap('refused'));
    // The same but for what the target has in addition: the update takes fields away and adds none.
    await rig.target.call('PATCH', path, { type: 'application/merge-patch+json', text: '{"data":{"from":"source"}}' });
    const content = async () => {
      const found = await rig.target.get<{ data: object; metadata: { labels: object } }>(path);
      return [found?.data, found?.metadata.labels];
    };
    const before = await content();
    const run = await move(namespace, { existingResourcePolicy: 'update' });
    expect([run.code, run.error?.code, run.result?.outcome]).toEqual([1, 'ADMISSION_DENIED', 'rolled-back']);
    expect(await content()).toEqual(before);
    expect(before).toEqual([{ from: 'source', only: 'here' }, { only: 'here' }]);
  });

  async function refuseByPolicy(namespace: string): Promise<void> {
    const group = '/apis/admissionregistration.k8s.io/v1';
    const apiVersion = 'admissionregistration.k8s.io/v1';
    const metadata = { name: namespace };
    await rig.create('target', `${group}/validatingadmissionpolicies`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: "object.metadata.name != 'refused'", message: 'nothing named refused' }],
      },
    });
    await rig.create('target', `${group}/validatingadmissionpolicybindings`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: namespace,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    });
    for (const plural of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
      rig.onEnd(() => rig.target.call('DELETE', `${group}/${plural}/${namespace}`));
    const text = JSON.stringify(configMap('refused'));
    const refused = () =>
      rig.target.call('POST', `${core(namespace, 'configmaps')}?dryRun=All`, { type: 'application/json', text });
    await waitFor(async () => (await refused()).status >= 400 || undefined, {
      what: 'the policy to act',
      deadlineMs: 30_000,
    });
  }
});

describe.concurrent('a stored segment', () => {
  const segmentsOf = (name: string): string[] =>
    filesBelow(join(rig.lab.s3.dataDirectory, rig.lab.s3.bucket, name)).filter((file) => file.includes('/segments/'));
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };

  it.each([
    ['altered', flip],
    ['truncated', (file: string) => truncateSync(file, readFileSync(file).length - 7)],
  ])('that was %s is never referred to nor applied by a later run', async (how, damage) => {
    const namespace = await application();
    const name = `${rig.prefix}-${how}`;
    const spec = { scope: { namespaces: [namespace] } };
    expect((await rig.migrate({ name, spec }, ['--dry-run'])).code).toBe(0);
    expect(segmentsOf(name)).not.toEqual([]);
    for (const file of segmentsOf(name)) damage(file);
    const run = await rig.migrate({ name, spec });
    expect([run.code, run.error?.code]).toEqual([1, 'STORED_OBJECT_CORRUPT']);
    expect(run.error?.ref ?? run.error?.what).toMatch(/segments\//);
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });

  it('that is altered between plan and apply is not applied', async () => {
    const namespace = await application();
    const name = `${rig.prefix}-between`;
    const file = rig.write({ name, spec: { scope: { namespaces: [namespace] } } });
    const { migrations } = await loadFile(file);
    const spec = migrations[0] as MigrationSpec;
    const activities = createActivities(createDependencies(ownFiles()));
    const action = <R>(work: () => Promise<R>): Promise<R> => new MockActivityEnvironment().run(work);
    const stepId = 'test';
    const stored = await action(() => activities.openRun({ input: { runId: name, spec } }));
    const context = { runId: name, location: spec.location, spec: stored };
    const preflight = await action(() => activities.preflight({ context, stepId }));
    const { kinds, kindCount } = preflight;
    const captured = await action(() =>
      activities.captureKinds({ context, stepId, batch: { kinds, from: 0, to: kindCount } })
    );
    const capture = await action(() => activities.mergeCapture({ context, stepId, parts: [captured.part] }));
    const plan = await action(() => activities.computeDesiredState({ context, stepId, capture: capture.capture }));
    for (const segment of segmentsOf(name)) flip(segment);
    // A worker that took over: nothing is in its memory.
    const others = createActivities(createDependencies(ownFiles()));
    for (const batch of plan.applyGroups.flatMap(({ batches }) => batches)) {
      await expect(action(() => others.applyBatch({ context, stepId, batch }))).rejects.toMatchObject({
        type: 'STORED_OBJECT_CORRUPT',
        nonRetryable: true,
      });
    }
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });
});
