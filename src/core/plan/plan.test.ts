import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectRef } from '../resource.ts';
import type { MigrationSpec } from '../spec/spec.ts';
import { approverText, judgeApprovals, mayApprove } from './approval.ts';
import type { ApprovalRecord } from './approval.ts';
import { buildPlan, configurationText } from './build-plan.ts';
import type { JudgedObject, PlanInput } from './build-plan.ts';
import { canonicalJson, canonicalPlan } from './canonical-plan.ts';
import { diffPlans, diffText } from './diff-plans.ts';
import { driftingOf, scaledBy } from './drift.ts';
import { lossesOf } from './losses.ts';
import { estimateRun } from './estimate.ts';
import type { PlanContent } from './plan.ts';
import type { ClaimMove } from '../volumes/contract.ts';

const spec = {
  name: 'shop',
  source: { name: 'old', platform: 'vks', kubeconfig: { path: '/a' } },
  target: { name: 'new', platform: 'eks', kubeconfig: { path: '/b' } },
  location: { name: 'store', provider: 's3', prefix: 'p/' },
  namespaceMapping: { shop: 'shop-new' },
  storageClasses: { '*': 'gp3' },
  existingResourcePolicy: 'update',
  onFailure: 'rollback',
  volumes: { mode: 'move', parallel: 4 },
  hooks: {
    pre: [
      {
        name: 'freeze',
        namespace: 'shop',
        podSelector: 'app=db',
        container: 'db',
        command: ['fsfreeze', '-f', 'SECRET'],
        timeoutMs: 1,
        onError: 'fail',
      },
    ],
    post: [],
  },
  landfallNamespace: 'landfall-system',
} as unknown as MigrationSpec;

const refOf = (kind: string, name: string, group = ''): ObjectRef => ({ group, kind, namespace: 'shop-new', name });

function anObject(kind: string, name: string, more: Partial<JudgedObject> = {}): JudgedObject {
  return {
    ref: refOf(kind, name),
    digest: name.padEnd(64, '0'),
    rules: [],
    awaited: false,
    verdict: 'create',
    ...more,
  };
}

const aClaim = (name: string): ClaimMove => ({
  namespace: 'shop',
  name,
  targetNamespace: 'shop-new',
  way: 'snapshot',
  snapshotClass: 'csi',
  sourceClass: 'vsan',
  targetClass: 'gp3',
  size: '10Gi',
  accessModes: ['ReadWriteOnce'],
});

/** What is hashed; equal exactly where the hash is. */
const hashPlan = (content: PlanContent): string => [...canonicalPlan(content)].join('');

const facts = { uid: 'u', version: 'v1.34.4' };
const input: PlanInput = {
  spec,
  landfall: '0.1.0',
  configuration: 'c'.repeat(64),
  source: { name: 'old', platform: 'vks', ...facts },
  target: { name: 'new', platform: 'eks', ...facts },
  applyGroups: [
    { name: 'namespaces', objects: [anObject('Namespace', 'shop-new', { awaited: true })], claims: [], settle: 0 },
    {
      name: 'configuration',
      objects: [
        anObject('ConfigMap', 'a'),
        anObject('ConfigMap', 'b', {
          verdict: 'change',
          live: 'b'.repeat(64),
          diff: [{ path: '/data', from: '1', to: '2' }],
        }),
      ],
      claims: [anObject('PersistentVolumeClaim', 'data')],
      settle: 0,
    },
    { name: 'settle', objects: [], claims: [], settle: 3 },
  ],
  claims: [aClaim('data'), aClaim('backup')],
  excluded: [{ ref: refOf('Job', 'once', 'batch'), rule: 'served', reason: 'not served' }],
  losses: lossesOf([{ ref: refOf('Ingress', 'web'), note: { rule: 'lb', path: '/x', message: 'no counterpart' } }]),
  findings: [{ code: 'VOLUME_UNBOUND', severity: 'warning', subject: 's', message: 'm', remedy: 'r' }],
};

