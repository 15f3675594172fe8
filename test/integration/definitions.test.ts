import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';
import { seedText, widgetDefinition } from '../support/many-objects.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('definitions');
});

afterAll(() => rig?.end());

type Side = 'source' | 'target';
interface Definition {
  readonly spec: { readonly versions: readonly object[] };
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A kind `widgets` that a side serves in one version only. */
async function define(side: Side, group: string, version: string): Promise<void> {
  const { object } = widgetDefinition(group);
  const { spec } = object as Definition;
  const versions = spec.versions.map((one) => ({ ...one, name: version }));
  await rig.create(side, definitions, { ...object, spec: { ...spec, versions } });
  for (const one of ['source', 'target'] as const) {
    rig.onEnd(() => rig[one].call('DELETE', `${definitions}/widgets.${group}`));
  }
  await waitFor(() => rig[side].get(`/apis/${group}/${version}/widgets`), {
    ...{ what: `${group} to be served`, deadlineMs: 60_000, intervalMs: 200 },
  });
}

/** The application: one widget in a namespace of its own, in version v1. */
async function plant(suffix: string): Promise<{ readonly namespace: string; readonly group: string }> {
  const namespace = `${rig.prefix}-${suffix}`;
  const group = `${namespace}.example.org`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  await define('source', group, 'v1');
  const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'first' }, spec: { serial: 1 } };
  await rig.create('source', `/apis/${group}/v1/namespaces/${namespace}/widgets`, JSON.parse(seedText(widget)));
  return { namespace, group };
}

describe('a custom kind that the target serves in another version alone', () => {
  it.each(['skip', 'fail'])('is named before anything is written (%s)', async (policy) => {
    const { namespace, group } = await plant(policy);
    await define('target', group, 'v2');

    const run = await rig.migrate({
      spec: { scope: { namespaces: [namespace] }, existingResourcePolicy: policy },
    });
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'KIND_NOT_SERVED' });
    expect(run.error?.what).toContain('v2');
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
  });
});
