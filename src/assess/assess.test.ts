import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../core/spec/spec.ts';
import { cpuMilli, podAmounts } from '../core/nodes/amounts.ts';
import { catalogue } from '../core/findings/catalogue/index.ts';
import { checks, judge } from './checks/index.ts';
import { assessmentExitCode } from './exit-code.ts';
import type { AssessFacts, ClusterFacts } from './facts.ts';
import type { RawFinding } from '../core/findings/finding.ts';
import { isPrivateHost, parseImage, providerOf } from '../core/image-reference.ts';
import type { Kube, NodeObject } from '../core/kube-objects.ts';
import { podToAsk } from './pod-to-ask.ts';
import { assemble } from './report.ts';
import type { AssessmentInput } from './report.ts';
import { selects, tolerates } from '../core/nodes/placement.ts';
import { factKinds } from '../core/findings/fact-kinds.ts';
import type { FactKind } from '../core/findings/fact-kinds.ts';
import type { Assessment } from './assessment.ts';

const now = '2026-11-21T10:00:00Z';

function cluster(name: string, lists: ClusterFacts['lists'] = {}): ClusterFacts {
  const empty = Object.fromEntries((Object.keys(factKinds) as FactKind[]).map((kind) => [kind, []]));
  return { name, gitVersion: 'v1.34.4', resources: [], lists: { ...empty, ...lists }, unread: {} };
}

function factsOf(more: Partial<AssessFacts> = {}): AssessFacts {
  const spec = { namespaceMapping: {}, storageClasses: {}, volumes: { mode: 'none' }, target: { platform: 'generic' } };
  return {
    now,
    spec: spec as unknown as MigrationSpec,
    source: cluster('old'),
    target: cluster('new'),
    scope: { namespaces: ['shop'], objects: [], secrets: [], addresses: [], written: [], leaving: [] },
    bundles: [],
    credentials: [],
    ...more,
  };
}

const raw = (code: RawFinding['code'], subject: string): RawFinding => ({
  code,
  subject,
  namespace: 'shop',
  message: 'so it is',
  evidence: 'seen',
});

function assessmentOf(findings: readonly RawFinding[], more: Partial<AssessmentInput> = {}): Assessment {
  const side = { name: 'a', platform: 'generic', version: 'v1.34.4', uid: 'u' };
  return assemble({
    run: 'shop-0001',
    name: 'shop',
    landfall: '0',
    started: now,
    finished: now,
    source: side,
    target: side,
    scope: { namespaces: ['shop', 'other'], objects: 1, claims: 0, specSha256: '' },
    measures: {},
    raw: findings,
    outcomes: [{ id: 'a/b', group: 'api', ran: true, why: '' }],
    waivers: [],
    previous: undefined,
    ...more,
  });
}

describe('checks', () => {
  it('find nothing in empty facts, and every code they may give is in the catalogue once', () => {
    const { findings, outcomes } = judge(factsOf());
    expect(findings).toEqual([]);
    expect(outcomes.every(({ ran }) => ran)).toBe(true);
    for (const { codes } of checks) for (const code of codes) expect(catalogue).toHaveProperty(code);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });

  it('are not made without the lists they need, and say why', () => {
    const { nodes: _, ...lists } = cluster('new').lists;
    const target = { ...cluster('new'), lists, unread: { nodes: 'this user is not allowed to list them' } };
    const { outcomes } = judge(factsOf({ target }));
    const placement = outcomes.find(({ id }) => id === 'capacity/placement');
    expect(placement).toMatchObject({ ran: false, why: 'nodes of new: this user is not allowed to list them' });
  });

  it('are bounded by the scope: a workload that is excluded is not judged', () => {
    const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const object = {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 1, template: { spec: { nodeSelector: { pool: 'gpu' }, containers: [] } } },
      status: { readyReplicas: 1 },
    } as Kube;
    const scoped = { ref, targetNamespace: 'shop', object, desired: object };
    const found = (excluded: boolean) => {
      const scope = { ...factsOf().scope, objects: [{ ...scoped, excluded }] };
      return judge(factsOf({ scope })).findings.map(({ code }) => code);
    };
    expect(found(false)).toContain('NODE_NONE_FITS');
    expect(found(true)).toEqual([]);
  });
});

describe('a target without a node that takes pods', () => {
  it('is one finding, not one for each workload and each bound', () => {
    const run = (name: string) => ({
      ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
      ...{ targetNamespace: 'shop', excluded: false },
      object: {
        metadata: { name, namespace: 'shop' },
        spec: { replicas: 1, template: { spec: { containers: [] } } },
        status: { readyReplicas: 1 },
      } as Kube,
    });
    const objects = ['web', 'db'].map((name) => ({ ...run(name), desired: run(name).object }));
    const { findings } = judge(factsOf({ scope: { ...factsOf().scope, objects } }));
    expect(findings.map(({ code, subject, message }) => [code, subject, message])).toEqual([
      ['NODE_NONE_FITS', 'new', 'no node accepts pods now, and 2 workloads move'],
    ]);
  });
});

