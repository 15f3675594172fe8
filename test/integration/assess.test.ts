import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig, type CliRun, type MigrationInput } from '../support/cli-rig.ts';
import { selfSigned } from '../support/assess/certificates.ts';
import { cleanApplication, platform } from '../support/assess/clean.ts';
import { collectionOf, type Manifest } from '../support/assess/manifests.ts';
import { addNodes, runPods } from '../support/assess/nodes.ts';
import {
  plantedImages,
  plantedPods,
  plantedSettings,
  plantedTraffic,
  type Planted,
  type PlantedParts,
} from '../support/assess/planted.ts';
import { plantedPlatform } from '../support/assess/planted-platform.ts';
import { plantedPolicies } from '../support/assess/planted-policies.ts';
import { startRegistry } from '../support/assess/registry.ts';
import { countStored, targetPrint } from '../support/traces.ts';
import { startFaultProxy } from '../torture/fault-proxy.ts';
import type { Assessment } from '../../src/assess/assessment.ts';

let rig: CliRig;
let registryUrl: string;
let clean: string;
let bad: string;
const nodeAddress = '198.51.100.77';

interface AssessRun extends CliRun {
  readonly assessment: Assessment;
}

beforeAll(async () => {
  rig = await startCliRig('assess');
  [clean, bad] = [`${rig.prefix}-clean`, `${rig.prefix}-bad`];
  const registry = await startRegistry({
    'shop/web': ['amd64', 'arm64'],
    'shop/closed': 'denied',
    'shop/arm': ['arm64'],
  });
  registryUrl = registry.url;
  rig.onEnd(() => registry.close());
  const allocatable = { cpu: '4', memory: '8Gi', pods: '4' };
  await addNodes(rig, 'source', [{ name: `${rig.prefix}-s`, allocatable, address: nodeAddress }]);
  const labels = { 'topology.kubernetes.io/zone': 'mars-2a' };
  await addNodes(rig, 'target', [{ name: `${rig.prefix}-t`, allocatable, labels }]);
  const parts = {
    prefix: rig.prefix,
    namespace: clean,
    pair: await selfSigned([`shop.${rig.prefix}.example.org`], 90),
  };
  for (const side of ['source', 'target'] as const) await plant(side, platform(parts));
  await rig.namespace('source', clean, { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'shop' });
  await plant('source', cleanApplication(parts));
  await ready(clean, 'web');
});

afterAll(() => rig?.end());

/** Creates objects; cluster-scoped ones go when the rig ends, the others with their namespace. */
async function plant(side: 'source' | 'target', manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const collection = collectionOf(manifest);
    if (!manifest.metadata.namespace?.startsWith(rig.prefix)) {
      rig.onEnd(() => rig[side].call('DELETE', `${collection}/${manifest.metadata.name}`));
    }
    await served(side, collection);
    await rig.create(side, collection, manifest);
  }
}

/** A definition is served a moment after it was made. */
async function served(side: 'source' | 'target', collection: string): Promise<void> {
  await waitFor(
    async () => ((await rig[side].call('GET', `${collection}?limit=1`)).status === 200 ? true : undefined),
    {
      what: `${collection} to be served`,
      deadlineMs: 30_000,
    }
  );
}

