import { describe, expect, it } from 'vitest';
import { applyMergePatch } from '../json/patch.ts';
import type { ObjectRef } from '../resource.ts';
import type { ExistingPolicy } from '../spec/spec.ts';
import { decideConflict, keptByTarget } from './decide-conflict.ts';
import { keptFindings, refusedUpdateFinding, undecidedFindings } from './findings.ts';
import { existingPolicyOf, refusalPolicyOf } from './object-policy.ts';
import { isPlatformObject } from './platform-objects.ts';
import { sharingOf } from './sharing.ts';

const refs = {
  namespace: { group: '', kind: 'Namespace', namespace: '', name: 'shop' },
  account: { group: '', kind: 'ServiceAccount', namespace: 'shop', name: 'default' },
  otherAccount: { group: '', kind: 'ServiceAccount', namespace: 'shop', name: 'web' },
  role: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name: 'web' },
  map: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
  box: { group: 'x.example.com', kind: 'Box', namespace: 'shop', name: 'box' },
  definition: { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name: 'boxes.x' },
  job: { group: 'batch', kind: 'Job', namespace: 'shop', name: 'once' },
  claim: { group: '', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data' },
} satisfies Record<string, ObjectRef>;

function decide(policy: ExistingPolicy, ref: ObjectRef, desired: object, live: object) {
  return decideConflict(JSON.stringify(desired), JSON.stringify(live), { ref, policy });
}

const policies = ['skip', 'update', 'fail'] as const;

describe('sharingOf', () => {
  it.each([
    ['namespace', 'merged'],
    ['account', 'merged'],
    ['otherAccount', 'gathering'],
    ['role', 'gathering'],
    ['map', 'own'],
    ['box', 'own'],
    ['definition', 'definition'],
  ] as const)('%s: %s', (name, sharing) => expect(sharingOf(refs[name])).toBe(sharing));
});

describe('an object of its own', () => {
  it.each([
    ['skip', '1', 'none'],
    ['update', '1', 'none'],
    ['fail', '1', 'none'],
    ['skip', '2', 'skip'],
    ['update', '2', 'replace'],
    ['fail', '2', 'fail'],
  ] as const)('%s, desired 1, found %s: %s', (policy, found, action) => {
    const decision = decide(policy, refs.map, { data: { a: '1' } }, { data: { a: found } });
    expect(decision.action).toBe(action);
    expect(decision.differences).toHaveLength(action === 'none' ? 0 : 1);
  });

  it('is replaced under its resourceVersion and uid, with the owners, finalizers and values of the target', () => {
    const desired = { metadata: { name: 'box', finalizers: ['a', 'b'] }, spec: { size: 2 } };
    const owner = [{ kind: 'Stack', name: 's', uid: 'o' }];
    const live = {
      metadata: {
        name: 'box',
        uid: 'u',
        resourceVersion: '7',
        ownerReferences: owner,
        finalizers: ['c', 'a'],
        creationTimestamp: 'now',
      },
      spec: { size: 1 },
    };
    const decision = decide('update', refs.box, desired, live);
    expect(decision).toMatchObject({ action: 'replace' });
    expect(JSON.parse('body' in decision ? decision.body : '')).toEqual({
      metadata: { name: 'box', uid: 'u', resourceVersion: '7', ownerReferences: owner, finalizers: ['c', 'a', 'b'] },
      spec: { size: 2 },
    });
  });

  it.each<[string, ObjectRef, object, object, object]>([
    [
      'what a Job got from its controller',
      refs.job,
      { spec: { parallelism: 2, template: { metadata: { labels: { app: 'a' } } } } },
      {
        spec: {
          parallelism: 1,
          selector: { matchLabels: { u: '1' } },
          template: { metadata: { labels: { app: 'a', 'controller-uid': 'x' } } },
        },
      },
      {
        spec: {
          parallelism: 2,
          selector: { matchLabels: { u: '1' } },
          template: { metadata: { labels: { app: 'a', 'controller-uid': 'x' } } },
        },
      },
    ],
    [
      'the volume of a claim',
      refs.claim,
      { spec: { resources: { requests: { storage: '2Gi' } } } },
      { spec: { volumeName: 'pv', storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } } },
      { spec: { volumeName: 'pv', storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } } },
    ],
  ])('keeps %s', (_, ref, desired, live, body) => {
    const decision = decide('update', ref, desired, live);
    expect(JSON.parse('body' in decision ? decision.body : '{}')).toEqual(body);
  });
});

