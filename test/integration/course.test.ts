import { existsSync, readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../src/model/load-file.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import { waitFor } from '../../src/host/wait.ts';
import { readRun, startCliRig, type CliRig, type MigrationInput, type MigrationRun } from '../support/cli-rig.ts';
import { hangPart } from '../support/hang-part.ts';
import { targetPrint } from '../support/traces.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('course');
});

afterAll(() => rig?.end());

const refusal = 'no such ConfigMap on Saturdays';
const maps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } });

/** A namespace of three ConfigMaps on the source; the target refuses one of them until it is asked to admit it. */
async function plant(suffix: string) {
  const namespace = `${rig.prefix}-${suffix}`;
  await rig.namespace('source', namespace);
  for (const name of ['first', 'refused', 'third']) await rig.create('source', maps(namespace), configMap(name));
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  return { namespace, input: { name: namespace, spec: { scope: { namespaces: [namespace] } } } };
}

async function refuse(namespace: string): Promise<() => Promise<void>> {
  const api = '/apis/admissionregistration.k8s.io/v1';
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policies = `${api}/validatingadmissionpolicies`;
  const bindings = `${api}/validatingadmissionpolicybindings`;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  const expression = `!(object.metadata.name == 'probe-${namespace}' || (request.namespace == '${namespace}' && object.metadata.name == 'refused'))`;
  await rig.create('target', policies, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: namespace } },
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression, message: refusal }] },
  });
  await rig.create('target', bindings, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: namespace } },
    spec: { policyName: namespace, validationActions: ['Deny'] },
  });
  const remove = async () => {
    for (const collection of [bindings, policies]) await rig.target.call('DELETE', `${collection}/${namespace}`);
  };
  rig.onEnd(remove);
  // The server takes a policy up a moment after it has stored it.
  const until = (refused: boolean) =>
    waitFor(
      async () => {
        const text = JSON.stringify(configMap(`probe-${namespace}`));
        const path = `${maps('default')}?dryRun=All`;
        const answer = await rig.target.call('POST', path, { type: 'application/json', text });
        return answer.text.includes(refusal) === refused || undefined;
      },
      { what: `ConfigMaps to be ${refused ? 'refused' : 'admitted'}`, deadlineMs: 60_000, intervalMs: 200 }
    );
  await until(true);
  return async () => {
    await remove();
    await until(false);
  };
}

async function untilItWaits(name: string): Promise<void> {
  await waitFor(
    async () => {
      const { stdout } = await rig.landfall(['status', name, '-o', 'json']);
      const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
      const waits = (event: RunEvent) => event.type === 'step.waiting' && event.waitingFor.kind === 'person';
      return events.some(waits) || undefined;
    },
    { what: `${name} to wait for a person`, deadlineMs: 120_000, intervalMs: 500 }
  );
}

/** What a run reported, in short: `step.done apply`, `side serving/empty source`. */
function story({ events }: MigrationRun): string[] {
  return events.flatMap((event) => {
    if (event.type === 'side') return [`side ${event.source}/${event.target} ${event.writable}`];
    if (event.type === 'result') return [`result ${event.outcome} ${event.exitCode}`];
    return 'step' in event && event.type !== 'step.progress' ? [`${event.type} ${event.step.id}`] : [];
  });
}

const phases = ['preflight', 'capture', 'plan', 'apply', 'verify', 'finish'];