/** Plays the kubelet until a Deployment is available. */
async function ready(namespace: string, name: string): Promise<void> {
  interface Status {
    readonly spec: { readonly replicas: number };
    readonly status?: { readonly readyReplicas?: number };
  }
  await waitFor(
    async () => {
      await runPods(rig, 'source', namespace, `${rig.prefix}-s`);
      const found = await rig.source.get<Status>(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
      return found?.status?.readyReplicas === found?.spec.replicas ? true : undefined;
    },
    { what: `Deployment ${name} to be available`, deadlineMs: 60_000, intervalMs: 500 }
  );
}

async function assess(input: MigrationInput, args: readonly string[] = []): Promise<AssessRun> {
  const registries = { 'registry.example.org': registryUrl };
  const file = rig.write({ ...input, spec: { registries, ...input.spec } });
  // No kubelet here: what needs pods is tried on the whole lab.
  const ended = await rig.landfall(['assess', '-f', file, '-o', 'json', ...args]);
  try {
    return { ...ended, assessment: JSON.parse(ended.stdout) as Assessment };
  } catch {
    throw new Error(`no assessment (exit ${ended.code}): ${ended.stdout.slice(0, 2000)}\n${ended.stderr.slice(-4000)}`);
  }
}

const codesOf = ({ assessment }: AssessRun): string[] =>
  assessment.findings.map(({ code, subject }) => `${code} ${subject}`);

describe('a clean pair', () => {
  it('has no finding, every check was made, and nothing is left behind', async () => {
    const before = { source: await clusterPrint('source'), target: await clusterPrint('target') };
    const name = `${rig.prefix}-first`;
    const run = await assess({ name, spec: { scope: { namespaces: [clean] } } });
    expect(codesOf(run)).toEqual([]);
    expect(run.assessment.coverage.notChecked).toEqual([]);
    expect([run.code, run.assessment.verdict]).toEqual([0, 'ready']);
    expect(run.assessment.scope.objects).toBeGreaterThan(10);
    expect(run.assessment.measures['dryRunObjects']).toBeGreaterThan(10);
    expect({ source: await clusterPrint('source'), target: await clusterPrint('target') }).toEqual(before);
    expect(countStored(rig.lab, `${name}/assess-scratch`).objects).toBe(0);
  });

  /** Names of namespaces, without those of earlier tests that are just going away, and of everything in the clean one. */
  async function clusterPrint(side: 'source' | 'target'): Promise<object> {
    interface List {
      readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
    }
    const { items = [] } = (await rig[side].get<List>('/api/v1/namespaces')) ?? {};
    return {
      namespaces: items
        .map(({ metadata }) => metadata)
        .filter(({ name, deletionTimestamp }) => deletionTimestamp === undefined || name.startsWith('landfall'))
        .map(({ name }) => name)
        .sort(),
      objects: await targetPrint(rig, [clean], side),
    };
  }
});

describe('a store that locks what it is given', () => {
  it('is reported with its retention, as are keys that end soon, and the assessment cleans up in it all the same', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey, credentialsFile, dataDirectory } = rig.lab.s3;
    const bucket = `${rig.prefix}-locked`;
    const client = new S3Client({
      ...{ endpoint, region, forcePathStyle: true },
      credentials: { accessKeyId, secretAccessKey },
    });
    rig.onEnd(async () => rmSync(join(dataDirectory, bucket), { recursive: true, force: true }));
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
    const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 2 } } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }));
    const file = join(rig.directory, 'ending');
    const ends = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(file, `${readFileSync(credentialsFile, 'utf8')}aws_expiration = ${ends}\n`, { mode: 0o600 });
    const location = {
      provider: 's3',
      encryption: 'none',
      endpoint,
      region,
      bucket,
      prefix: 'a/',
      credentials: { file },
    };

    const run = await assess({ location, spec: { scope: { namespaces: [clean] } } });

    expect(codesOf(run)).toEqual(['CREDENTIALS_EXPIRE Location store', 'LOCATION_LOCKED Location store']);
    const locked = run.assessment.findings.find(({ code }) => code === 'LOCATION_LOCKED');
    expect(locked?.message).toBe('its default retention is 2 days, COMPLIANCE');
    expect([run.code, run.assessment.verdict]).toEqual([0, 'conditions']);
    expect(run.assessment.measures['locationLockDays']).toBe(2);
    // What was removed is there as older versions only.
    const remaining = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'a/assess-scratch' }));
    client.destroy();
    expect(remaining.KeyCount).toBe(0);
  });
});

describe('a store behind a slow line', () => {
  it('is reported with what it writes and reads a second', async () => {
    const { endpoint, region, bucket, credentialsFile: file } = rig.lab.s3;
    const line = await startFaultProxy({ upstream: endpoint, refusal: () => ({ type: 'text/plain', text: '' }) });
    rig.onEnd(() => line.close());
    const large = 1024 * 1024;
    line.onRequest(async ({ headers }) => {
      if (Number(headers['content-length'] ?? 0) > large) await sleep(2_500);
    });
    const through = `http://127.0.0.1:${line.port}`;
    const location = {
      provider: 's3',
      encryption: 'none',
      endpoint: through,
      region,
      bucket,
      prefix: 'slow/',
      credentials: { file },
    };

    const run = await assess({ location, spec: { scope: { namespaces: [clean] } } });

    expect(codesOf(run)).toEqual(['LOCATION_SLOW Location store']);
    expect(run.assessment.findings[0]?.message).toMatch(
      /^it writes [0-3](?:\.\d)? and reads \d+(?:\.\d)? MiB per second/
    );
  });
});

