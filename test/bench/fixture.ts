import { seeded } from './statistics.ts';
import { widgetDefinition } from '../support/many-objects.ts';
import type { Seed } from '../support/many-objects.ts';

/** Group of the custom kind that a fifth of the objects are of. */
const widgetGroup = 'bench.landfall.dev';

/** The definition of that kind; on both clusters before anything is measured. */
export const definition: Seed = widgetDefinition(widgetGroup);

/**
 * The kinds the objects are of, and the collection of each below a namespace. In ten objects: four ConfigMaps, two
 * Secrets, two of a custom kind, a suspended CronJob, and one that is a ServiceAccount, Role, RoleBinding, Service or
 * NetworkPolicy in turn. No Deployments: the controller manager sends 20 requests a second by default, so that a thousand
 * of them keep it busy for minutes whoever makes them, and only Landfall waits for it.
 */
export const kindPaths: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/{ns}configmaps',
  Secret: '/api/v1/{ns}secrets',
  Widget: `/apis/${widgetGroup}/v1/{ns}widgets`,
  CronJob: '/apis/batch/v1/{ns}cronjobs',
  ServiceAccount: '/api/v1/{ns}serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/{ns}roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/{ns}rolebindings',
  Service: '/api/v1/{ns}services',
  NetworkPolicy: '/apis/networking.k8s.io/v1/{ns}networkpolicies',
};

const mix = [
  'ConfigMap',
  'Secret',
  'Widget',
  'ConfigMap',
  'CronJob',
  'ConfigMap',
  'Widget',
  'Secret',
  'ConfigMap',
  'other',
];
const others = ['ServiceAccount', 'Role', 'RoleBinding', 'Service', 'NetworkPolicy'];

/** Path of a kind in one namespace, or over all of them. */
export function collectionOf(kind: string, namespace: string): string {
  return (kindPaths[kind] ?? '').replace('{ns}', namespace === '' ? '' : `namespaces/${namespace}/`);
}

/** `prefix-000`, `prefix-001`, ... */
export function namespaceNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}-${String(at).padStart(3, '0')}`);
}

/** The objects of one namespace, the same ones for the same numbers; sizes as real configurations have them. */
export function* objectsOf(namespace: string, count: number, seed = 1, from = 0): Generator<Seed> {
  for (let at = from; at < from + count; at += 1) {
    const random = seeded(seed * 1_000_003 + at);
    const slot = mix[at % mix.length] ?? 'ConfigMap';
    const kind = slot === 'other' ? (others[Math.floor(at / mix.length) % others.length] ?? 'Role') : slot;
    const name = `${kind.toLowerCase()}-${String(at).padStart(6, '0')}`;
    yield { collection: collectionOf(kind, namespace), object: objectOf(kind, name, at, random) };
  }
}

type Json = Readonly<Record<string, unknown>>;

function objectOf(kind: string, name: string, at: number, random: () => number): object {
  const apiVersion = apiVersionOf(kind);
  const labels = { app: `app-${at % 50}`, 'app.kubernetes.io/part-of': 'bench' };
  const annotations = {
    'example.org/owner': `team-${at % 7}`,
    'example.org/change': String(Math.floor(random() * 1e9)),
  };
  return { apiVersion, kind, metadata: { name, labels, annotations }, ...fieldsOf(kind, at, random) };
}

function apiVersionOf(kind: string): string {
  const path = kindPaths[kind] ?? '';
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)\//.exec(path) ?? [];
  return group === undefined ? 'v1' : `${group}/${version ?? ''}`;
}

function fieldsOf(kind: string, at: number, random: () => number): Json {
  switch (kind) {
    case 'ConfigMap':
      return { data: { 'application.yaml': text(random, sizeOf(random)), level: 'info' } };
    case 'Secret':
      return {
        type: 'Opaque',
        data: { token: Buffer.from(text(random, sizeOf(random) / 2)).toString('base64'), user: 'YXBw' },
      };
    case 'Widget':
      return {
        spec: {
          size: at,
          parts: Array.from({ length: 30 }, (_, part) => ({
            name: `part-${part}`,
            weight: Math.floor(random() * 1e6),
          })),
        },
      };
    case 'CronJob':
      return { spec: suspendedJob(at, random) };
    case 'Role':
      return { rules: [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'list', 'watch'] }] };
    case 'RoleBinding':
      return {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
      };
    case 'Service':
      return { spec: { selector: { app: `app-${at}` }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } };
    case 'NetworkPolicy':
      return { spec: { podSelector: { matchLabels: { app: `app-${at}` } }, policyTypes: ['Ingress'] } };
    default:
      return {};
  }
}

/** Suspended, so that no controller makes anything of it: a benchmark must not measure the controllers. */
function suspendedJob(at: number, random: () => number): Json {
  const labels = { app: `job-${at}` };
  const env = Array.from({ length: 20 }, (_, number) => ({ name: `SETTING_${number}`, value: text(random, 30) }));
  const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } };
  const container = { name: 'main', image: 'registry.example.org/app:1.0.0', env, resources };
  const template = { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [container] } };
  return { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template } } };
}

/** 200 to 6,000 characters, most of them near 1,500: the middle of a log-normal distribution. */
function sizeOf(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(Math.min(6_000, Math.max(200, 1_500 * Math.exp(0.6 * normal))));
}

/** Words, so that it shrinks as configuration does. */
function text(random: () => number, length: number): string {
  let made = '';
  while (made.length < length) {
    made += `key-${Math.floor(random() * 900)}: value-${Math.floor(random() * 1e6).toString(36)}\n`;
  }
  return made.slice(0, Math.max(1, Math.round(length)));
}
