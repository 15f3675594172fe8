import { describe, expect, it } from 'vitest';
import { createSharedPlaces } from './shared-places.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

function found(manifest: Manifest, desired: Manifest = manifest): readonly string[] {
  const places = createSharedPlaces();
  const group = desired.apiVersion.includes('/') ? (desired.apiVersion.split('/')[0] ?? '') : '';
  const ref = { group, kind: desired.kind, namespace: 'shop', name: 'x' };
  places.add(JSON.stringify(manifest), { ref, text: JSON.stringify(desired) });
  return places.findings().map(({ severity, subject }) => `${severity} ${subject}`);
}

const custom = (spec: object, kind = 'Cluster'): Manifest => ({ apiVersion: 'db.example.com/v1', kind, spec });
const config = (data: object): Manifest => ({ apiVersion: 'v1', kind: 'ConfigMap', data });
const pods = (container: object): Manifest => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  spec: { template: { spec: { containers: [{ name: 'web', image: 'web:1', ...container }] } } },
});
const variables = (env: Record<string, string>): Manifest =>
  pods({ env: Object.entries(env).map(([name, value]) => ({ name, value })) });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secret = (data: Record<string, string>, type = 'Opaque'): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
});

const rds = 'orders.abc123.eu-west-1.rds.amazonaws.com';
const loki = (endpoint: string): string =>
  `storage_config:\n  aws:\n    endpoint: ${endpoint}\n    bucketnames: loki-chunks\n    region: eu-west-1\n`;

describe('places outside that both sides use', () => {
  it.each<[string, Manifest, readonly string[]]>([
    [
      'a bucket of backups, deep in a custom resource',
      custom({ backup: { barmanObjectStore: { destinationPath: 's3://backups/shop', wal: {} } } }),
      ['warning s3://backups'],
    ],
    [
      'a container of Azure',
      custom({ backup: { destinationPath: 'https://acme.blob.core.windows.net/backups/shop?sig=x' } }),
      ['warning acme.blob.core.windows.net'],
    ],
    ['a bucket of Google', custom({ store: ['gs://acme-backups'] }), ['warning gs://acme-backups']],
    ['a container by URI', custom({ store: 'azblob://backups' }), ['warning azblob://backups']],
    [
      'a container of a data lake',
      custom({ store: 'abfss://data@acme.dfs.core.windows.net/x' }),
      ['warning abfss://data@acme.dfs.core.windows.net'],
    ],
    ['a bucket by a key', custom({ provider: 'aws', objectStorage: { bucket: 'velero' } }), ['warning bucket velero']],
    [
      'a queue an autoscaler watches',
      custom({ triggers: [{ metadata: { queueURL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders' } }] }),
      ['info sqs.eu-west-1.amazonaws.com'],
    ],
    [
      'a queue by its name',
      custom({ triggers: [{ arn: 'arn:aws:sqs:eu-west-1:1:orders' }] }),
      ['info arn:aws:sqs:eu-west-1:1:orders'],
    ],
    ['a private address', custom({ endpoints: [{ address: '10.1.2.3' }] }), ['info 10.1.2.3']],
    [
      'a configuration in one text',
      config({ 'loki.yaml': loki('s3.eu-west-1.amazonaws.com') }),
      ['info bucket loki-chunks'],
    ],
    ['a database of a ConfigMap', config({ DB_HOST: rds }), [`info ${rds}`]],
    ['a database of a variable', variables({ DATABASE_URL: `postgres://app:pw@${rds}:5432/app` }), [`info ${rds}`]],
    [
      'a database of Azure',
      variables({ DB: 'tcp:acme.database.windows.net,1433' }),
      ['info acme.database.windows.net'],
    ],
    ['a bucket of variables', variables({ S3_BUCKET: 'assets' }), ['info bucket assets']],
    ['an argument', pods({ args: ['--objstore=s3://thanos'] }), ['info s3://thanos']],
    ['a host in a Secret', secret({ url: `mysql://app:pw@${rds}/app` }), [`info ${rds}`]],
    ['a bucket in a Secret, which is not said', secret({ url: 's3://key:secret@eu-west-1/bucket' }), []],
    ['credentials of a URI', custom({ url: 's3://KEY:SECRET@backups/x' }), ['warning s3://backups']],
  ])('%s', (_, manifest, expected) => {
    expect(found(manifest)).toEqual(expected);
  });

  it.each<[string, Manifest]>([
    [
      'a store in the cluster',
      custom({ store: { endpointURL: 'http://minio.shop.svc:9000', destinationPath: 's3://backups' } }),
    ],
    ['a bucket of a store in the cluster', custom({ s3: { endpoint: 'minio:9000', bucket: 'artifacts' } })],
    ['the same in one text', config({ 'loki.yaml': loki('minio.logging.svc.cluster.local:9000') })],
    ['the same in variables', variables({ S3_ENDPOINT: 'http://minio:9000', S3_BUCKET: 'assets' })],
    ['an endpoint that belongs to nobody', custom({ endpoint: 'https://s3.eu-west-1.amazonaws.com' })],
    ['images', custom({ image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1' })],
    ['a role, which is an identity', custom({ role: 'arn:aws:iam::123456789012:role/web' })],
    ['ranges of addresses', custom({ cidrs: ['10.0.0.0/8', '192.168.0.1-192.168.0.9'] })],
    ['versions', custom({ version: '10.1.2', tag: '172.16' })],
    ['what a controller reports', { ...custom({}), status: { path: 's3://backups' } }],
    ['ordinary settings', config({ LOG_LEVEL: 'info', URL: 'http://web.shop.svc:8080', BUCKET_SIZE: '10' })],
    ['a token', secret({ url: `https://${rds}` }, 'kubernetes.io/service-account-token')],
    [
      'a schema',
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', spec: { d: 's3://bucket' } },
    ],
  ])('not %s', (_, manifest) => {
    expect(found(manifest)).toEqual([]);
  });

  it('are not shared any more where a transform has changed them', () => {
    const at = (path: string): Manifest => custom({ backup: { destinationPath: path } });
    expect(found(at('s3://backups/shop'), at('s3://backups-target/shop'))).toEqual([]);
    expect(found(at('s3://backups/shop'), at('s3://backups/target'))).toEqual(['warning s3://backups']);
  });

  it('are said once, with where they stand and without anything secret', () => {
    const places = createSharedPlaces();
    const text = JSON.stringify(variables({ DB: `postgres://app:hunter2@${rds}:5432/app?x=hunter2` }));
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      places.add(text, { ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name }, text });
    const findings = places.findings();
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toMatch(/^Deployment shop\/a variable DB, .* and 2 more; .*two writers/);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});
