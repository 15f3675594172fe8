import { hashPlan } from '../../src/config/plan-file/format.ts';
import type { Plan, PlanContent } from '../../src/core/plan/plan.ts';

export const digest = 'a'.repeat(64);
const ref = { key: 'runs/shop-7f3k/spec/x.json', sha256: digest, sizeBytes: 3 };
const range = { lowMs: 1, highMs: 2, basis: 'b' };

/** A whole plan with its hash; what a test is about is given. */
export function aPlan(more: Partial<PlanContent> = {}): Plan {
  const content: PlanContent = {
    name: 'shop',
    landfall: '0.1.0',
    configuration: digest,
    source: { name: 'old', platform: 'vks', uid: '1', version: 'v1.34.4' },
    target: { name: 'new', platform: 'eks', uid: '2', version: 'v1.34.4' },
    location: 'store',
    approval: { required: true, approvers: ['bo'], fourEyes: true, expiresAfterMs: 1_000 },
    existingResourcePolicy: 'update',
    onFailure: 'rollback',
    namespaces: [{ from: 'shop', to: 'shop-new' }],
    storageClasses: [],
    totals: { create: 1, change: 1 },
    losses: [{ rule: 'r', message: 'no: "counterpart"', count: 1, examples: ['Ingress shop/web /x'] }],
    findings: [],
    mayDrift: [],
    actions: [
      { on: 'target', do: 'create', applyGroup: 'w', object: '/ConfigMap/shop/a', digest, rules: ['one'] },
      {
        on: 'target',
        do: 'change',
        applyGroup: 'w',
        object: '/ConfigMap/shop/b',
        digest,
        live: digest,
        diff: [{ path: '/data/x', from: '"1"', to: '"2"' }],
      },
    ],
    ...more,
  };
  return {
    hash: hashPlan(content),
    made: {
      run: 'shop-7f3k',
      by: 'ana',
      at: '2026-11-21T10:00:00.000Z',
      location: { name: 'store', provider: 'filesystem', path: '/tmp/x', prefix: '', encryption: 'none' },
      spec: ref,
      plan: ref,
      estimate: {
        phases: [{ phase: 'apply', ...range }],
        lowMs: 1,
        highMs: 2,
        bytes: { objects: 1, volumesMax: 0, basis: 'b' },
        downtime: range,
      },
      seen: { captured: 2, excluded: [], findings: [] },
    },
    content,
  };
}
