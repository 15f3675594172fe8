import { describe, expect, it } from 'vitest';
import type { TranslationSpec } from '../../src/core/spec/spec.ts';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import { dependenciesOf } from '../../src/core/graph/dependencies-of.ts';
import { createPodNeeds } from '../../src/core/graph/pod-needs.ts';
import { describeRef } from '../../src/core/resource.ts';
import { clusterDependencies } from '../../src/core/select/dependencies.ts';
import { readHead } from '../../src/core/select/head.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { createClaimUsers } from '../../src/core/volumes/claim-users.ts';
import { contextOf, resourceOf, translate, translationOf } from './setting.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [key: string]: unknown;
}

const metadata = { name: 'web', namespace: 'shop' };
const containers = [{ name: 'web', image: 'ghcr.io/shop/web:1' }];

/** The same pod spec, in the words of several operators. */
const forms: readonly (readonly [string, (spec: object, labels?: object) => Manifest])[] = [
  [
    'Deployment',
    (spec, labels = { app: 'web' }) => ({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    }),
  ],
  [
    'Rollout',
    (spec, labels = { app: 'web' }) => ({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    }),
  ],
  [
    'ScaledJob',
    (spec, labels) => ({
      ...{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledJob', metadata },
      spec: { jobTargetRef: { template: { metadata: { labels }, spec } }, triggers: [] },
    }),
  ],
  [
    'Elasticsearch',
    (spec, labels) => ({
      ...{ apiVersion: 'elasticsearch.k8s.elastic.co/v1', kind: 'Elasticsearch', metadata },
      spec: { nodeSets: [{ name: 'a', podTemplate: { metadata: { labels }, spec } }] },
    }),
  ],
];

const direction: Direction = { from: 'eks', to: 'aks' };

function moved(manifest: Manifest, tables: Partial<TranslationSpec> = {}) {
  const translation = translationOf(direction);
  const text = JSON.stringify(manifest);
  const resource = resourceOf(manifest.apiVersion, manifest.kind);
  const outcome = translate(text, resource, { ...translation, tables: { ...translation.tables, ...tables } });
  const { from, to } = direction;
  const checks = createTranslationChecks({
    ...{ from, to, source: translation.source, target: translation.target },
    ...{ defaultExposure: 'internal', namespaceMapping: {} },
  });
  checks.add(readHead(text, resource).ref, text, outcome);
  return { outcome, findings: checks.findings().map(({ code, message }) => `${code} ${message}`) };
}

const zoned = {
  containers,
  nodeSelector: { 'eks.amazonaws.com/nodegroup': 'db' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'topology.ebs.csi.aws.com/zone', operator: 'In', values: ['eu-west-1a'] }] },
        ],
      },
    },
  },
  tolerations: [{ key: 'eks.amazonaws.com/dedicated', operator: 'Exists' }],
};