describe('the course of a real run', () => {
  it('goes all the way, step by step', async () => {
    const { input } = await plant('good');
    const run = await rig.migrate(input);
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);
    const reported = story(run);
    const ends = reported.filter((line) => phases.some((phase) => line === `step.done ${phase}`));
    expect(ends).toEqual(phases.map((phase) => `step.done ${phase}`));
    expect(reported.indexOf('step.done apply/recovery-point')).toBeLessThan(
      reported.indexOf('step.started apply/namespaces')
    );
    expect(reported.filter((line) => line.startsWith('side'))).toEqual([
      'side serving/unknown source',
      'side serving/empty source',
      'side serving/occupied source',
      'side serving/serving source',
    ]);
    expect(reported.at(-1)).toBe('result succeeded 0');
  });

  it('rolls back where an object is refused for good, newest first', async () => {
    const { namespace, input } = await plant('refused');
    await refuse(namespace);
    const run = await rig.migrate(input);
    expect([run.code, run.error?.code]).toEqual([1, 'ADMISSION_DENIED']);
    const reported = story(run);
    const undone = reported.filter((line) => line.startsWith('undo.done'));
    expect(undone.length).toBeGreaterThan(1);
    expect(undone).toEqual(undone.map((_, index) => `undo.done undo/${undone.length - 1 - index}`));
    expect(reported.at(-1)).toBe('result rolled-back 1');
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });

  it('keeps what it has, waits for a person, and counts an apply group that is applied again once', async () => {
    const { namespace, input } = await plant('kept');
    const admit = await refuse(namespace);
    const running = rig.migrate({ ...input, spec: { ...input.spec, onFailure: 'keep' } });
    await untilItWaits(namespace);
    await admit();
    const resumed = await rig.landfall(['resume', namespace, '-o', 'json']);
    const run = await running;
    expect([resumed.code, run.code, run.error]).toEqual([0, 0, undefined]);
    expect(story(run).filter((line) => line.startsWith('undo'))).toEqual([]);
    expect(run.report?.parity).toMatchObject({ missing: 0, extra: 0, different: 0 });
    const first = await plantedObjects(namespace);
    expect(run.result?.counts?.applied).toBe(first);
  });

  it('takes a cancel while it waits for a person', async () => {
    const { namespace, input } = await plant('cancelled');
    await refuse(namespace);
    const running = rig.migrate({ ...input, spec: { ...input.spec, onFailure: 'keep' } });
    await untilItWaits(namespace);
    const cancel = await rig.landfall(['cancel', namespace]);
    const run = await running;
    expect([cancel.code, run.code]).toEqual([7, 7]);
    expect(story(run).at(-1)).toBe('result cancelled 7');
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });
});

describe('a run in several histories', () => {
  it('arrives as a run in one, and its events are numbered through', async () => {
    const { namespace, input } = await plant('long');
    const { histories, run } = await inShortHistories(namespace, input);
    expect(histories.filter((status) => status === 'CONTINUED_AS_NEW').length).toBeGreaterThan(1);
    expect([run.code, run.error]).toEqual([0, undefined]);
    expect(story(run).filter((line) => line.startsWith('step.done'))).toEqual(
      expect.arrayContaining(phases.map((phase) => `step.done ${phase}`))
    );
    expect(run.events[0]?.type).toBe('hello');
    const stored = run.events.filter(({ type }) => !live.has(type)).map(({ seq }) => seq);
    expect(stored).toEqual(stored.map((_, index) => index + 1));
  });

  it('rolls back whole, whichever history an action was in', async () => {
    const { namespace, input } = await plant('long-refused');
    await refuse(namespace);
    const { histories, run } = await inShortHistories(namespace, input);
    expect(histories).toContain('CONTINUED_AS_NEW');
    expect([run.code, story(run).at(-1)]).toEqual([1, 'result rolled-back 1']);
    expect(await targetPrint(rig, [namespace])).toEqual({});
  });
});

const live: ReadonlySet<string> = new Set(['step.progress', 'step.waiting', 'step.retry', 'log']);

/** Starts a migration whose histories may have few events, and watches it to its end from the command line. */
async function inShortHistories(name: string, input: MigrationInput) {
  const { migrations } = await loadFile(rig.write(input));
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  try {
    const { workflow } = new Client({ connection, namespace: rig.prefix });
    const runId = `${name}-aaaa`;
    await workflow.start('migrate', {
      workflowId: `migration/${name}`,
      taskQueue: 'landfall',
      args: [{ runId, spec: migrations[0], eventsMax: 40 }],
      memo: { run: runId, name },
    });
    const watched = await rig.landfall(['status', name, '--wait', '-o', 'json']);
    const histories: string[] = [];
    for await (const { status } of workflow.list({ query: `WorkflowId = 'migration/${name}'` }))
      histories.push(status.name);
    return { histories, run: readRun(watched, '') };
  } finally {
    await connection.close();
  }
}

