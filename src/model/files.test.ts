import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LandfallError } from '../core/errors.ts';
import { loadFile } from './load-file.ts';
import type { ConfigProblem } from '../config/problem.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-files-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const head = `apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: { name: one }
spec: { kubeconfig: { path: a, context: a } }
---
apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: { name: two }
spec: { kubeconfig: { path: b, context: b } }
---
apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: { name: store }
spec: { provider: filesystem, path: ./store, encryption: none, repositoryPassword: { env: P } }
---
apiVersion: landfall.dev/v1alpha1
kind: Migration
metadata: { name: shop }
spec:
  source: one
  target: two
  location: store
  scope: { namespaces: [shop] }
  volumes: { mode: none }
`;

async function load(extra: string, files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const path = join(folder, 'landfall.yaml');
  await writeFile(path, `${head}${extra}`);
  return (await loadFile(path)).migrations[0];
}

async function reported(extra: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const error: unknown = await load(extra, files).catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('expected a LandfallError', { cause: error });
  return (error.problems as readonly ConfigProblem[]).map((one) => `${one.line} ${one.what} | ${one.fix}`);
}

describe('value files', () => {
  const extra = `  values: [base.yaml, production.yaml]
  translation: { registries: { harbor.corp.example: '{{ .Values.registry.host }}/shop' } }
  transforms:
    - name: sized
      match: { kinds: [deployments.apps] }
      patch: [{ op: add, path: /spec/replicas, value: '{{ .Values.replicas }}' }]
`;

  it('fill rules and tables with their types, later files stronger', async () => {
    const spec = await load(extra, {
      'base.yaml': 'replicas: 1\nregistry: { host: a.example, port: 1 }\n',
      'production.yaml': 'replicas: 3\nregistry: { host: b.example }\n',
    });
    expect(spec?.transforms[0]?.patch).toEqual([{ op: 'add', path: '/spec/replicas', value: 3 }]);
    expect(spec?.translation?.registries).toEqual({ 'harbor.corp.example': 'b.example/shop' });
  });

  it('that lack a value are reported at the place that asks, each once', async () => {
    expect(
      await reported(extra, { 'base.yaml': 'a: 1\n', 'production.yaml': 'registry: { host: { x: 1 } }\n' })
    ).toEqual([
      expect.stringMatching(/^26 .*puts \.Values\.registry\.host, which is not a scalar, into a string/) as string,
      expect.stringMatching(
        /^30 .*has no value for \.Values\.replicas \| write it to base\.yaml or production\.yaml/
      ) as string,
    ]);
  });

  it('that cannot be read, are no map or hold prototype keys are reported, with their own line', async () => {
    const lines = await reported(extra, {
      'base.yaml': '- a\n',
      'production.yaml': 'a: 1\n__proto__: { b: 1 }\na: 2\n',
    });
    expect(lines.join('\n')).toMatch(/not a map[^]*production\.yaml:3:1[^]*production\.yaml:2:1/);
    expect(await reported('  values: [absent.yaml]\n', {})).toEqual([
      expect.stringMatching(/^25 .*cannot be read: there is no such file/) as string,
    ]);
  });

  it('are no templates: functions are refused', async () => {
    const text = "  values: [base.yaml]\n  translation: { zones: { a: '{{ .Values.a | quote }}' } }\n";
    expect(await reported(text, { 'base.yaml': 'a: 1\n' })).toEqual([
      expect.stringMatching(/^26 .*more than a path \| write \{\{ \.Values/) as string,
    ]);
  });
});

describe('rendered manifests', () => {
  const extra = '  transforms: [{ fromManifests: out.yaml }]\n';
  const deployment = (more = '', name = 'web') =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}${more} }\nspec: { replicas: 3 }\n`;

  it('become a named rule for each object; without a namespace it is the one that moves', async () => {
    const spec = await load(extra, { 'out.yaml': `${deployment()}---\n${deployment(', namespace: pay', 'a.b')}` });
    expect(
      spec?.transforms.map(({ name, match, manifest }) => [name, match.kinds, match.name, manifest?.namespaces])
    ).toEqual([
      ['out.yaml:Deployment.apps/web', ['Deployment.apps'], '^web$', ['', 'shop']],
      ['out.yaml:Deployment.apps/pay/a.b', ['Deployment.apps'], '^a\\.b$', ['pay']],
    ]);
  });

  it('that hold Secrets, claims, twice the same or no object are refused, all at once with their lines', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { a: hidden }\n';
    const lines = await reported(extra, { 'out.yaml': [secret, deployment(), deployment(), 'a: 1\n'].join('---\n') });
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toMatch(
      /Secret s[^]*out\.yaml:1:1[^]*twice[^]*out\.yaml:11:1[^]*no object[^]*out\.yaml:16:1/
    );
    expect(lines.join('\n')).not.toContain('hidden');
  });

  it('stand alone in their entry', async () => {
    const both =
      '  transforms: [{ fromManifests: out.yaml, name: a }, { fromManifests: out.yaml, fromVeleroModifiers: x.yaml }]\n';
    expect((await reported(both, { 'out.yaml': deployment() })).join('\n')).toMatch(
      /other keys in addition to fromManifests|has fromManifests in addition/
    );
  });
});

describe('a file that is broken in one place', () => {
  it('is reported every other problem too: a waiver of another form hides no rule that may not be', async () => {
    const lines = await reported(
      `  waivers: [{ finding: X, expires: 2020-01-01 }]
  transforms:
    - name: uid
      patch: [{ op: add, path: /spec/a, value: 1 }, { op: remove, path: /metadata/ownerReferences }]
    - name: there
      match: { kinds: [configmaps] }
      patch: [{ op: move, from: /data/a, path: /data/b }]
    - name: back
      match: { kinds: [configmaps] }
      patch: [{ op: move, from: /data/b, path: /data/a }]
    - fromManifests: rendered.yaml
`,
      { 'rendered.yaml': 'kind: ConfigMap\n' }
    );
    expect(lines.join('\n')).toMatch(
      /waivers\[0\]\.code is missing[^]*28 .*patch\[1\] .*ownerReferences[^]*34 .*reverts the move[^]*35 .*no object/
    );
    expect(lines.join('\n')).not.toContain('placeholder');
  });

  it('names a document without a name by its kind alone', async () => {
    const nameless = '---\napiVersion: landfall.dev/v1alpha1\nkind: Migration\nspec: { source: nowhere }\n';
    const error: unknown = await load(nameless, {}).catch((caught: unknown) => caught);
    const paths = ((error as LandfallError).problems as readonly ConfigProblem[]).map(({ path }) => path);
    expect(paths).toContain('Migration spec.source');
  });
});
