import { describe, expect, it } from 'vitest';
import { isLandfallError } from '../../core/errors.ts';
import { loadText } from '../load-file.ts';
import type { ConfigProblem } from '../../config/problem.ts';

const cluster = (name: string, platform: string): string => `apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}}
spec: {kubeconfig: {path: ./${name}}, platform: ${platform}}
---
`;

const file = (
  spec: string,
  platform = 'eks'
): string => `${cluster('one', 'vks')}${cluster('two', platform)}apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: {name: store}
spec: {provider: filesystem, path: ./store, encryption: none}
---
apiVersion: landfall.dev/v1alpha1
kind: Migration
metadata: {name: shop}
spec:
  source: one
  target: two
  location: store
  scope: {namespaces: [shop]}
  volumes: {mode: none}
${spec}`;

async function reported(text: string): Promise<string[]> {
  try {
    await loadText(text, 'landfall.yaml');
    return [];
  } catch (error) {
    if (!isLandfallError(error, 'CONFIG_INVALID')) throw error;
    const problems = error.problems as readonly ConfigProblem[];
    return problems.map(({ line, what, fix }) => `${line} ${what.replace('Migration/shop spec.', '')} | ${fix}`);
  }
}

describe('tables of translation', () => {
  it('are taken as written, with detection where the file says nothing', async () => {
    const good = `  translation:
    zones: {zone-a: eu-central-1a}
    nodePools: {general: general, db: tier=db, old: ''}
    identities: {shop/uploader: 'arn:aws:iam::111122223333:role/uploader', shop/web: ''}
    registries: {harbor.corp.example/shop: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop}
    imageDigests: {'harbor.corp.example/shop/web:1': 'sha256:${'a'.repeat(64)}'}
    ingress: {routes: gateway, gateway: edge/public}
    dns: publish
`;
    expect(await reported(file(good))).toEqual([]);
    const [spec] = (await loadText(file(good), 'landfall.yaml')).migrations;
    expect(spec?.translation).toMatchObject({ mode: 'auto', dns: 'publish', ingress: { gateway: 'edge/public' } });
  });

  it('are refused with everything at once: place, reason and hint', async () => {
    const bad = `  translation:
    zones: {"__proto__": x, zone-a: eu-central-1a}
    nodePools: {general: "not a pool!"}
    storage: {block: "GP 3"}
    identities: {uploader: '', shop/web: 1234}
    registries: {harbor.example: https://ecr.example, a.example: b.example/x, b.example/x: c.example, d.example/: e.example}
    imageDigests: {"web:1": latest}
    ingress: {routes: contur, gateway: edge}
    podSecurity: {shop: open}
`;
    const lines = await reported(file(bad));
    for (const part of [
      '__proto__',
      'translation.nodePools.general "not a pool!" is neither a pool nor key=value',
      'translation.storage.block "GP 3" is not the name of a storage class',
      'is not namespace/serviceaccount',
      'has a scheme',
      'maps into the entry b.example/x',
      'ends with / on one side only',
      'is not a digest',
      'translation.ingress.routes',
      'translation.ingress.gateway',
      'translation.podSecurity.shop',
    ]) {
      expect(lines.join('\n')).toContain(part);
    }
  });

  it('name identities the target can have', async () => {
    const azure = `  translation: {identities: {shop/web: 11111111-2222-3333-4444-555555555555}}\n`;
    expect(await reported(file(azure, 'aks'))).toEqual([]);
    expect((await reported(file(azure)))[0]).toContain('is not an identity of eks');
    expect(await reported(file(azure, 'detect'))).toEqual([]);
  });
});

describe('users’ transforms', () => {
  const transforms = (...all: string[]): string => `  transforms:\n${all.map((one) => `  - ${one}\n`).join('')}`;

  it('may match by JSONPath, within its bounds', async () => {
    const good =
      "{name: a, match: {jsonPath: [{path: '$..image', matches: '^harbor'}]}, patch: [{op: add, path: /metadata/labels, value: {}}]}";
    expect(await reported(file(transforms(good)))).toEqual([]);
    const bad =
      "{name: b, match: {jsonPath: [{path: '$..a..b'}, {path: spec}, {path: $.a, matches: '(?=x)'}, {path: $.a, value: 1, matches: x}]}, patch: [{op: add, path: /metadata/labels, value: {}}]}";
    const lines = await reported(file(transforms(bad)));
    expect(lines.map((line) => line.split(' | ')[0])).toEqual([
      expect.stringContaining('jsonPath[0].path "$..a..b" is rejected: it has more than one \'..\''),
      expect.stringContaining('jsonPath[1].path "spec" is rejected: it does not begin with \'$\''),
      expect.stringContaining('jsonPath[2].matches is rejected'),
      expect.stringContaining('jsonPath[3] has both value and matches'),
    ]);
  });

  it('do not conflict and do not go round in circles', async () => {
    const write = (name: string, value: string, kinds = '[deployments.apps]'): string =>
      `{name: ${name}, match: {kinds: ${kinds}}, patch: [{op: replace, path: /spec/replicas, value: ${value}}]}`;
    expect(await reported(file(transforms(write('a', '1'), write('b', '1'), write('c', '2', '[]'))))).toEqual([]);
    expect((await reported(file(transforms(write('a', '1'), write('b', '2')))))[0]).toContain(
      'writes /spec/replicas, which transform a writes with another value'
    );
    const move = (name: string, from: string, to: string): string =>
      `{name: ${name}, patch: [{op: move, from: ${from}, path: ${to}}]}`;
    expect(
      (await reported(file(transforms(move('a', '/spec/x', '/spec/y'), move('b', '/spec/y', '/spec/x')))))[0]
    ).toContain('reverts the move of transform a');
  });
});