describe('a plan', () => {
  const plan = buildPlan(input);
  const said = plan.actions.map(({ on, do: verb, object = '' }) => `${on} ${verb} ${object}`.trim());

  it('has every action in the order of the run', () => {
    expect(said).toEqual([
      'source prepare /Namespace//landfall-system',
      'target prepare /Namespace//landfall-system',
      'source hook /Pod/shop/app=db',
      'source snapshot /PersistentVolumeClaim/shop/backup',
      'source snapshot /PersistentVolumeClaim/shop/data',
      'source upload /PersistentVolumeClaim/shop/backup',
      'target fill /PersistentVolumeClaim/shop-new/backup',
      'source upload /PersistentVolumeClaim/shop/data',
      'target fill /PersistentVolumeClaim/shop-new/data',
      'target create /Namespace/shop-new/shop-new',
      'target wait',
      'target bind /PersistentVolumeClaim/shop-new/data',
      'target create /ConfigMap/shop-new/a',
      'target change /ConfigMap/shop-new/b',
      'target settle',
      'source remove',
      'source remove /Namespace//landfall-system',
      'target remove /Namespace//landfall-system',
      'target exclude batch/Job/shop-new/once',
    ]);
    expect(plan.totals).toMatchObject({ create: 2, change: 1, exclude: 1, snapshot: 2, bind: 1 });
  });

  it('says nothing of what a hook gets as arguments', () => {
    expect(canonicalJson(plan)).not.toContain('SECRET');
  });

  it('makes a blocker of an object that is there with other content where the policy is fail', () => {
    const conflict = anObject('ConfigMap', 'b', { verdict: 'conflict', diff: [{ path: '/data', from: '1', to: '2' }] });
    const { findings } = buildPlan({
      ...input,
      applyGroups: [{ name: 'w', objects: [conflict], claims: [], settle: 0 }],
    });
    expect(findings[0]).toMatchObject({
      code: 'OBJECT_CONFLICT',
      severity: 'blocker',
      subject: 'new: ConfigMap shop-new/b',
    });
  });

  it('has who accepts a finding, under its hash', () => {
    const accepted = { owner: 'ana', reason: 'known', until: '2026-12-31' };
    const breach = { code: 'EXPOSURE_WIDENED', severity: 'blocker', subject: 's', message: 'm', remedy: 'r' } as const;
    const { findings, ...rest } = buildPlan({ ...input, findings: [{ ...breach, waiver: accepted }] });
    expect(findings).toEqual([
      { code: 'EXPOSURE_WIDENED', severity: 'blocker', subject: 's', message: 'm', waiver: accepted },
    ]);
    const open = buildPlan({ ...input, findings: [breach] });
    expect(hashPlan({ ...rest, findings })).not.toBe(hashPlan(open));
  });

  it('is the same bytes whatever order its unordered parts come in', () => {
    const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
    const notes = Array.from({ length: 6 }, (_, index) => ({
      ref: refOf('Ingress', `i${index}`),
      note: { rule: `r${index % 2}`, path: '/x', message: `m${index % 3}` },
    }));
    const excluded = Array.from({ length: 6 }, (_, index) => ({
      ref: refOf('Pod', `p${index}`),
      rule: 'r',
      reason: 'x',
    }));
    const rules = ['one', 'two', 'three'];
    const whole = { ...input, losses: lossesOf(notes), excluded, claims: [aClaim('a'), aClaim('b'), aClaim('c')] };
    const hash = hashPlan(buildPlan(withRules(whole, rules)));
    fc.assert(
      fc.property(shuffled(notes), shuffled(excluded), shuffled(whole.claims), shuffled(rules), (a, b, c, d) => {
        expect(hashPlan(buildPlan(withRules({ ...whole, losses: lossesOf(a), excluded: b, claims: c }, d)))).toBe(hash);
      }),
      { numRuns: 100 }
    );
  });

  const withRules = (whole: PlanInput, rules: readonly string[]): PlanInput => ({
    ...whole,
    applyGroups: [{ name: 'w', objects: [anObject('ConfigMap', 'a', { rules })], claims: [], settle: 0 }],
  });

  it('does not depend on where clusters and store are reached from', () => {
    const elsewhere = { ...spec, source: { ...spec.source, kubeconfig: { path: '/other' } }, dryRun: true };
    expect(configurationText(elsewhere as MigrationSpec)).toEqual(configurationText(spec));
    expect(configurationText({ ...spec, onFailure: 'keep' })).not.toEqual(configurationText(spec));
  });
});

