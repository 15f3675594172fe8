import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCluster } from '../../src/kube/index.ts';
import { noFailpoints } from '../../src/ports/failpoints.ts';
import { serveWidgets, startKubeRig, text, write, type KubeRig } from '../support/kube-rig.ts';
import { labClusterSpec } from '../support/light-lab.ts';

let rig: KubeRig;
beforeAll(async () => {
  rig = await startKubeRig('fidelity');
});
afterAll(() => rig.end());

describe('objects go round unchanged', () => {
  it('an int64 and fields that no client knows, by create, get, list, replace and patch', async () => {
    const { cluster, namespace } = rig;
    const group = `g${randomBytes(3).toString('hex')}.landfall.test`;
    const resource = await serveWidgets(rig, group);
    const spec =
      '{"big":9223372036854775807,"less":-9007199254740993,"never":{"heard":["of",null,"<&>"]},"text":"{\\"a\\":[}"}';
    const body = `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"w"},"spec":${spec}}`;

    const created = await cluster.create({ resource, namespace, body }, write);
    const got = await cluster.get({ resource, namespace, name: 'w' });
    const listed: Uint8Array[] = [];
    for await (const page of cluster.list(resource, {})) listed.push(...page.items);

    const stored = spec.replace('<&>', String.raw`\u003c\u0026\u003e`);
    for (const object of [created.object, got, { bytes: listed[0] ?? Buffer.alloc(0) }])
      expect(text(object)).toContain(stored);
    expect(text(got)).toBe(`${text({ bytes: listed[0] ?? Buffer.alloc(0) })}\n`);

    expect(await cluster.replace({ resource, namespace, name: 'w', body: text(got) }, write)).toMatchObject({
      outcome: 'replaced',
    });
    const patch = { ...write, contentType: 'application/merge-patch+json' } as const;
    await cluster.patch({ resource, namespace, name: 'w', patch: '{"spec":{"more":9007199254740995}}' }, patch);
    expect(text(await cluster.get({ resource, namespace, name: 'w' }))).toMatch(
      /"big":9223372036854775807.*"more":9007199254740995/
    );
    await expect(cluster.replace({ resource, namespace, name: 'w', body: text(got) }, write)).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
    });
  });

  it.each([
    'Shop:Admin',
    'with space',
    'a?b#c&d=e,f',
    'line\nbreak',
    '"quoted" \\',
    'größe-😀',
    `long-${'x'.repeat(2_000)}`,
  ])('a Role named %j', async (name) => {
    const { cluster, namespace } = rig;
    const roles = rig.kind('Role');
    await rig.create({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules: [] });

    expect(JSON.parse(text(await cluster.get({ resource: roles, namespace, name })))).toMatchObject({
      metadata: { name },
    });
    const patch = { ...write, contentType: 'application/json-patch+json' } as const;
    const add = '[{"op":"add","path":"/metadata/labels","value":{"seen":"yes"}}]';
    expect(await cluster.patch({ resource: roles, namespace, name, patch: add }, patch)).toMatchObject({
      outcome: 'patched',
    });
    const found = await cluster.waitFor({
      resource: roles,
      namespace,
      name,
      until: (object) => text(object).includes('"seen":"yes"'),
      describe: text,
      timeoutMs: 5_000,
    });
    expect(found).toBeDefined();
    expect(await cluster.delete({ resource: roles, namespace, name })).toBe('deleted');
    expect(await cluster.get({ resource: roles, namespace, name })).toBeUndefined();
  });

  it('600 KiB of "<", which reads as more than a request may hold', async () => {
    const { cluster, namespace } = rig;
    const configMaps = rig.kind('ConfigMap');
    const data = { blob: '<'.repeat(600 * 1024) };
    await rig.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'brackets' }, data });
    const read = text(await cluster.get({ resource: configMaps, namespace, name: 'brackets' }));
    expect(read.length).toBeGreaterThan(3 * 1024 * 1024);
    const copy = read.replace('"name":"brackets"', '"name":"copy"').replace(/"resourceVersion":"\d+",/, '');
    expect(await cluster.create({ resource: configMaps, namespace, body: copy }, write)).toMatchObject({
      outcome: 'created',
    });
    expect(JSON.parse(text(await cluster.get({ resource: configMaps, namespace, name: 'copy' })))).toMatchObject({
      data,
    });
  });
});

describe('the cluster itself', () => {
  it('has an identity, permissions and kinds in every served version', async () => {
    const { cluster } = rig;
    const identity = await cluster.identity();
    expect(identity.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(identity.gitVersion).toMatch(/^v1\./);
    expect(Math.abs(identity.clockSkewMs)).toBeLessThan(2_000);
    const nobody = await rig.as('nobody-asks');
    expect(
      await cluster.can({ verb: 'create', resource: { group: '', plural: 'pods/exec' }, namespace: 'default' })
    ).toBe(true);
    expect(
      await nobody.can({ verb: 'create', resource: { group: '', plural: 'pods/exec' }, namespace: 'default' })
    ).toBe(false);
    const { resources, failures } = await cluster.discover();
    expect(failures).toEqual([]);
    const scalers = resources.filter((one) => one.kind === 'HorizontalPodAutoscaler');
    expect(scalers.map((one) => [one.version, one.preferred])).toEqual([
      ['v2', true],
      ['v1', false],
    ]);
    expect(resources.find((one) => one.kind === 'Pod')?.subresources).toContain('exec');
    expect(resources.some((one) => one.plural.includes('/'))).toBe(false);
  });

  it('names an aggregated API that does not answer, and shows the others', async () => {
    const { cluster } = rig;
    const name = `v1.dead${randomBytes(3).toString('hex')}.landfall.test`;
    const group = name.slice(3);
    await rig.create({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'none', namespace: rig.namespace },
      },
    });
    rig.onEnd(() => cluster.delete({ resource: rig.kind('APIService'), namespace: '', name }));
    const found = await until(async () => {
      const discovery = await cluster.discover();
      return discovery.failures.some((one) => one.groupVersion === `${group}/v1`) ? discovery : undefined;
    });
    expect(found.resources.some((one) => one.kind === 'Deployment')).toBe(true);
  });

  it('is not trusted with another authority', async () => {
    const source = labClusterSpec(rig.lab, 'source');
    const directory = await mkdtemp(join(tmpdir(), 'landfall-tls-'));
    rig.onEnd(() => rm(directory, { recursive: true }));
    const path = join(directory, 'kubeconfig');
    const own = await readFile(source.kubeconfig.path, 'utf8');
    await writeFile(path, own.replace(rig.lab.clusters.source.server, rig.lab.clusters.target.server), { mode: 0o600 });
    const stranger = await createCluster(
      { ...source, kubeconfig: { path } },
      { failpoints: noFailpoints, role: 'source' }
    );
    await expect(stranger.identity()).rejects.toMatchObject({ code: 'CLUSTER_TLS_UNTRUSTED' });
    await stranger.close();
  });
});

async function until<T>(probe: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 60; tries += 1) {
    const found = await probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('did not come within 30 s');
}