describe('planted problems', () => {
  let planted: readonly Planted[];
  let run: AssessRun;
  let name: string;
  const waivers = [
    { code: 'HELM_RELEASE', subject: '*shop-release', owner: 'team shop', reason: 'known', until: '2999-12-31' },
    { code: 'LOAD_BALANCER_IP_PINNED', owner: 'team shop', reason: 'was thought to last', until: '2020-01-31' },
    { code: 'ACME_RATE_LIMIT', owner: 'team shop', reason: 'nobody knows', until: '2999-12-31' },
  ];

  beforeAll(async () => {
    await rig.namespace('source', bad, { 'pod-security.kubernetes.io/enforce': 'privileged' });
    await rig.namespace('target', bad, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    await rig.namespace('target', `${rig.prefix}-foreign`);
    const broken = { name: `${rig.prefix}-broken`, labels: { 'topology.kubernetes.io/zone': 'mars-2b' }, ready: false };
    await addNodes(rig, 'target', [{ ...broken, allocatable: { cpu: '1' } }]);
    interface ServiceLike {
      readonly spec: { readonly clusterIP: string };
    }
    const web = await rig.source.get<ServiceLike>(`/api/v1/namespaces/${clean}/services/web`);
    const parts: PlantedParts = {
      prefix: rig.prefix,
      namespace: bad,
      expired: await selfSigned(['old.example.org'], -1),
      soon: await selfSigned(['soon.example.org'], 3),
      sound: await selfSigned(['sound.example.org'], 90),
      nodePort: 30_030 + Math.floor(Math.random() * 50),
      nodeAddress,
      clusterAddress: web?.spec.clusterIP ?? '',
    };
    const gardens = [plantedPods, plantedImages, plantedTraffic, plantedSettings, plantedPlatform, plantedPolicies];
    planted = gardens.flatMap((of) => of(parts));
    for (const { source = [], target = [] } of planted) {
      await plant('source', source);
      await plant('target', target);
    }
    await leaving();
    await stored(`parts.${rig.prefix}.example.org`);
    await jobRuns();
    await bound('on-one-node');
    name = `${rig.prefix}-planted`;
    run = await assess({ name, spec: { scope: { namespaces: [bad] }, existingResourcePolicy: 'skip', waivers } }, [
      '--no-probes',
    ]);
  });

  /** An object whose deletion never ends while the test runs. */
  async function leaving(): Promise<void> {
    const maps = `/api/v1/namespaces/${bad}/configmaps`;
    const metadata = { name: 'leaving', namespace: bad, finalizers: ['example.org/hold'] };
    await rig.create('source', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await rig.source.call('DELETE', `${maps}/leaving`);
    for (const held of ['leaving', 'held']) {
      rig.onEnd(() =>
        rig.source.call('PATCH', `${maps}/${held}`, {
          type: 'application/merge-patch+json',
          text: '{"metadata":{"finalizers":[]}}',
        })
      );
    }
  }

  /** A definition whose objects may still lie in a version that is no longer served. */
  async function stored(definition: string): Promise<void> {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition}`;
    const patch = (text: object) => ({ type: 'application/json-patch+json', text: JSON.stringify(text) });
    const both = await rig.source.call(
      'PATCH',
      `${path}/status`,
      patch([{ op: 'replace', path: '/status/storedVersions', value: ['v1', 'v1beta1'] }])
    );
    const served = await rig.source.call(
      'PATCH',
      path,
      patch([{ op: 'replace', path: '/spec/versions/1/served', value: false }])
    );
    expect([both.status, served.status]).toEqual([200, 200]);
  }

  async function jobRuns(): Promise<void> {
    interface JobLike {
      readonly status?: { readonly active?: number };
    }
    await waitFor(
      async () => {
        const job = await rig.source.get<JobLike>(`/apis/batch/v1/namespaces/${bad}/jobs/long`);
        return job?.status?.active === 1 ? true : undefined;
      },
      { what: 'the Job to have a pod', deadlineMs: 60_000 }
    );
  }

  /** A claim that is bound between two assessments would be a new finding of the second. */
  async function bound(claim: string): Promise<void> {
    interface ClaimLike {
      readonly status?: { readonly phase?: string };
    }
    await waitFor(
      async () => {
        const path = `/api/v1/namespaces/${bad}/persistentvolumeclaims/${claim}`;
        return (await rig.source.get<ClaimLike>(path))?.status?.phase === 'Bound' || undefined;
      },
      { what: `claim ${claim} to be bound`, deadlineMs: 60_000 }
    );
  }

  it('are all found, each with its code', () => {
    const { findings } = run.assessment;
    const missing = planted.filter(
      (one) => !findings.some(({ code, subject }) => code === one.code && subject.includes(one.subject))
    );
    expect(missing.map(({ code, subject }) => `${code} ${subject}`)).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'NODE_NOT_READY',
        'OBJECT_TERMINATING',
        'CRD_STORED_VERSION_UNSERVED',
        'WAIVER_EXPIRED',
        'WAIVER_UNUSED',
      ])
    );
    const codes = new Set(findings.map(({ code }) => code));
    console.log(`${findings.length} findings of ${codes.size} codes in ${run.ms} ms`);
    expect(codes.size).toBeGreaterThan(80);
    expect([run.code, run.assessment.verdict]).toEqual([5, 'not-ready']);
  });

  it('say who acts, what to do and where it is described, and never a value of a secret', () => {
    for (const finding of run.assessment.findings) {
      expect(finding.remedy).not.toBe('');
      expect(finding.evidence).not.toBe('');
      expect(finding.docs).toMatch(/^docs\/reference\/(findings|errors)\.md#[a-z0-9_]+$/);
    }
    for (const value of ['never-shown', 'secret-word', 'AKIAQWERTY']) expect(run.stdout).not.toContain(value);
  });

  it('are waived until a day, and an ended waiver counts again and says so', () => {
    const { findings, counts } = run.assessment;
    expect(findings.find(({ code }) => code === 'HELM_RELEASE')?.waiver?.owner).toBe('team shop');
    expect(findings.find(({ code }) => code === 'LOAD_BALANCER_IP_PINNED')).not.toHaveProperty('waiver');
    expect(counts.waived).toBe(1);
  });

  it('are known the next time: what is new and what is gone stands out', async () => {
    await rig.source.call('DELETE', `/api/v1/namespaces/${bad}/services/pinned`);
    await rig.create('source', `/api/v1/namespaces/${bad}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'fresh' },
      spec: { type: 'ExternalName', externalName: 'fresh.example.org' },
    });
    const report = join(rig.directory, 'assessment.html');
    const spec = { scope: { namespaces: [bad] }, existingResourcePolicy: 'skip', waivers };
    const again = await assess({ name, spec }, ['--no-probes', '--report', report]);
    // How fast the store is, is measured: on a busy machine it may be slow for once.
    const fresh = again.assessment.findings.filter(({ state, code }) => state === 'new' && code !== 'LOCATION_SLOW');
    expect(fresh.map(({ code, subject }) => `${code} ${subject}`)).toEqual([`EXTERNAL_NAME Service ${bad}/fresh`]);
    expect(again.assessment.gone.map(({ code, subject }) => `${code} ${subject}`)).toContain(
      `LOAD_BALANCER_IP_PINNED Service ${bad}/pinned`
    );
    expect(again.assessment.previous?.run).toBe(run.assessment.run);
    const html = readFileSync(report, 'utf8');
    expect(html).toContain("default-src 'none'");
    for (const { code } of again.assessment.findings) expect(html).toContain(`>${code}<`);
    expect(html).not.toMatch(/<(?:link|img)\b|https?:\/\/[^"<]*\.js/);
  });
});