describe('placement', () => {
  const node = {
    metadata: { name: 'n', labels: { pool: 'a', 'kubernetes.io/os': 'linux' } },
    spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] },
  } as NodeObject;

  it.each([
    [{ nodeSelector: { pool: 'a' } }, true],
    [{ nodeSelector: { pool: 'b' } }, false],
    [{ affinity: required([{ key: 'pool', operator: 'In', values: ['a'] }]) }, true],
    [{ affinity: required([{ key: 'pool', operator: 'NotIn', values: ['a'] }]) }, false],
    [{ affinity: required([{ key: 'gpu', operator: 'Exists' }]) }, false],
  ])('%j', (pod, fits) => {
    expect(selects(pod, node)).toBe(fits);
  });

  it('tolerates what is tolerated', () => {
    expect(tolerates({}, node)).toBe(false);
    expect(tolerates({ tolerations: [{ operator: 'Exists' }] }, node)).toBe(true);
    expect(tolerates({ tolerations: [{ key: 'dedicated', value: 'db' }] }, node)).toBe(true);
    expect(tolerates({ tolerations: [{ key: 'dedicated', value: 'web' }] }, node)).toBe(false);
  });

  function required(matchExpressions: readonly { key: string; operator: string; values?: readonly string[] }[]) {
    return {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
    };
  }
});

describe('amounts', () => {
  it('read CPU in all its forms', () => {
    expect(['500m', '0.5', '2', '250000u', 'x', undefined].map(cpuMilli)).toEqual([500, 500, 2000, 250, 0, 0]);
  });

  it('count a pod as the scheduler does', () => {
    const one = (cpu: string) => ({ name: 'c', resources: { requests: { cpu } } });
    expect(podAmounts({ containers: [one('1'), one('1')], initContainers: [one('3')] }).cpuMilli).toBe(3000);
    const sidecar = { ...one('1'), restartPolicy: 'Always' };
    expect(podAmounts({ containers: [one('1')], initContainers: [sidecar] }).cpuMilli).toBe(2000);
    expect(podAmounts({ containers: [{ name: 'c', resources: { limits: { cpu: '2' } } }] }).cpuMilli).toBe(2000);
  });
});

