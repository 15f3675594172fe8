import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureLocationSpec, GcsLocationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { filePolicy } from './file-policy.ts';
import { nothingAllowed, ruleFor, type Use } from './policy.ts';
import { WorkerPolicy } from './schema.ts';

const head = { apiVersion: 'landfall.dev/v1alpha1', kind: 'WorkerPolicy', metadata: { name: 'site' } };

async function allows(spec: object, use: Use): Promise<boolean> {
  return (await filePolicy('policy.yaml', WorkerPolicy.parse({ ...head, spec })).refusal(use)) === undefined;
}

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-policy-')));
  await mkdir(join(root, 'kube'));
  await mkdir(join(root, 'kube-other'));
  await writeFile(join(root, 'kube-other/west'), 'x');
  await symlink(join(root, 'kube'), join(root, 'named'));
  await symlink(join(root, 'kube-other/west'), join(root, 'kube/west'));
});
afterAll(() => rm(root, { recursive: true }));

describe('paths', () => {
  const kinds = [
    ['a kubeconfig', 'kubeconfig', (path: string) => ({ clusters: [{ kubeconfig: path }] })],
    ['a program', 'program', (path: string) => ({ programs: [path] })],
    ['a file', 'file', (path: string) => ({ files: [path] })],
    ['a directory', 'directory', (path: string) => ({ locations: [{ path }] })],
  ] as const;

  it.each(kinds)(
    'cover %s below them, and nothing that only begins like it or is a link out',
    async (_, kind, rule) => {
      const ask = (path: string, allowed = 'kube') =>
        allows(rule(join(root, allowed)), { kind, path: `${root}/${path}` });
      expect(await ask('kube/east')).toBe(true);
      expect(await ask('kube/east', 'named')).toBe(true);
      expect(await ask('named/east')).toBe(true);
      expect(await ask('kube-other/west')).toBe(false);
      expect(await ask('kube/west')).toBe(false);
      expect(await ask('kube/../kube-other/west')).toBe(false);
      expect(await ask('kube/new/../../kube-other/west')).toBe(false);
      expect(await allows({}, { kind, path: `${root}/kube/east` })).toBe(false);
    }
  );

  it('of a rule are absolute and without ..', () => {
    const parsed = ['kube', '/srv/../etc', '/srv/..'].map((file) =>
      WorkerPolicy.safeParse({ ...head, spec: { files: [file] } })
    );
    expect(parsed.map(({ success }) => success)).toEqual([false, false, false]);
    expect(WorkerPolicy.safeParse({ ...head, spec: { files: ['/srv/..data/key'] } }).success).toBe(true);
  });

  it('cover no line for a shell', async () => {
    const line = { kind: 'program', path: '/bin/sh', isShellLine: true } as const;
    expect(await allows({ programs: ['/'] }, line)).toBe(false);
  });
});

describe('servers', () => {
  const ask = (rule: string, server: string) =>
    allows({ clusters: [{ kubeconfig: root, server: rule }] }, { kind: 'kubeconfig', path: `${root}/x`, server });

  it.each([
    ['https://api.example.com:6443', 'https://api.example.com:6443/', true],
    ['https://*.eks.amazonaws.com', 'https://ab12.gr7.eu-west-1.eks.amazonaws.com', true],
    ['https://*.eks.amazonaws.com', 'https://evil.example/.eks.amazonaws.com', false],
    ['https://*.eks.amazonaws.com', 'https://evil.example:443/x.eks.amazonaws.com', false],
    ['https://*.eks.amazonaws.com', 'https://a.eks.amazonaws.com.evil.example', false],
    ['https://*.eks.amazonaws.com', 'http://a.eks.amazonaws.com', false],
    ['https://api.example.com', 'https://apixexample.com', false],
    ['https://api.example.com/k8s/a', 'https://api.example.com/k8s/b', false],
  ])('%s and %s: %s', async (rule, server, expected) => {
    expect(await ask(rule, server)).toBe(expected);
  });
});

