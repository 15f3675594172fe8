import { describe, expect, it } from 'vitest';
import type { AssessFacts, ClusterFacts } from '../facts.ts';
import { externalChecks } from './external.ts';

const services = (...names: string[]): ClusterFacts => {
  const lists = {
    services: names.map((name) => {
      const [namespace = '', last = ''] = name.split('/');
      return { metadata: { namespace, name: last }, spec: {} };
    }),
  };
  return { name: 'any', gitVersion: '', resources: [], lists, unread: {} } as unknown as ClusterFacts;
};

interface Given {
  readonly host: string;
  readonly source?: ClusterFacts;
  readonly target?: ClusterFacts;
  readonly mapping?: Readonly<Record<string, string>>;
}

function judged({ host, source = services(), target = services(), mapping = {} }: Given) {
  const ref = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
  const addresses = [{ host, port: 5672, protocol: 'amqp', ref, where: 'queue' }];
  const facts = { spec: { namespaceMapping: mapping }, source, target, scope: { namespaces: ['shop'], addresses } };
  const found = externalChecks.flatMap(({ codes, run }) =>
    codes.includes('SERVICE_OUT_OF_SCOPE') ? run(facts as unknown as AssessFacts) : []
  );
  return found.map(({ severity = 'blocker', message }) => `${severity}: ${message.split('; ')[1] ?? ''}`);
}

describe('a setting that names a Service', () => {
  const host = 'queue.middleware.svc';
  const queue = services('middleware/queue');
  it.each<[string, Given, readonly string[]]>([
    ['of the source, out of scope', { host, source: queue }, ['blocker: Service middleware/queue does not move']],
    ['that is on neither side', { host }, ['warning: there is no Service middleware/queue on either side']],
    ['that the target has', { host, source: queue, target: queue }, []],
    ['that only the target has', { host, target: queue }, []],
    ['that moves', { host: 'db.shop.svc', source: services('shop/db') }, []],
    [
      'that moves to another namespace',
      { host: 'db.shop.svc', source: services('shop/db'), mapping: { shop: 'shop-2' } },
      ['blocker: namespace shop becomes shop-2'],
    ],
    [
      'that is not there, in a namespace that gets another name',
      { host: 'db.shop.svc', mapping: { shop: 'shop-2' } },
      ['warning: there is no Service shop/db on either side'],
    ],
  ])('%s', (_name, given, expected) => expect(judged(given)).toEqual(expected));
});