describe('images', () => {
  it.each([
    ['nginx', 'docker.io library/nginx  '],
    ['shop/web:1', 'docker.io shop/web 1 '],
    ['harbor.corp:8443/a/b:2@sha256:ab', 'harbor.corp:8443 a/b 2 sha256:ab'],
    ['localhost/x', 'localhost x  '],
  ])('%s', (image, parts) => {
    const { registry, repository, tag, digest } = parseImage(image);
    expect([registry, repository, tag, digest].join(' ')).toBe(parts);
  });

  it('know whose a registry is', () => {
    expect(providerOf('123456789012.dkr.ecr.eu-west-1.amazonaws.com')).toBe('Amazon ECR');
    expect(providerOf('x.azurecr.io')).toBe('Azure');
    expect(providerOf('quay.io')).toBeUndefined();
    expect(['10.0.0.1:5000', 'harbor', 'registry.corp', 'quay.io'].map(isPrivateHost)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('podToAsk', () => {
  it('puts the claim of a template in the place of a volume of its name, as the controller does', () => {
    const volumes = [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'tmp', emptyDir: {} },
      { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } },
    ];
    const text = JSON.stringify({
      spec: { template: { spec: { containers: [], volumes } }, volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
    });
    const ref = { group: 'apps', kind: 'StatefulSet', namespace: 'shop', name: 'db' };
    const pod = JSON.parse(podToAsk(text, ref, 'tmp') ?? '') as { spec: { volumes: { name: string }[] } };
    expect(pod.spec.volumes.map(({ name }) => name)).toEqual(['data', 'tmp', 'scratch']);
  });

  it('makes a pod of the template, without names that may not be there yet, and with the claims of a set', () => {
    const text = JSON.stringify({
      spec: {
        template: {
          metadata: { labels: { app: 'db' } },
          spec: { serviceAccountName: 'db', priorityClassName: 'high', containers: [{ name: 'c', image: 'i' }] },
        },
        volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      },
    });
    const ref = { group: 'apps', kind: 'StatefulSet', namespace: 'shop', name: 'db' };
    expect(JSON.parse(podToAsk(text, ref, 'tmp') ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'landfall-assess', namespace: 'tmp', labels: { app: 'db' }, annotations: {} },
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        automountServiceAccountToken: false,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    });
    expect(podToAsk('{}', { ...ref, group: '', kind: 'ConfigMap' }, 'tmp')).toBeUndefined();
  });
});

describe('an assessment', () => {
  it('says that the run would stop of blockers alone', () => {
    const one = { ...raw('DISCOVERY_INCOMPLETE', 'a'), severity: 'info' as const };
    const { findings } = assessmentOf([one, raw('DISCOVERY_INCOMPLETE', 'b')]);
    const sorted = findings.toSorted((one, other) => one.subject.localeCompare(other.subject));
    expect(sorted.map(({ subject, consequence }) => [subject, consequence])).toEqual([
      ['a', 'The run continues, and its report includes the finding.'],
      ['b', 'The run would stop with this error.'],
    ]);
  });

  it.each([
    [[], [], 'ready'],
    [[raw('EXTERNAL_IPS', 'a')], [], 'conditions'],
    [[raw('HELM_RELEASE', 'a')], [], 'ready'],
    [[raw('QUOTA_SHORT', 'a')], ['x'], 'not-ready'],
    [[raw('EXTERNAL_IPS', 'a')], ['x'], 'unknown'],
  ])('%#: gives its verdict', (findings, missed, verdict) => {
    const outcomes = missed.map((id) => ({ id, group: 'api' as const, ran: false, why: 'no' }));
    expect(assessmentOf(findings, { outcomes }).verdict).toBe(verdict);
  });

  it('judges each namespace by its own findings', () => {
    expect(assessmentOf([raw('QUOTA_SHORT', 'a')]).verdicts).toEqual([
      { namespace: 'shop', verdict: 'not-ready' },
      { namespace: 'other', verdict: 'ready' },
    ]);
  });

  it('compares by code and subject, never by words', () => {
    const first = assessmentOf([raw('EXTERNAL_IPS', 'a'), raw('QUOTA_SHORT', 'b')]);
    const later = '2026-11-22T10:00:00Z';
    const changed = { ...raw('EXTERNAL_IPS', 'a'), message: 'otherwise said' };
    const second = assessmentOf([changed, raw('EXTERNAL_IPS', 'c')], { previous: first, finished: later });
    expect(second.findings.map(({ subject, state, firstSeen }) => [subject, state, firstSeen])).toEqual([
      ['a', 'unchanged', now],
      ['c', 'new', later],
    ]);
    expect(second.gone.map(({ code, subject }) => `${code} ${subject}`)).toEqual(['QUOTA_SHORT b']);
  });

  it('counts a waiver to the end of its last day, and then says that it ended', () => {
    const waiver = { code: 'QUOTA_SHORT', subject: 'a*', owner: 'me', reason: 'known', until: '2026-11-21' };
    const waived = assessmentOf([raw('QUOTA_SHORT', 'a')], { waivers: [waiver] });
    expect([waived.verdict, waived.counts.waived, waived.counts.blockers]).toEqual(['ready', 1, 0]);
    const finished = '2026-11-22T00:00:00Z';
    const ended = assessmentOf([raw('QUOTA_SHORT', 'a')], { waivers: [waiver], finished });
    expect(ended.findings.map(({ code }) => code)).toEqual(['QUOTA_SHORT', 'WAIVER_EXPIRED']);
    expect(ended.verdict).toBe('not-ready');
    expect(assessmentOf([], { waivers: [waiver] }).findings.map(({ code }) => code)).toEqual(['WAIVER_UNUSED']);
  });

  it('gives its exit code', () => {
    const counts = { blockers: 0, warnings: 1, infos: 0, waived: 0, new: 0, gone: 0 };
    expect(assessmentExitCode({ ...counts, blockers: 1 }, true)).toBe(5);
    expect(assessmentExitCode(counts, true)).toBe(4);
    expect(assessmentExitCode(counts, false)).toBe(0);
  });
});

describe('checks of what translation leaves and writes', () => {
  const codesOf = (kind: object, more: object): readonly string[] => {
    const ref = { namespace: 'shop', name: 'web', ...kind } as {
      group: string;
      kind: string;
      namespace: string;
      name: string;
    };
    const object = { metadata: { name: 'web', namespace: 'shop' }, spec: {} };
    const one = { ref, targetNamespace: 'shop', object, desired: object, excluded: false, ...more };
    const scope = { namespaces: ['shop'], objects: [one], secrets: [], addresses: [], written: [], leaving: [] };
    return judge(factsOf({ scope })).findings.map(({ code }) => code);
  };
  const proxy = { group: 'projectcontour.io', kind: 'HTTPProxy' };
  const service = (loadBalancerClass?: string) => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'LoadBalancer', ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }) },
  });

  it('asks for no operator of a kind that translation excludes, and for one of a kind that is only not served', () => {
    expect(codesOf(proxy, { excluded: true })).not.toContain('OPERATOR_MISSING');
    expect(codesOf(proxy, { excluded: true, unserved: true })).toContain('OPERATOR_MISSING');
    expect(codesOf(proxy, {})).toContain('OPERATOR_MISSING');
  });

  it('warns of the load balancer class of the source, not of one that translation chose', () => {
    const kind = { group: '', kind: 'Service' };
    const chosen = 'service.k8s.aws/nlb';
    expect(codesOf(kind, { object: service(), desired: service(chosen) })).not.toContain('LOAD_BALANCER_CLASS');
    expect(codesOf(kind, { object: service('a'), desired: service(chosen) })).not.toContain('LOAD_BALANCER_CLASS');
    expect(codesOf(kind, { object: service('a'), desired: service('a') })).toContain('LOAD_BALANCER_CLASS');
  });
});