describe.each(forms)('pods of a %s', (_, form) => {
  it('are placed by the tables, as those of any workload', () => {
    const tables = { nodePools: { db: 'data' }, zones: { 'eu-west-1a': 'westeurope-1' } };
    const { outcome, findings } = moved(form(zoned), tables);
    expect(outcome.text).toContain('"kubernetes.azure.com/agentpool":"data"');
    expect(outcome.text).toContain('westeurope-1');
    expect(outcome.text).not.toMatch(/amazonaws|ebs\.csi/);
    expect(findings.filter((line) => !line.startsWith('PLACEMENT_BROKEN'))).toEqual([]);
  });

  it('are not left with annotations and variables of an identity webhook', () => {
    const env = [{ name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::1:role/x' }];
    const { outcome } = moved(form({ containers: [{ ...containers[0], env }] }));
    expect(outcome.text).not.toContain('arn:aws');
  });

  it('come from the registry of the target', () => {
    const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1';
    const tables = { registries: { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': 'shop.azurecr.io' } };
    expect(moved(form({ containers: [{ ...containers[0], image }] }), tables).outcome.text).toContain(
      'shop.azurecr.io/web:1'
    );
    expect(moved(form({ containers: [{ ...containers[0], image }] })).outcome.notes.map(({ code }) => code)).toContain(
      'TRANSLATION_UNMAPPED'
    );
  });

  it('name what has to be there', () => {
    const spec = {
      containers: [{ ...containers[0], envFrom: [{ secretRef: { name: 'login' } }] }],
      priorityClassName: 'gold',
      serviceAccountName: 'robot',
      tolerations: [{ key: 'disk', operator: 'Exists' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    };
    const manifest = form(spec);
    const text = JSON.stringify(manifest);
    const resource = resourceOf(manifest.apiVersion, manifest.kind);
    const head = readHead(text, resource);
    const needed = dependenciesOf(text, head).map(describeRef);
    expect(needed).toEqual(
      expect.arrayContaining([
        'Secret shop/login',
        'PersistentVolumeClaim shop/data',
        'ServiceAccount shop/robot',
        'PriorityClass gold',
      ])
    );
    expect(
      clusterDependencies([{ head, text, resource }]).map(({ ref, mode }) => `${mode} ${describeRef(ref)}`)
    ).toContain('capture PriorityClass gold');
    const needs = createPodNeeds();
    needs.add(head.ref, head.ref, text);
    const login = { group: '', kind: 'Secret', namespace: 'shop', name: 'login' };
    expect(needs.stuck([{ ref: login, rule: 'r', reason: 'a reason' }]).findings).toHaveLength(1);
    const users = createClaimUsers();
    users.add({ ref: head.ref, text, targetRef: head.ref, targetText: text });
    expect(users.placementOf('shop', 'data', { sourceWaits: true, targetWaits: true })).toEqual({
      source: { tolerations: spec.tolerations },
      target: { tolerations: spec.tolerations },
    });
  });

  it('are followed by their affinity into a namespace of another name', () => {
    const term = { topologyKey: 'kubernetes.io/hostname', namespaces: ['shop'], labelSelector: {} };
    const manifest = form({
      containers,
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
    });
    const text = JSON.stringify(manifest);
    const resource = resourceOf(manifest.apiVersion, manifest.kind);
    const context = { ...contextOf(translationOf(direction)), namespaceMapping: { shop: 'store' } };
    const outcome = transformObject({ head: readHead(text, resource), text, resource }, context);
    expect(outcome.text).toContain('"namespaces":["store"]');
  });

  it('are reported when nothing of the target gives what they ask for', () => {
    const { findings } = moved(form({ containers, nodeSelector: { 'shop.example.com/disk': 'fast' } }));
    expect(findings).toEqual([]);
    const driver = { name: 'v', csi: { driver: 'efs.csi.aws.com' } };
    expect(moved(form({ containers, volumes: [driver] })).findings.join()).toContain('efs.csi.aws.com');
  });

  it('say nothing where there is nothing to say', () => {
    const { outcome, findings } = moved(form({ containers }));
    expect([outcome.notes, findings]).toEqual([[], []]);
  });
});

describe('fields of scheduling without a pod spec', () => {
  const custom = (spec: object): Manifest => ({
    ...{ apiVersion: 'db.example.com/v1', kind: 'Database', metadata },
    spec,
  });
  it.each<[string, object, RegExp]>([
    [
      'a topology key',
      { affinity: { topologyKey: 'topology.ebs.csi.aws.com/zone' } },
      /topology\.kubernetes\.io\/zone/,
    ],
    [
      'a node selector in a list',
      { pools: [{ nodeSelector: { 'eks.amazonaws.com/nodegroup': 'db' } }] },
      /"kubernetes\.azure\.com\/agentpool":"data"/,
    ],
    [
      'node affinity without a word around it',
      { placement: { all: { nodeAffinity: zoned.affinity.nodeAffinity } } },
      /westeurope-1/,
    ],
  ])('%s is translated', (_, spec, expected) => {
    const tables = { nodePools: { db: 'data' }, zones: { 'eu-west-1a': 'westeurope-1' } };
    expect(moved(custom(spec), tables).outcome.text).toMatch(expected);
  });

  it('are left alone where they mean nothing of a platform', () => {
    const spec = {
      nodeSelector: { tier: 'db' },
      tolerations: [{ key: 'db', operator: 'Exists' }],
      topologyKey: 'rack',
    };
    const { outcome, findings } = moved(custom(spec));
    expect(JSON.parse(outcome.text)).toMatchObject({ spec });
    expect([outcome.notes, findings]).toEqual([[], []]);
  });

  it('lose no place for a label that only an operator writes', () => {
    const spec = { runner: { containers, serviceAccountName: 'robot' } };
    const { outcome } = moved(custom(spec), { identities: { 'shop/robot': 'client' } });
    expect(JSON.parse(outcome.text)).toMatchObject({ spec });
    expect(outcome.notes.map(({ code }) => code)).toEqual(['TRANSLATION_MANUAL']);
  });
});

describe('selection', () => {
  it('counts the templates of custom resources', () => {
    const [, rollout] = forms[1] ?? [];
    if (rollout === undefined) throw new Error('no form');
    const checks = createTranslationChecks({
      ...{ ...direction, defaultExposure: 'internal' as const, namespaceMapping: {} },
    });
    const service = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { selector: { app: 'web' } },
    };
    const add = (before: Manifest, after: Manifest): void => {
      const text = JSON.stringify(before);
      const { ref } = readHead(text, resourceOf(before.apiVersion, before.kind));
      const empty = { changes: [], notes: [], deferred: [], owners: [], additional: [] };
      checks.add(ref, text, { ...empty, ref, text: JSON.stringify(after) });
    };
    add(rollout({ containers }), rollout({ containers }, { app: 'other' }));
    add(service, service);
    const found = checks.findings().map(({ code, subject }) => `${code} ${subject}`);
    expect(found).toContain('SELECTION_CHANGED Service shop/web');
  });
});