describe('a namespace that is there', () => {
  const desired = {
    metadata: { name: 'shop', labels: { app: 'shop', level: 'baseline' }, annotations: { contact: 'a' } },
  };
  const platform = { labels: { cost: '4711' }, annotations: { by: 'platform' } };
  const live = (labels: object) => ({
    metadata: { name: 'shop', resourceVersion: '7', ...platform, labels: { ...platform.labels, ...labels } },
    spec: { finalizers: ['kubernetes'] },
  });

  it.each(policies)('%s: gets what it lacks and keeps what the platform gave it', (policy) => {
    const there = live({});
    const decision = decide(policy, refs.namespace, desired, there);
    expect(decision.action).toBe('merge');
    const body = 'body' in decision ? decision.body : '';
    expect(JSON.parse(body)).toEqual({
      metadata: { resourceVersion: '7', labels: { app: 'shop', level: 'baseline' }, annotations: { contact: 'a' } },
    });
    expect(JSON.parse(applyMergePatch(JSON.stringify(there), JSON.parse(body)))).toMatchObject({
      metadata: { labels: { app: 'shop', cost: '4711' }, annotations: { by: 'platform', contact: 'a' } },
    });
  });

  it.each([
    ['skip', 'merge', { app: 'shop' }],
    ['update', 'merge', { app: 'shop', level: 'baseline' }],
    ['fail', 'fail', undefined],
  ] as const)('%s decides a key with two values: %s', (policy, action, labels) => {
    const decision = decide(policy, refs.namespace, desired, live({ level: 'restricted' }));
    expect(decision.action).toBe(action);
    const body = JSON.parse('body' in decision ? decision.body : '{"metadata":{}}') as object;
    expect(body).toMatchObject({ metadata: labels === undefined ? {} : { labels } });
  });

  it('says by name which keys have two values, and the copy of kubectl is none', () => {
    const copy = 'kubectl.kubernetes.io/last-applied-configuration';
    const both = { ...desired, metadata: { ...desired.metadata, annotations: { contact: 'a', [copy]: '{"a":1}' } } };
    const there = live({ level: 'restricted' });
    const annotated = { ...there, metadata: { ...there.metadata, annotations: { [copy]: '{"b":2}' } } };
    const kept = keptByTarget(JSON.stringify(both), JSON.stringify(annotated), { ref: refs.namespace });
    expect(kept.map(({ path }) => path)).toEqual(['/metadata/labels/level']);
  });

  it('is left alone when it has everything', () => {
    const whole = { ...live({ app: 'shop', level: 'baseline' }) };
    const there = { ...whole, metadata: { ...whole.metadata, annotations: { contact: 'a', by: 'platform' } } };
    for (const policy of policies) expect(decide(policy, refs.namespace, desired, there).action).toBe('none');
  });
});

describe('the default account', () => {
  const desired = {
    metadata: { name: 'default', annotations: { role: 'a' } },
    imagePullSecrets: [{ name: 'registry' }],
  };

  it.each(policies)('%s: gets pull secrets and annotations beside what it has', (policy) => {
    const live = {
      metadata: { name: 'default', resourceVersion: '7' },
      secrets: [{ name: 'default-token-abcde' }],
      imagePullSecrets: [{ name: 'platform' }],
    };
    const decision = decide(policy, refs.account, desired, live);
    expect(JSON.parse('body' in decision ? decision.body : '')).toEqual({
      metadata: { resourceVersion: '7', annotations: { role: 'a' } },
      imagePullSecrets: [{ name: 'platform' }, { name: 'registry' }],
    });
  });

  it('has one value for whether tokens are mounted, decided by the policy', () => {
    const asked = { metadata: { name: 'default' }, automountServiceAccountToken: false };
    const live = { metadata: { name: 'default' }, automountServiceAccountToken: true };
    expect(policies.map((policy) => decide(policy, refs.account, asked, live).action)).toEqual([
      'none',
      'merge',
      'fail',
    ]);
  });
});

describe('objects that gather what others put on them', () => {
  it('an account keeps pull secrets and annotations of the target under update', () => {
    const desired = { metadata: { name: 'web', annotations: { a: '1' } }, imagePullSecrets: [{ name: 'mine' }] };
    const live = {
      metadata: { name: 'web', resourceVersion: '7', annotations: { a: '2', cloud: 'role' } },
      imagePullSecrets: [{ name: 'theirs' }],
    };
    const decision = decide('update', refs.otherAccount, desired, live);
    expect(JSON.parse('body' in decision ? decision.body : '')).toMatchObject({
      metadata: { annotations: { a: '1', cloud: 'role' } },
      imagePullSecrets: [{ name: 'theirs' }, { name: 'mine' }],
    });
  });

  it('a label of Helm on a cluster-scoped object is no conflict', () => {
    const live = { metadata: { name: 'web', labels: { helm: 'x' } }, rules: [] };
    expect(decide('fail', refs.role, { metadata: { name: 'web' }, rules: [] }, live).action).toBe('none');
  });

  it('different rules are', () => {
    const live = { metadata: { name: 'web' }, rules: [{ verbs: ['get'] }] };
    const desired = { metadata: { name: 'web' }, rules: [{ verbs: ['list'] }] };
    expect(policies.map((policy) => decide(policy, refs.role, desired, live).action)).toEqual([
      'skip',
      'replace',
      'fail',
    ]);
  });
});

