import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import { readHead } from '../select/head.ts';
import { createInstalled } from './installed.ts';
import { findReferrers } from './referrers.ts';

function object(group: string, kind: string, metadata: object, content: object = {}): SelectedObject {
  const namespaced = Object.hasOwn(metadata, 'namespace');
  const plural = kind.endsWith('s') ? `${kind.toLowerCase()}es` : `${kind.toLowerCase()}s`;
  const resource: ApiResource = { group, version: 'v1', kind, plural, namespaced, verbs: [], subresources: [] };
  const text = JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata, ...content });
  return { head: readHead(text, resource), text, resource };
}

const scope = { namespaces: [{ name: 'shop', labels: {} }] };

describe('what was installed with a workload and has no namespace', () => {
  const workload = (labels: object, args: readonly string[] = []) =>
    object(
      'apps',
      'Deployment',
      { name: 'controller', namespace: 'shop', labels },
      {
        spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i', args }] } } },
      }
    );
  const found = (one: SelectedObject, remaining: SelectedObject, boundRoles: readonly string[] = []) => {
    const installed = createInstalled();
    installed.add(one.head, one.text);
    return findReferrers([remaining], { ...scope, installed, boundRoles: new Set(boundRoles) }).map(
      ({ finding }) => `${finding.code} ${finding.subject}`
    );
  };
  const nginx = workload({}, ['--controller-class=k8s.io/ingress-nginx', '--ingress-class=nginx']);
  const ingressClass = (name: string, controller: string) =>
    object('networking.k8s.io', 'IngressClass', { name }, { spec: { controller } });
  const gatewayClass = (controllerName: string) =>
    object('gateway.networking.k8s.io', 'GatewayClass', { name: 'gw' }, { spec: { controllerName } });
  const definition = (labels: object) =>
    object('apiextensions.k8s.io', 'CustomResourceDefinition', { name: 'backups.velero.io', labels });

  it.each<[string, SelectedObject, SelectedObject, readonly string[], readonly string[]]>([
    [
      'a class by its controller',
      nginx,
      ingressClass('web', 'k8s.io/ingress-nginx'),
      [],
      ['REFERENCE_LEFT_BEHIND IngressClass web'],
    ],
    [
      'a class by its name',
      nginx,
      ingressClass('nginx', 'example.com/other'),
      [],
      ['REFERENCE_LEFT_BEHIND IngressClass nginx'],
    ],
    ['a class of another controller', nginx, ingressClass('alb', 'ingress.k8s.aws/alb'), [], []],
    [
      'a class of gateways',
      workload({}, ['--gateway-controller-name=projectcontour.io/gateway-controller']),
      gatewayClass('projectcontour.io/gateway-controller'),
      [],
      ['REFERENCE_LEFT_BEHIND GatewayClass gw'],
    ],
    [
      'a class where no controller is in scope',
      workload({}),
      gatewayClass('projectcontour.io/gateway-controller'),
      [],
      [],
    ],
    [
      'a definition of an operator that may do everything',
      workload({ component: 'velero' }),
      definition({ component: 'velero' }),
      ['cluster-admin'],
      ['REFERENCE_LEFT_BEHIND CustomResourceDefinition backups.velero.io'],
    ],
    [
      'one of an operator whose role says its kinds',
      workload({ component: 'velero' }),
      definition({ component: 'velero' }),
      [],
      [],
    ],
    [
      'one of another operator',
      workload({ component: 'web' }),
      definition({ component: 'velero' }),
      ['cluster-admin'],
      [],
    ],
  ])('%s', (_, one, remaining, boundRoles, expected) => {
    expect(found(one, remaining, boundRoles)).toEqual(expected);
  });
});
