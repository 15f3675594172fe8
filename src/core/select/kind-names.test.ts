import { expect, it } from 'vitest';
import { kindNamed } from './kind-names.ts';

it.each([
  ['svc', 'services'],
  ['SVC', 'services'],
  ['pvc', 'persistentvolumeclaims'],
  ['deploy', 'deployments.apps'],
  ['deploy.apps', 'deployments.apps'],
  ['deploy.example.com', 'deploy.example.com'],
  ['deployments.v1.apps', 'deployments.apps'],
  ['pods.v1', 'pods'],
  ['pods.v1.', 'pods'],
  ['deployments.apps', 'deployments.apps'],
  ['Deployment', 'deployment'],
  ['ing', 'ingresses.networking.k8s.io'],
  ['constructor', 'constructor'],
])('takes %s for %s', (written, kind) => {
  expect(kindNamed(written)).toBe(kind);
});

it('takes the short names of the cluster before those of the table', () => {
  const served = new Map([
    ['vs', 'virtualservices.networking.istio.io'],
    ['po', 'pods'],
  ]);
  expect(kindNamed('vs', served)).toBe('virtualservices.networking.istio.io');
  expect(kindNamed('vs')).toBe('volumesnapshots.snapshot.storage.k8s.io');
  expect(kindNamed('sts', served)).toBe('statefulsets.apps');
});
