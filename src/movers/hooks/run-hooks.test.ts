import { expect, test } from 'vitest';
import { LandfallError } from '../../core/errors.ts';
import type { HookSpec } from '../../core/spec/spec.ts';
import type { Cluster, ExecResult } from '../../ports/cluster.ts';
import { runHooks } from './run-hooks.ts';

const hook: HookSpec = {
  ...{ name: 'thaw', namespace: 'shop', podSelector: 'app=db', container: '', command: ['thaw'] },
  ...{ timeoutMs: 1_000, onError: 'fail' },
};
const planted = 'Hunter2-planted';
const pod = {
  metadata: { name: 'db-0', uid: 'u' },
  spec: {
    containers: [
      {
        name: 'db',
        env: [
          { name: 'DB_PASSWORD', value: 'Variable-planted' },
          { name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } },
        ],
      },
    ],
  },
  status: { phase: 'Running' },
};
const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const blip = () => new LandfallError('CLUSTER_SERVER_ERROR', { what: `the connection ended password=${planted}` });

/** The port of a cluster with one pod, whose commands end one after the other as given; the last way counts for all that follow. */
function clusterOf(ends: readonly (ExecResult | LandfallError)[], secret?: object) {
  let execs = 0;
  const cluster = {
    async *list() {
      yield { items: [bytesOf(pod)], restarted: 0, resourceVersion: '1' };
    },
    exec: () => {
      const end = ends[Math.min(execs++, ends.length - 1)];
      return end instanceof LandfallError ? Promise.reject(end) : Promise.resolve(end);
    },
    get: () => (secret === undefined ? Promise.reject(blip()) : Promise.resolve({ bytes: bytesOf(secret) })),
  } as unknown as Cluster;
  return { cluster, execs: () => execs };
}

const ok = { exitCode: 0, stdout: '', stderr: '' };
const no = (stderr: string) => ({ exitCode: 3, stdout: '', stderr });
const secretOf = (value: string) => ({ data: { p: Buffer.from(value).toString('base64') } });

test('a blip of the API is no failure of a hook', async () => {
  for (const when of ['pre', 'post'] as const) {
    const place = clusterOf([blip(), ok]);
    expect(await runHooks(place.cluster, [hook], { when, tryAgainMs: 1 })).toMatchObject([{ ok: true }]);
    expect(place.execs()).toBe(2);
  }
});

test('an API that stays away is reported as such, so that the step is tried again', async () => {
  const place = clusterOf([blip()]);
  await expect(runHooks(place.cluster, [hook], { when: 'post', tryAgainMs: 1 })).rejects.toMatchObject({
    code: 'CLUSTER_SERVER_ERROR',
  });
  expect(place.execs()).toBe(3);
});

test('a command that fails is tried again only where it thaws', async () => {
  for (const [when, tries] of [
    ['pre', 1],
    ['post', 3],
  ] as const) {
    const place = clusterOf([no('no')], secretOf('x'));
    await expect(runHooks(place.cluster, [hook], { when, tryAgainMs: 1 })).rejects.toMatchObject({
      code: 'HOOK_FAILED',
    });
    expect(place.execs()).toBe(tries);
  }
});

test('no secret is in what is kept of the output', async () => {
  const said = `cannot log in with ${planted} or Variable-planted, tried password=Typed-planted`;
  const failed = async (secret?: object): Promise<string> => {
    const ran = runHooks(clusterOf([no(said)], secret).cluster, [hook], { when: 'pre' });
    return JSON.stringify(await ran.catch((error: unknown) => (error as LandfallError).detail));
  };
  expect(await failed(secretOf(planted))).toContain('cannot log in with');
  expect(await failed(secretOf(planted))).not.toContain('planted');
  expect(await failed()).toContain('Secret db is not readable');
  expect(await failed()).not.toContain('planted');
});