describe('operators', () => {
  const group = 'db.example.com';
  const rbac = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [group], resources: ['*'], verbs: ['*'] }];
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'operator' };
  const subjects = [{ kind: 'ServiceAccount', name: 'operator', namespace: 'ops' }];
  const pods = { serviceAccountName: 'operator', containers: [] };
  const at = (name: string, namespace?: string) => ({
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const role = { ...at('operator'), rules };
  const binding = { ...at('operator'), roleRef, subjects };
  const running = {
    clusterroles: [role],
    clusterrolebindings: [binding],
    pods: [{ ...at('operator-1', 'ops'), spec: pods } as never],
  } as ClusterFacts['lists'];
  const scoped = (refGroup: string, kind: string, object: object, excluded = false) => {
    const { name, namespace = '' } = (object as Kube).metadata;
    const one = object as Kube;
    return {
      ref: { group: refGroup, kind, namespace, name },
      targetNamespace: namespace,
      object: one,
      desired: one,
      excluded,
    };
  };
  const operator = (excluded = false) => [
    scoped(rbac, 'ClusterRole', role),
    scoped(rbac, 'ClusterRoleBinding', binding),
    scoped('apps', 'Deployment', { ...at('operator', 'ops'), spec: { template: { spec: pods } } }, excluded),
  ];
  const finalizers = [`${group}/cleanup`];
  const held = { metadata: { name: 'pg', namespace: 'shop', finalizers }, spec: {} };
  const database = { ...scoped(group, 'Database', held), desired: { ...at('pg', 'shop'), spec: {} } as Kube };
  const codesOf = (objects: readonly object[], source: ClusterFacts, target: ClusterFacts): string =>
    judge(factsOf({ source, target, scope: { ...factsOf().scope, objects: objects as never } }))
      .findings.filter(({ code }) => code === 'OPERATOR_MISSING' || code === 'FINALIZER_FOREIGN')
      .map(({ code, subject }) => `${code} ${subject}`)
      .sort()
      .join(', ');
  const served = (lists: ClusterFacts['lists'] = {}): ClusterFacts => {
    const kind = { group, kind: 'Database', version: 'v1', plural: 'databases', namespaced: true };
    return { ...cluster('new', lists), resources: [{ ...kind, verbs: [], subresources: [] }] as never };
  };
  const notThere = `FINALIZER_FOREIGN Database shop/pg, OPERATOR_MISSING kind Database.${group}`;

  it.each<[string, readonly object[], ClusterFacts, ClusterFacts, string]>([
    [
      'are asked for, with what holds deletions, where the target lacks the kind',
      [database],
      cluster('old'),
      cluster('new'),
      notThere,
    ],
    ['are not asked for where they move along', [database, ...operator()], cluster('old'), cluster('new'), ''],
    [
      'are asked for where they are left behind',
      [database, ...operator(true)],
      cluster('old'),
      cluster('new'),
      notThere,
    ],
    [
      'are asked for where the target has definitions alone',
      [database],
      cluster('old', running),
      served(),
      `OPERATOR_MISSING group ${group}`,
    ],
    [
      'are there where a pod of the target may write the kind',
      [database],
      cluster('old', running),
      served(running),
      '',
    ],
    [
      'are not asked for beside definitions where they move along',
      [database, ...operator()],
      cluster('old', running),
      served(),
      '',
    ],
    ['are not asked for where the source has none either', [database], cluster('old'), served(), ''],
  ])('%s', (_what, objects, source, target, expected) => {
    expect(codesOf(objects, source, target)).toBe(expected);
  });
});