describe('the difference of two plans', () => {
  const plan = buildPlan(input);
  const change = (actions: (all: PlanContent['actions']) => PlanContent['actions']): PlanContent => ({
    ...plan,
    actions: actions(plan.actions),
  });

  it('is empty exactly where the hashes are equal', () => {
    expect(diffPlans(plan, buildPlan(input)).changes).toEqual([]);
    const part = fc.integer({ min: 0, max: plan.actions.length - 1 });
    fc.assert(
      fc.property(part, fc.constantFrom('drop', 'digest', 'applyGroup', 'verb'), (at, how) => {
        const other = change((all) =>
          all.flatMap((action, index) => {
            if (index !== at) return [action];
            if (how === 'drop') return [];
            if (how === 'digest') return [{ ...action, digest: 'e'.repeat(64) }];
            return [how === 'applyGroup' ? { ...action, applyGroup: 'other' } : { ...action, do: 'keep' as const }];
          })
        );
        const differs = hashPlan(other) !== hashPlan(plan);
        expect(diffPlans(plan, other).changes.length > 0).toBe(differs);
      })
    );
  });

  it('names what is new, gone and other, with what is other about it', () => {
    const now = buildPlan({
      ...input,
      target: { ...input.target, version: 'v1.35.0' },
      claims: [{ ...aClaim('data'), targetClass: 'io2' }, aClaim('backup')],
      applyGroups: [
        input.applyGroups[0] as PlanInput['applyGroups'][number],
        {
          name: 'configuration',
          objects: [anObject('ConfigMap', 'a', { digest: 'f'.repeat(64) }), anObject('ConfigMap', 'new')],
          claims: [],
          settle: 0,
        },
      ],
    });
    const diff = diffPlans(plan, now);
    expect(diffText(diff)).toBe('+ 1, ~ 3, - 3');
    expect(diff.changes.map(({ sign, subject, what }) => `${sign} ${subject} ${what}`.trim())).toEqual([
      expect.stringMatching(/^~ target cluster .*v1\.34\.4.*v1\.35\.0/),
      '~ snapshot PersistentVolumeClaim shop/data targetClass gp3 -> io2',
      '~ create ConfigMap shop-new/a different content on the source, or different rules',
      '+ create ConfigMap shop-new/new',
      '- bind PersistentVolumeClaim shop-new/data',
      '- change ConfigMap shop-new/b',
      '- settle owner references and deferred labels',
    ]);
  });
});

describe('what may drift', () => {
  const outcome = (text: object, ref: ObjectRef) => ({
    text: JSON.stringify(text),
    ref,
    changes: [],
    notes: [],
    deferred: [],
    owners: [],
    additional: [],
  });
  const drift = (ref: ObjectRef, text: object, annotations = {}) => driftingOf(ref, outcome(text, ref), annotations);

  it('is the number of replicas, the data of a certificate, the status of a custom kind, and nothing else', () => {
    const deployment = refOf('Deployment', 'web', 'apps');
    const two = drift(deployment, { spec: { replicas: 2, x: 1 } });
    expect(two).toEqual(drift(deployment, { spec: { replicas: 5, x: 1 } }));
    expect(two).not.toEqual(drift(deployment, { spec: { replicas: 2, x: 2 } }));
    const secret = refOf('Secret', 'tls');
    expect(drift(secret, { data: { key: 'a' } })).toBeUndefined();
    const owned = { 'cert-manager.io/certificate-name': 'web' };
    expect(drift(secret, { data: { key: 'a' } }, owned)).toEqual(drift(secret, { data: { key: 'b' } }, owned));
    const widget = refOf('Widget', 'w', 'example.org');
    expect(drift(widget, { status: { a: 1 }, spec: 1 })).toEqual(drift(widget, { status: { a: 2 }, spec: 1 }));
    expect(drift(refOf('ConfigMap', 'c'), { data: { status: '1' } })).toBeUndefined();
  });

  it('reads what an autoscaler scales', () => {
    const ref = refOf('HorizontalPodAutoscaler', 'web', 'autoscaling');
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    expect(scaledBy(outcome({ spec: { scaleTargetRef: target } }, ref))).toEqual(refOf('Deployment', 'web', 'apps'));
    expect(scaledBy(outcome({ spec: {} }, ref))).toBeUndefined();
  });
});

