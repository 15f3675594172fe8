import { describe, expect, it } from 'vitest';
import type { Webhook } from '../kube-objects.ts';
import { createWebhookReaches } from './dead-webhooks.ts';
import { reachOf } from './reach.ts';
import type { AdmissionRequest } from './reach.ts';

const everything = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }];
const rule = (more: object) => [{ ...everything[0], ...more }];
const webhook = (more: object = {}): Webhook => ({ name: 'v.example.com', rules: everything, ...more });
const deployment: AdmissionRequest = {
  group: 'apps',
  versions: ['v1'],
  plural: 'deployments',
  namespace: 'shop',
  operation: 'CREATE',
  labels: { app: 'web' },
  namespaceLabels: { team: 'a', 'kubernetes.io/metadata.name': 'shop' },
};
const exists = (key: string) => ({ matchExpressions: [{ key, operator: 'Exists' }] });
const absent = (key: string) => ({ matchExpressions: [{ key, operator: 'DoesNotExist' }] });

describe('reachOf', () => {
  it.each<[string, object, object, 'yes' | 'maybe' | 'no']>([
    ['everything', {}, {}, 'yes'],
    ['no rules', { rules: [] }, {}, 'no'],
    ['another group', { rules: rule({ apiGroups: ['batch'] }) }, {}, 'no'],
    ['another kind', { rules: rule({ resources: ['pods'] }) }, {}, 'no'],
    ['a subresource only', { rules: rule({ resources: ['deployments/scale', '*/status'] }) }, {}, 'no'],
    ['kind and subresources', { rules: rule({ resources: ['deployments/*'] }) }, {}, 'yes'],
    ['every kind and subresource', { rules: rule({ resources: ['*/*'] }) }, {}, 'yes'],
    ['another operation', { rules: rule({ operations: ['DELETE', 'CONNECT'] }) }, {}, 'no'],
    ['objects in no namespace', { rules: rule({ scope: 'Cluster' }) }, {}, 'no'],
    ['objects in namespaces', { rules: rule({ scope: 'Namespaced' }) }, {}, 'yes'],
    ['a version nobody serves', { rules: rule({ apiVersions: ['v1beta1'] }) }, {}, 'no'],
    ['another served version', { rules: rule({ apiVersions: ['v1beta1'] }) }, { versions: ['v1', 'v1beta1'] }, 'yes'],
    [
      'another served version, exactly',
      { rules: rule({ apiVersions: ['v1beta1'] }), matchPolicy: 'Exact' },
      { versions: ['v1', 'v1beta1'] },
      'no',
    ],
    ['labelled objects', { objectSelector: { matchLabels: { app: 'web' } } }, {}, 'yes'],
    ['other objects', { objectSelector: { matchLabels: { app: 'db' } } }, {}, 'no'],
    ['labelled namespaces', { namespaceSelector: exists('team') }, {}, 'yes'],
    ['other namespaces', { namespaceSelector: absent('team') }, {}, 'no'],
    [
      'what is in no namespace, whatever the namespace selector',
      { namespaceSelector: exists('nothing') },
      { plural: 'clusterroles', namespace: '', namespaceLabels: undefined },
      'yes',
    ],
    ['conditions', { matchConditions: [{ name: 'c', expression: 'true' }] }, {}, 'maybe'],
    [
      'webhook configurations',
      {},
      { group: 'admissionregistration.k8s.io', plural: 'validatingwebhookconfigurations', namespace: '' },
      'no',
    ],
  ])('%s', (_, ofWebhook, ofRequest, reach) => {
    expect(reachOf(webhook(ofWebhook), { ...deployment, ...ofRequest })).toBe(reach);
  });
});

describe('findings about webhooks that do not answer', () => {
  const found = (ofWebhook: object, ofSilent: object = {}, isNeeded = true) => {
    const silent = { subject: 'W', webhook: webhook(ofWebhook), why: 'no endpoint is ready behind it', isDead: true };
    const reaches = createWebhookReaches('east', [{ ...silent, ...ofSilent }]);
    const { namespaceLabels: _, ...request } = deployment;
    reaches.add({ name: 'Deployment shop/web', request, isNeeded });
    return reaches.findings(() => ({ team: 'a' }));
  };
  const findings = (...given: Parameters<typeof found>) =>
    found(...given).map(({ code, severity }) => `${severity} ${code}`);
  const messages = (ofWebhook: object) =>
    found(ofWebhook)
      .map(({ message }) => message)
      .join();

  it('stops a run whose objects it refuses', () => {
    expect(findings({})).toEqual(['blocker WEBHOOK_DEAD']);
  });

  it('is reported and stops nothing where nothing that moves is sent to it', () => {
    expect(findings({ namespaceSelector: absent('team') })).toEqual(['info WEBHOOK_DEAD']);
  });

  it('is a warning where only an undo or a later change is refused', () => {
    expect(findings({}, {}, false)).toEqual(['warning WEBHOOK_DEAD']);
  });

  it('is a warning where an expression decides', () => {
    expect(findings({ matchConditions: [{}] })).toEqual(['warning WEBHOOK_DEAD']);
    expect(messages({ matchConditions: [{}] })).toMatch(/Landfall does not evaluate them/);
    expect(messages({ matchConditions: [{}], namespaceSelector: absent('team') })).not.toMatch(/evaluate/);
  });

  it('is a warning where it is asked at a URL', () => {
    expect(findings({}, { isDead: false })).toEqual(['warning WEBHOOK_UNKNOWN']);
  });
});