describe('whoever does not answer in the middle of a run', () => {
  /** Runs until an event comes, hangs a part of the lab, and looks what is said of it until it goes on. */
  async function hangAt(part: string, address: string, reached: (event: RunEvent) => boolean, suffix: string) {
    const { namespace, input } = await plant(suffix);
    for (let count = 0; count < 60; count += 1) {
      await rig.create('source', maps(namespace), configMap(`more-${count}`));
    }
    const file = `${rig.directory}/${suffix}.events`;
    const running = rig.migrate(input, ['--event-file', file]);
    await seen(file, reached);
    const goOn = hangPart(rig.lab, part);
    try {
      const wait = await seen(file, isSilence);
      const { stdout } = await rig.landfall(['status', namespace]);
      goOn();
      const run = await running;
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`(${address}): an answer (nothing has come back)`);
      const done = run.events.filter(({ type }) => type === 'step.done');
      expect(run.code).toBe(0);
      expect(done).toContainEqual(expect.objectContaining({ step: wait.step }));
      return wait;
    } finally {
      goOn();
    }
  }

  it('the API server of the target', async () => {
    const { host } = new URL(rig.lab.clusters.target.server);
    const isApply = (event: RunEvent) => event.type === 'step.started' && event.step.id === 'apply';
    const wait = await hangAt('target/kube-apiserver', host, isApply, 'hung-target');
    expect(wait).toMatchObject({ waitingFor: { ref: `cluster target (${host})` }, then: 'attempt 2 of 15 begins' });
  });

  it('the store', async () => {
    const { host } = new URL(rig.lab.s3.endpoint);
    const isCapture = (event: RunEvent) => event.type === 'step.started' && event.step.id === 'capture';
    const wait = await hangAt('s3', host, isCapture, 'hung-store');
    expect(wait).toMatchObject({ waitingFor: { ref: `Location store (${host})` }, then: 'attempt 2 of 15 begins' });
  });

  it('the API server of the target, in an undo', async () => {
    const { host } = new URL(rig.lab.clusters.target.server);
    const { namespace, input } = await plant('hung-undo');
    await refuse(namespace);
    const file = `${rig.directory}/hung-undo.events`;
    const running = rig.migrate({ ...input, spec: { ...input.spec, onFailure: 'keep' } }, ['--event-file', file]);
    await untilItWaits(namespace);
    const goOn = hangPart(rig.lab, 'target/kube-apiserver');
    try {
      await rig.landfall(['cancel', namespace, '--detach']);
      const wait = await seen(file, isSilence);
      const { stdout } = await rig.landfall(['status', namespace]);
      goOn();
      const run = await running;
      expect(wait).toMatchObject({ step: { phase: 'undo' }, waitingFor: { ref: `cluster target (${host})` } });
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`cluster target (${host}): an answer`);
      expect(run.code).toBe(7);
      expect(await targetPrint(rig, [namespace])).toEqual({});
    } finally {
      goOn();
    }
  });
});

type Waiting = Extract<RunEvent, { type: 'step.waiting' }>;

function isSilence(event: RunEvent): event is Waiting {
  return event.type === 'step.waiting' && event.waitingFor.kind === 'answer';
}

/** The first event of its kind in a file that is being written. */
function seen<T extends RunEvent>(file: string, is: (event: RunEvent) => event is T): Promise<T>;
function seen(file: string, is: (event: RunEvent) => boolean): Promise<RunEvent>;
function seen(file: string, is: (event: RunEvent) => boolean): Promise<RunEvent> {
  const probe = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as RunEvent)
      .find(is);
  return waitFor(async () => (existsSync(file) ? probe() : undefined), {
    ...{ what: `an event in ${file}`, deadlineMs: 90_000, intervalMs: 50 },
  });
}

/** The namespace and its ConfigMaps that arrived. */
async function plantedObjects(namespace: string): Promise<number> {
  const list = await rig.target.get<{ items: { metadata: { name: string } }[] }>(maps(namespace));
  return 1 + (list?.items ?? []).filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt').length;
}