describe('an approval', () => {
  const policy = { required: true, approvers: ['Bo', 'Ana'], fourEyes: true, expiresAfterMs: 1_000 };
  const request = { policy, author: 'ana', planHash: 'h', blockers: 0 };
  const record = (more: Partial<ApprovalRecord>): ApprovalRecord => ({
    schema: 'landfall.dev/approval/v1',
    planHash: 'h',
    run: 'r',
    gate: 'stage',
    decision: 'approved',
    by: 'bo',
    author: 'ana',
    atMs: 0,
    expiresAtMs: 1_000,
    comment: '',
    shown: { totals: {}, blockers: 0, losses: 0 },
    ...more,
  });

  it.each([
    ['bo ', request, ''],
    [' ANA', request, 'made plan h and may not'],
    ['eve', request, 'may not approve'],
    ['', request, 'no approver'],
    ['bo', { ...request, blockers: 2 }, 'open blockers: 2'],
    ['ana', { ...request, policy: { ...policy, fourEyes: false } }, ''],
  ])('by %j', (by, asked, problem) => {
    const error = mayApprove(asked, by, 'approved');
    expect(error?.code).toBe(problem === '' ? undefined : 'APPROVAL_REFUSED');
    expect(error?.what ?? '').toContain(problem);
  });

  it.each([
    ['none', [], 'APPROVAL_MISSING'],
    ['one that counts', [record({})], undefined],
    ['of another plan', [record({ planHash: 'other' })], 'APPROVAL_MISSING'],
    ['by the author, forged', [record({ by: 'ana' })], 'APPROVAL_MISSING'],
    ['expired', [record({ expiresAtMs: 10 })], 'APPROVAL_MISSING'],
    ['and a refusal', [record({}), record({ by: 'ana', decision: 'refused' })], 'APPROVAL_REFUSED'],
  ] as const)('%s', (_, records, code) => {
    const { approvals, error } = judgeApprovals(request, records, 500);
    expect(error?.code).toBe(code);
    expect(approvals).toHaveLength(code === undefined ? 1 : 0);
  });

  it('names who was seen beside who is claimed, and counts by the claim', () => {
    const observed = { user: 'ana', host: 'build-1' };
    expect(approverText({ by: 'bo' })).toBe('bo');
    expect(judgeApprovals(request, [record({ observed })], 500).approvals).toHaveLength(1);
    expect(judgeApprovals(request, [record({ observed, expiresAtMs: 10 })], 500).error?.what).toBe(
      'the approval of plan h by bo (user ana on host build-1) has expired'
    );
    const refused = judgeApprovals(request, [record({ observed, decision: 'refused' })], 500);
    expect(refused.error?.what).toBe('bo (user ana on host build-1) refused plan h');
  });

  it('is not needed where the file asks for none, but a refusal counts', () => {
    const free = { ...request, policy: { ...policy, required: false } };
    expect(judgeApprovals(free, [], 0).error).toBeUndefined();
    expect(judgeApprovals(free, [record({ decision: 'refused' })], 0).error?.code).toBe('APPROVAL_REFUSED');
  });
});

describe('an estimate', () => {
  const base = {
    captured: 1_000,
    capturedBytes: 1,
    writes: 1_000,
    awaited: 0,
    waitingApplyGroups: 0,
    volumes: [],
    volumesInParallel: 4,
    hooksMaxMs: 0,
  };

  it('is a range that grows with the work, and says where it comes from', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.nat({ max: 20 }), (objects, volumes) => {
        const sized = Array.from({ length: volumes }, () => ({ sizeBytes: 2 ** 30, way: 'snapshot' as const }));
        const { lowMs, highMs, phases } = estimateRun({ ...base, captured: objects, writes: objects, volumes: sized });
        const more = estimateRun({ ...base, captured: objects + 1_000, writes: objects + 1_000, volumes: sized });
        expect(lowMs).toBeLessThanOrEqual(highMs);
        expect(more.highMs).toBeGreaterThan(highMs);
        expect(phases.every(({ basis }) => basis !== '')).toBe(true);
      })
    );
  });

  it('has downtime only where something stands still', () => {
    const volumes = [{ sizeBytes: 2 ** 30, way: 'snapshot' as const }];
    expect(estimateRun({ ...base, volumes }).downtime.highMs).toBe(0);
    expect(estimateRun({ ...base, volumes, hooksMaxMs: 5_000 }).downtime).toMatchObject({ lowMs: 0, highMs: 5_000 });
    const quiesced = [{ sizeBytes: 2 ** 30, way: 'copyWhileQuiesced' as const }];
    expect(estimateRun({ ...base, volumes: quiesced }).downtime.lowMs).toBeGreaterThan(0);
  });
});
