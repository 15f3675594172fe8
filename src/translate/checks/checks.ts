import { isJsonObject } from '../../core/json/value.ts';
import type { ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { TransformOutcome } from '../../core/transform/rule.ts';
import { createExposureCheck } from './exposure/exposure.ts';
import { createLeftoverCheck } from './leftovers.ts';
import type { Breach, CheckedObject, CheckFacts } from './pair.ts';
import { createPlacementCheck } from './placement.ts';
import { createStorageCheck } from './storage.ts';
import { createSelectionCheck } from './selection/selection.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Breaches of one check that are listed; the rest stand in one finding that nobody can accept by name. */
const breachesMax = 2_000;

/** The four checks of one migration, fed object by object. */
export interface TranslationChecks {
  /** `text`: as captured. */
  add(ref: ObjectRef, text: string, outcome: TransformOutcome): void;
  findings(): readonly Finding[];
}

/**
 * Compares what is desired on the target with what was captured, without a word of any rule: how far doors are open, what
 * selectors select, what pods ask their nodes for, and what is left of the platform of the source. So they hold for what
 * rules do not know, and for transforms of the user. They keep digests, never texts. Pure.
 */
export function createTranslationChecks(facts: CheckFacts): TranslationChecks {
  const exposure = createExposureCheck(facts);
  const selection = createSelectionCheck(facts);
  const placement = createPlacementCheck(facts);
  const leftovers = createLeftoverCheck(facts);
  const storage = createStorageCheck(facts);
  return {
    add(ref, text, outcome) {
      if (isPlain(ref)) return;
      const before = { ref, text, root: decoded(text) };
      const own = outcome.excluded === undefined ? [same(before, outcome)] : [];
      const made = outcome.additional.map((one): CheckedObject => ({
        ref: one.ref,
        text: one.text,
        root: decoded(one.text),
      }));
      const pair = { before, after: [...own, ...made] };
      exposure.add(pair);
      selection.add(pair, outcome.text !== text);
      placement.add(pair);
      leftovers.add(pair);
      storage.add(pair);
    },
    findings: () => [
      ...[exposure, selection, placement, leftovers].flatMap((check) => findingsOf(check.breaches())),
      ...storage.findings(),
    ],
  };
}

/** Kinds that open, select, run and name nothing: most objects of a large scope. */
function isPlain({ group, kind }: ObjectRef): boolean {
  return group === '' && (kind === 'Secret' || kind === 'Event' || kind === 'Endpoints');
}

/** What no rule changed is decoded once. */
function same(before: CheckedObject, { ref, text }: TransformOutcome): CheckedObject {
  return { ref, text, root: text === before.text ? before.root : decoded(text) };
}

function decoded(text: string): Tree {
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? (value as Tree) : {};
}

/** One finding of each object and message, in the order of names: the same objects give the same findings. */
function findingsOf(breaches: readonly Breach[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { code, subject, message, remedy, severity = 'blocker' } of breaches) {
    const key = `${severity} ${subject}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { code, severity, subject, message, remedy });
    else if (!known.message.includes(message)) found.set(key, { ...known, message: `${known.message}; ${message}` });
  }
  const all = [...found.values()].sort((one, other) => (one.subject < other.subject ? -1 : 1));
  const [first] = all;
  if (first === undefined || all.length <= breachesMax) return all;
  const remaining = all.length - breachesMax;
  return [
    ...all.slice(0, breachesMax),
    {
      ...first,
      severity: 'blocker',
      subject: `and ${remaining} more`,
      message: `${remaining} more objects have the same finding`,
    },
  ];
}