describe('a definition that is there', () => {
  it.each(policies)('%s: is never written', (policy) => {
    const decision = decide(policy, refs.definition, { spec: { versions: ['v1'] } }, { spec: { versions: ['v2'] } });
    expect(decision).toEqual({ action: 'none', differences: [] });
  });
});

describe('rules for objects', () => {
  const spec = {
    existingResourcePolicy: 'fail',
    objectRules: [
      { kinds: ['ClusterRole'], namespaces: [], names: ['web', 'api-*'], existingResourcePolicy: 'skip' },
      { kinds: [], namespaces: ['shop'], names: [], onRefused: 'continue' },
      { kinds: ['configmaps'], namespaces: [], names: [], existingResourcePolicy: 'update', onRefused: 'rollback' },
    ],
  } as const;
  const subject = (kind: string, plural: string, namespace: string, name: string) => ({
    ref: { namespace, name },
    resource: { group: plural === 'clusterroles' ? 'rbac.authorization.k8s.io' : '', kind, plural },
  });

  it.each([
    [subject('ClusterRole', 'clusterroles', '', 'api-1'), 'skip', 'rollback'],
    [subject('ClusterRole', 'clusterroles', '', 'other'), 'fail', 'rollback'],
    [subject('ConfigMap', 'configmaps', 'shop', 'a'), 'update', 'continue'],
    [subject('ConfigMap', 'configmaps', 'bank', 'a'), 'update', 'rollback'],
    [subject('Secret', 'secrets', 'shop', 'a'), 'fail', 'continue'],
  ] as const)('%j: %s, %s', (of, existing, refused) => {
    expect(existingPolicyOf(spec, of)).toBe(existing);
    expect(refusalPolicyOf(spec, of)).toBe(refused);
  });

  it('without any, the settings of the whole run count', () => {
    const of = subject('Secret', 'secrets', 'shop', 'a');
    expect(existingPolicyOf({ existingResourcePolicy: 'skip' }, of)).toBe('skip');
    expect(refusalPolicyOf({ existingResourcePolicy: 'skip', onRefused: 'continue' }, of)).toBe('continue');
  });
});

describe('what stays by the policy skip', () => {
  const differs = (...paths: string[]) => ({ ref: refs.map, diff: paths.map((path) => ({ path })) });
  it('is one finding with the first places of each', () => {
    expect(keptFindings('west', [])).toEqual([]);
    expect(keptFindings('west', [differs('/data/a', '/data/b', '/data/c'), differs('/data/d')])).toMatchObject([
      {
        ...{ code: 'OBJECTS_KEPT', severity: 'warning', subject: 'west: 2 objects' },
        message: expect.stringContaining('ConfigMap shop/settings /data/a, /data/b and 1 more, ConfigMap'),
      },
    ]);
  });
});

describe('an update that the target refuses', () => {
  it.each([
    ['rollback', 'blocker'],
    ['continue', 'warning'],
  ] as const)('where a refusal means %s is a %s, with the reason of the server', (refused, severity) => {
    const finding = refusedUpdateFinding(
      'west',
      { ref: refs.map, why: `data: Forbidden: ${'x'.repeat(400)}` },
      refused
    );
    expect(finding).toMatchObject({ code: 'UPDATE_REFUSED', severity, subject: 'west: ConfigMap shop/settings' });
    expect(finding.message).toMatch(/data: Forbidden: x+…$/);
  });
});

describe('an update of which the target cannot say beforehand whether it takes it', () => {
  it('is counted with the others of the same reason', () => {
    const of = (ref: ObjectRef, why: string) => ({ ref, why });
    const updates = [of(refs.map, 'a webhook'), of(refs.box, 'a policy'), of(refs.job, 'a webhook')];
    expect(undecidedFindings('west', updates)).toMatchObject([
      {
        ...{ code: 'CHECK_NOT_MADE', severity: 'info', subject: 'west: ConfigMap shop/settings and 1 more' },
        message: 'it is not known before the run whether the target accepts 2 updates: a webhook',
      },
      { subject: 'west: Box shop/box', message: expect.stringMatching(/accepts 1 update: a policy$/) },
    ]);
    expect(undecidedFindings('west', [])).toEqual([]);
  });
});

describe('isPlatformObject', () => {
  it.each([
    ['', 'ResourceQuota', 'q', true],
    ['', 'LimitRange', 'l', true],
    ['networking.k8s.io', 'NetworkPolicy', 'default-deny', true],
    ['', 'ServiceAccount', 'default', true],
    ['', 'ServiceAccount', 'web', false],
    ['', 'ConfigMap', 'settings', false],
    ['apps', 'Deployment', 'web', false],
  ] as const)('%s/%s %s: %s', (group, kind, name, platform) => {
    expect(isPlatformObject({ group, kind, name })).toBe(platform);
  });
});
