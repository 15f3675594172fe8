import { expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { describeRef } from '../resource.ts';
import { readHead } from '../select/head.ts';
import { dependenciesOf } from './dependencies-of.ts';

const issuer: ApiResource = {
  group: 'cert-manager.io',
  version: 'v1',
  kind: 'ClusterIssuer',
  plural: 'clusterissuers',
  namespaced: false,
  verbs: [],
  subresources: [],
};

it('puts the Secrets of an issuer before it, wherever cert-manager keeps them', () => {
  const solver = {
    dns01: { route53: { region: 'eu-central-1', secretAccessKeySecretRef: { name: 'aws', key: 'k' } } },
  };
  const spec = { acme: { privateKeySecretRef: { name: 'account' }, solvers: [solver, { http01: { ingress: {} } }] } };
  const secretsOf = (resource: ApiResource, metadata: object): string[] => {
    const text = JSON.stringify({ apiVersion: 'cert-manager.io/v1', kind: resource.kind, metadata, spec });
    return dependenciesOf(text, readHead(text, resource))
      .filter(({ kind }) => kind === 'Secret')
      .map(describeRef);
  };
  expect(secretsOf(issuer, { name: 'letsencrypt' })).toEqual([
    'Secret cert-manager/account',
    'Secret cert-manager/aws',
  ]);
  const namespaced = { ...issuer, kind: 'Issuer', plural: 'issuers', namespaced: true };
  expect(secretsOf(namespaced, { name: 'letsencrypt', namespace: 'shop' })).toEqual([
    'Secret shop/account',
    'Secret shop/aws',
  ]);
});
