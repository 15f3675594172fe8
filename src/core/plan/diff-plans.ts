import { canonicalJson } from './canonical-plan.ts';
import { describeKey } from './plan.ts';
import type { PlanAction, PlanContent } from './plan.ts';

/** One difference of two plans, as a person reads it. */
export interface PlanChange {
  /** `+` only in the new plan, `-` only in the approved one, `~` in both and other. */
  readonly sign: '+' | '-' | '~';
  /** What it is about: `create Deployment.apps shop/web`, `target cluster`. */
  readonly subject: string;
  /** What is other; '' for `+` and `-`. */
  readonly what: string;
}

/** How two plans differ: whole counts, and every change in the order of the plan. */
export interface PlanDiff {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly changes: readonly PlanChange[];
}

/**
 * Compares what was approved with what would be done now. Empty exactly when the hashes are equal. Linear in the actions.
 */
export function diffPlans(approved: PlanContent, now: PlanContent): PlanDiff {
  const changes = [...headChanges(approved, now), ...actionChanges(approved.actions, now.actions)];
  const count = (sign: PlanChange['sign']): number => changes.filter((change) => change.sign === sign).length;
  return { added: count('+'), changed: count('~'), removed: count('-'), changes };
}

/** `+ 2 actions, ~ 1, - 0`. */
export function diffText({ added, changed, removed }: Pick<PlanDiff, 'added' | 'changed' | 'removed'>): string {
  return `+ ${added}, ~ ${changed}, - ${removed}`;
}

/** Parts of the head in words; totals and what may drift follow from the actions and are reported with them. */
const headWords: Readonly<Partial<Record<keyof PlanContent, string>>> = {
  name: 'name of the migration',
  landfall: 'version of Landfall',
  configuration: 'configuration',
  source: 'source cluster',
  target: 'target cluster',
  location: 'location',
  approval: 'approval policy',
  existingResourcePolicy: 'existingResourcePolicy',
  onFailure: 'onFailure',
  onRefused: 'onRefused',
  objectRules: 'objectRules',
  namespaces: 'namespace mapping',
  storageClasses: 'storage class mapping',
  losses: 'losses',
  findings: 'findings',
};

function headChanges(approved: PlanContent, now: PlanContent): PlanChange[] {
  return (Object.keys(headWords) as (keyof PlanContent)[]).flatMap((key): PlanChange[] => {
    const [before, after] = [canonicalJson(approved[key]), canonicalJson(now[key])];
    if (before === after) return [];
    const long = before.length + after.length > 200;
    return [
      {
        sign: '~',
        subject: headWords[key] ?? key,
        what: long ? 'differs from what was approved' : `${before} -> ${after}`,
      },
    ];
  });
}

function actionChanges(approved: readonly PlanAction[], now: readonly PlanAction[]): PlanChange[] {
  const before = keyed(approved);
  const changes: PlanChange[] = [];
  for (const [key, action] of keyed(now)) {
    const old = before.get(key);
    before.delete(key);
    if (old === undefined) changes.push({ sign: '+', subject: describeAction(action), what: '' });
    else if (canonicalJson(old) !== canonicalJson(action)) {
      changes.push({ sign: '~', subject: describeAction(action), what: whatDiffers(old, action) });
    }
  }
  for (const old of before.values()) changes.push({ sign: '-', subject: describeAction(old), what: '' });
  return changes;
}

/** Stages an action of the same object can have more than one of; writes of an apply group are one, whatever their verb. */
const ownStage: ReadonlySet<string> = new Set([
  'snapshot',
  'copy',
  'upload',
  'fill',
  'hook',
  'prepare',
  'remove',
  'wait',
  'settle',
]);

function keyed(actions: readonly PlanAction[]): Map<string, PlanAction> {
  const map = new Map<string, PlanAction>();
  for (const action of actions) {
    const stage = ownStage.has(action.do) ? `${action.do} ${action.applyGroup} ${action.until ?? ''}` : 'object';
    let key = `${action.on} ${stage} ${action.object ?? ''}`;
    // Two hooks on the same pods: distinguished by their place.
    for (let again = 2; map.has(key); again += 1) key = `${key.replace(/ #\d+$/, '')} #${again}`;
    map.set(key, action);
  }
  return map;
}

/** `create Deployment.apps shop/web`, `wait for Deployment Available`. */
function describeAction(action: PlanAction): string {
  const object = action.object === undefined ? (action.until ?? action.reason ?? '') : describeKey(action.object);
  return `${action.do} ${object}`;
}

function whatDiffers(old: PlanAction, now: PlanAction): string {
  const parts: string[] = [];
  if (old.do !== now.do) parts.push(`was ${old.do}`);
  if (old.digest !== now.digest) parts.push('different content on the source, or different rules');
  if (old.live !== now.live) parts.push('different content on the target');
  if (old.applyGroup !== now.applyGroup) parts.push(`apply group ${old.applyGroup} -> ${now.applyGroup}`);
  if (old.count !== now.count) parts.push(`${old.count ?? 0} -> ${now.count ?? 0}`);
  if (canonicalJson(old.volume) !== canonicalJson(now.volume)) parts.push(volumeDiffers(old, now));
  if (canonicalJson(old.rules ?? []) !== canonicalJson(now.rules ?? [])) parts.push('different rules');
  return parts.length === 0 ? 'differs from what was approved' : parts.join('; ');
}

function volumeDiffers(old: PlanAction, now: PlanAction): string {
  const keys = ['way', 'snapshotClass', 'sourceClass', 'targetClass', 'size'] as const;
  const parts = keys.flatMap((key) => {
    const [before, after] = [old.volume?.[key] ?? '', now.volume?.[key] ?? ''];
    return before === after ? [] : [`${key} ${before} -> ${after}`];
  });
  return parts.length === 0 ? 'different volume' : parts.join(', ');
}
