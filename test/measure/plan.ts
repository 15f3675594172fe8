import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatPlan, hashPlan } from '../../src/config/plan-file/format.ts';
import { parsePlan } from '../../src/config/plan-file/read.ts';
import { dependenciesOf } from '../../src/core/graph/dependencies-of.ts';
import { planWaves } from '../../src/core/graph/plan-waves.ts';
import type { GraphNode } from '../../src/core/graph/plan-waves.ts';
import { changingRules, planDigest } from '../../src/core/migration/plan-entry.ts';
import { buildPlan } from '../../src/core/plan/build-plan.ts';
import type { JudgedObject } from '../../src/core/plan/build-plan.ts';
import { driftingOf } from '../../src/core/plan/drift.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { objectKey } from '../../src/core/resource.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import { readHead } from '../../src/core/select/head.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import type { TransformContext } from '../../src/core/transform/rule.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { planHtml } from '../../src/cli/plan-view/html.ts';
import { planText } from '../../src/cli/plan-view/text.ts';

/**
 * Measures planning without I/O, each size in a process of its own: `node test/measure/plan.ts --sizes 5000,50000`. Prints
 * CPU seconds and peak memory for each, and the exponent of growth. `--stages` runs one size and prints its stages.
 */
const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '5000,10000,50000' }, stages: { type: 'string' } },
});

const spec = {
  name: 'measure',
  source: { name: 'source', platform: 'generic' },
  target: { name: 'target', platform: 'generic' },
  location: { name: 'store', provider: 's3', prefix: '' },
  namespaceMapping: { shop: 'shop-new' },
  storageClasses: { '*': 'gp3' },
  existingResourcePolicy: 'fail',
  onFailure: 'rollback',
  hooks: { pre: [], post: [] },
} as unknown as MigrationSpec;
const context: TransformContext = {
  namespaceMapping: spec.namespaceMapping,
  storageClasses: spec.storageClasses,
  userTransforms: [],
  volumes: {},
  targetResources: [],
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: true,
};

const resourceOf = (group: string, kind: string, plural: string): ApiResource => ({
  ...{ group, version: 'v1', kind, plural, namespaced: true, verbs: [], subresources: [] },
});
const kinds = {
  map: resourceOf('', 'ConfigMap', 'configmaps'),
  secret: resourceOf('', 'Secret', 'secrets'),
  deployment: resourceOf('apps', 'Deployment', 'deployments'),
  service: resourceOf('', 'Service', 'services'),
};