describe('stores', () => {
  const s3 = (more: Partial<S3LocationSpec> = {}): Use => ({
    kind: 'store',
    spec: {
      name: 'store',
      provider: 's3',
      bucket: 'b',
      prefix: '',
      region: 'r',
      forcePathStyle: false,
      encryption: 'none',
      ...more,
    },
  });
  const azure = (container: string): Use => {
    const account = { provider: 'azure', account: 'a', accountKey: { env: 'KEY' }, encryption: 'none' } as const;
    return { kind: 'store', spec: { name: 'store', prefix: '', container, ...account } satisfies AzureLocationSpec };
  };
  const gcs = (more: Partial<GcsLocationSpec> = {}): Use => ({
    kind: 'store',
    spec: { name: 'store', provider: 'gcs', bucket: 'b', prefix: '', encryption: 'none', ...more },
  });

  it.each<[string, object, Use, boolean]>([
    ['the bucket', { bucket: 'b' }, s3({ prefix: 'any/' }), true],
    ['another bucket', { bucket: 'c' }, s3(), false],
    ['a prefix', { bucket: 'b', prefix: 'team' }, s3({ prefix: 'team/shop/' }), true],
    ['the same prefix', { bucket: 'b', prefix: 'team/' }, s3({ prefix: 'team/' }), true],
    ['a prefix that begins alike', { bucket: 'b', prefix: 'team' }, s3({ prefix: 'team-two/' }), false],
    ['no prefix', { bucket: 'b', prefix: 'team' }, s3(), false],
    ['a prefix with ..', { bucket: 'b', prefix: 'team' }, s3({ prefix: 'team/../other/' }), false],
    ['a prefix with empty names', { bucket: 'b', prefix: 'team' }, s3({ prefix: 'team//other/' }), false],
    ['another server', { bucket: 'b' }, s3({ endpoint: 'https://evil.example' }), false],
    ['its server', { bucket: 'b', endpoint: 'https://s3.local/' }, s3({ endpoint: 'https://s3.local' }), true],
    ['AWS for a server', { bucket: 'b', endpoint: 'https://s3.local' }, s3(), false],
    ['a container', { account: 'a', container: 'c' }, azure('c'), true],
    ['another container', { account: 'a', container: 'c' }, azure('d'), false],
    ['a bucket for a container', { bucket: 'c' }, azure('c'), false],
    ['a bucket of Google', { provider: 'gcs', bucket: 'b', prefix: 'team' }, gcs({ prefix: 'team/shop/' }), true],
    ['another bucket of Google', { provider: 'gcs', bucket: 'c' }, gcs(), false],
    ['a bucket of S3 for one of Google', { bucket: 'b' }, gcs(), false],
    ['a bucket of Google for one of S3', { provider: 'gcs', bucket: 'b' }, s3(), false],
    ['Google for a server', { provider: 'gcs', bucket: 'b' }, gcs({ endpoint: 'https://evil.example' }), false],
  ])('%s', async (_name, rule, use, expected) => {
    expect(await allows({ locations: [rule] }, use)).toBe(expected);
  });
});

it('allows hooks and variables by name', async () => {
  expect(await allows({ hooks: true }, { kind: 'hooks' })).toBe(true);
  expect(await allows({}, { kind: 'hooks' })).toBe(false);
  expect(await allows({ environment: ['PASSWORD'] }, { kind: 'variable', name: 'PASSWORD' })).toBe(true);
  expect(await allows({ environment: ['PASSWORD'] }, { kind: 'variable', name: 'AWS_SECRET_ACCESS_KEY' })).toBe(false);
});

it('gives a rule that allows what was refused', async () => {
  const uses: Use[] = [
    { kind: 'kubeconfig', path: '/etc/landfall/west' },
    { kind: 'program', path: '/usr/bin/login' },
    { kind: 'file', path: '/etc/landfall/key' },
    { kind: 'variable', name: 'PASSWORD' },
    { kind: 'directory', path: '/srv/landfall' },
    { kind: 'hooks' },
  ];
  for (const use of uses) {
    const { parse } = await import('yaml');
    const [, key = '', value = ''] = /^spec\.(\w+): (.*)$/.exec(ruleFor(use)) ?? [];
    expect(await allows({ [key]: parse(value) as unknown }, use)).toBe(true);
    expect(await nothingAllowed.refusal(use)).toBe('the worker was started without a policy');
    expect(nothingAllowed.remedy(use)).toContain(`--policy FILE, a WorkerPolicy with ${ruleFor(use)}`);
  }
});
