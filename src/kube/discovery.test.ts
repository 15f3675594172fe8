import { afterEach, expect, it } from 'vitest';
import { sendJson, sendStatus, startLoopbackApi, type Answer } from '../../test/support/loopback-api.ts';
import type { Discovery } from '../ports/cluster.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function discover(answer: Answer): Promise<Discovery> {
  const api = await startLoopbackApi(answer);
  open.push(api);
  const cluster = await createCluster(api.spec, {
    failpoints: noFailpoints,
    role: 'source',
    retry: { attemptsMax: 2, baseDelayMs: 1, notServedWaitMs: 5 },
  });
  open.push(cluster);
  return cluster.discover();
}

const verbs = ['get', 'list'];
const short = ({ resources, failures }: Discovery): unknown => ({
  resources: resources.map(
    (one) =>
      `${one.group}/${one.version}/${one.plural}${one.namespaced ? ' namespaced' : ''}${one.preferred ? ' preferred' : ''} ${one.subresources.join()}`
  ),
  failures: failures.map((one) => one.groupVersion),
});

const expected = {
  resources: [
    '/v1/pods namespaced preferred status,log',
    'apps/v1/deployments namespaced preferred ',
    'apps/v1/widgets preferred ',
    'apps/v1beta1/deployments namespaced ',
  ],
  failures: ['metrics.k8s.io/v1beta1'],
};

it('reads aggregated discovery, stale groups and entries that are only subresources', async () => {
  const resource = (name: string, scope: string, subresources: string[] = []): object => ({
    resource: name,
    responseKind: { kind: name },
    scope,
    verbs,
    subresources: subresources.map((subresource) => ({ subresource, verbs })),
  });
  const found = await discover(({ rawPath }, response) => {
    const items =
      rawPath === '/api'
        ? [
            {
              versions: [
                { version: 'v1', freshness: 'Current', resources: [resource('pods', 'Namespaced', ['status', 'log'])] },
              ],
            },
          ]
        : [
            {
              metadata: { name: 'apps' },
              versions: [
                {
                  version: 'v1',
                  resources: [
                    resource('deployments', 'Namespaced'),
                    resource('widgets', 'Cluster'),
                    { resource: 'orphans', responseKind: {}, subresources: [] },
                  ],
                },
                { version: 'v1beta1', resources: [resource('deployments', 'Namespaced')] },
              ],
            },
            {
              metadata: { name: 'metrics.k8s.io' },
              versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [resource('pods', 'Namespaced')] }],
            },
          ];
    sendJson(response, 200, { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items });
  });
  expect(short(found)).toEqual(expected);
  expect(found.failures[0]?.lastServed.map(({ plural }) => plural)).toEqual(['pods']);
});

it('falls back to one request for each group version', async () => {
  const entry = (name: string, namespaced: boolean): object => ({ name, kind: name, namespaced, verbs });
  const found = await discover(({ rawPath }, response) => {
    const answers: Record<string, unknown> = {
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/api/v1': { resources: [entry('pods', true), entry('pods/status', true), entry('pods/log', true)] },
      '/apis': {
        kind: 'APIGroupList',
        groups: [
          { name: 'apps', versions: [{ version: 'v1beta1' }, { version: 'v1' }], preferredVersion: { version: 'v1' } },
          { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }] },
        ],
      },
      '/apis/apps/v1': { resources: [entry('deployments', true), entry('widgets', false)] },
      '/apis/apps/v1beta1': { resources: [entry('deployments', true)] },
    };
    if (answers[rawPath] === undefined) return sendStatus(response, 503, 'ServiceUnavailable', 'the server is down');
    sendJson(response, 200, answers[rawPath]);
  });
  expect(short(found)).toEqual(expected);
});