/** One of four kinds, as an API server gives it: half ConfigMaps of 2 KiB, the rest Secrets, Deployments, Services. */
function objectAt(index: number): { readonly text: string; readonly resource: ApiResource } {
  const metadata = {
    name: `object-${index}`,
    namespace: 'shop',
    uid: `0000-${index}`,
    resourceVersion: String(index),
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: `app-${index % 100}` },
    managedFields: [
      { manager: 'kubectl', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } },
    ],
  };
  const shape = index % 8;
  if (shape < 4) return { resource: kinds.map, text: JSON.stringify({ metadata, data: { text: 'x'.repeat(2_000) } }) };
  if (shape === 4)
    return { resource: kinds.secret, text: JSON.stringify({ metadata, type: 'Opaque', data: { a: 'eA==' } }) };
  if (shape === 5) {
    const ports = [{ port: 80, targetPort: 80, protocol: 'TCP' }];
    return {
      resource: kinds.service,
      text: JSON.stringify({
        metadata,
        spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports, selector: { app: 'x' } },
      }),
    };
  }
  const containers = [
    {
      name: 'app',
      image: 'app:1',
      envFrom: [{ configMapRef: { name: `object-${index - 6}` } }],
      resources: { limits: { cpu: '1' } },
    },
  ];
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers, serviceAccountName: 'default' } };
  return {
    resource: kinds.deployment,
    text: JSON.stringify({
      metadata,
      spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template },
      status: { replicas: 2 },
    }),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function runStages(size: number): void {
  const objects = Array.from({ length: size }, (_, index) => objectAt(index));
  globalThis.gc?.();
  const base = process.memoryUsage().rss;
  const times: Record<string, number> = {};
  const stage = <T>(name: string, body: () => T): T => {
    const before = process.cpuUsage();
    const result = body();
    const { user, system } = process.cpuUsage(before);
    times[name] = (user + system) / 1e6;
    return result;
  };
  const judged = new Map<string, JudgedObject>();
  const nodes: GraphNode[] = [];
  stage('transform', () => {
    for (const { text, resource } of objects) {
      const head = readHead(text, resource);
      const outcome = transformObject(text, head, resource, context);
      const drift = driftingOf(outcome.ref, outcome, head.annotations);
      const digest = sha256(planDigest(outcome));
      if (drift !== undefined) sha256(drift.text);
      judged.set(objectKey(outcome.ref), {
        ref: outcome.ref,
        digest,
        rules: changingRules(outcome),
        awaited: false,
        verdict: 'create',
      });
      nodes.push({ ref: outcome.ref, dependsOn: dependenciesOf(outcome.text, readHead(outcome.text, resource)) });
    }
  });
  const waves = stage('order', () =>
    planWaves(nodes).map(({ name, refs }) => ({
      name,
      objects: refs.flatMap((ref) => judged.get(objectKey(ref)) ?? []),
      claims: [],
      settle: 0,
    }))
  );
  const facts = { uid: 'u', version: 'v1.34.4', platform: 'generic' as const };
  const content = stage('build', () =>
    buildPlan({
      spec,
      landfall: '0.1.0',
      configuration: 'c'.repeat(64),
      source: { name: 'source', ...facts },
      target: { name: 'target', ...facts },
      waves,
      claims: [],
      leftOut: [],
      losses: [],
      findings: [],
    })
  );
  const hash = stage('hash', () => hashPlan(content));
  const ref = { key: 'k', sha256: 'a'.repeat(64), sizeBytes: 1 };
  const made: Plan['made'] = {
    run: 'measure-1234',
    by: 'x',
    at: '2026-01-01T00:00:00Z',
    location: { name: 'store', provider: 'filesystem', path: '/x', prefix: '' },
    spec: ref,
    plan: ref,
    estimate: {
      phases: [],
      lowMs: 0,
      highMs: 0,
      bytes: { objects: 0, volumesMax: 0, basis: '' },
      downtime: { lowMs: 0, highMs: 0, basis: '' },
    },
    seen: { captured: size, leftOut: [], findings: [] },
  };
  const plan = { hash, made, content };
  const pure = Object.values(times).reduce((sum, time) => sum + time, 0);
  const rss = process.resourceUsage().maxRSS * 1_024;
  const text = stage('write', () => formatPlan(plan));
  stage('read back', () => parsePlan(text, 'plan.yaml'));
  const html = stage('html', () => planHtml(plan));
  stage('terminal', () => planText(plan, { color: false, all: false }));
  console.log(
    JSON.stringify({
      size,
      pure,
      rssMiB: rss / 2 ** 20,
      baseMiB: base / 2 ** 20,
      fileMiB: text.length / 2 ** 20,
      htmlMiB: html.length / 2 ** 20,
      times,
    })
  );
}

if (values.stages !== undefined) runStages(Number(values.stages));
else {
  const sizes = values.sizes.split(',').map(Number);
  const results = sizes.map((size) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', fileURLToPath(import.meta.url), '--stages', String(size)],
      { encoding: 'utf8' }
    );
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as {
      size: number;
      pure: number;
      rssMiB: number;
      baseMiB: number;
      fileMiB: number;
      htmlMiB: number;
      times: Record<string, number>;
    };
  });
  for (const { size, pure, rssMiB, baseMiB, fileMiB, htmlMiB, times } of results) {
    const stages = Object.entries(times).map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`);
    console.log(
      `${size} objects: ${pure.toFixed(2)} CPU s, ${rssMiB.toFixed(0)} MiB peak (${baseMiB.toFixed(0)} of it input), file ${fileMiB.toFixed(1)} MiB, page ${htmlMiB.toFixed(1)} MiB; ${stages.join(', ')}`
    );
  }
  const [first, last] = [results[0], results.at(-1)];
  if (first !== undefined && last !== undefined && first.size !== last.size) {
    const exponent = Math.log(last.pure / first.pure) / Math.log(last.size / first.size);
    console.log(`growth: exponent ${exponent.toFixed(2)} from ${first.size} to ${last.size}`);
  }
}
