import { podSpecPointer } from '../graph/pod-spec.ts';
import type { ObjectHead } from '../select/head.ts';
import type { ObjectRef } from '../resource.ts';
import {
  isLeaveOut,
  kindKey,
  type AdditionalObject,
  type Change,
  type LeaveOut,
  type Rule,
  type TransformNote,
} from '../transform/rule.ts';
import { openDraft, openWorkspace, type Draft } from './draft.ts';
import { platforms, type Direction, type KnownPlatform, type Translation } from './translation.ts';

/** One rule of the packs: data for people and one pure function. */
export interface PackRule {
  /** Permanent; plan and report cite it as `translate/<id>`. */
  readonly id: string;
  readonly from: readonly KnownPlatform[];
  readonly to: readonly KnownPlatform[];
  /** `group/Kind`; `pods` = every kind that runs pods, `*` = every kind. */
  readonly kinds: readonly string[];
  /** Which objects, in words. */
  readonly matches: string;
  /** What it does, one sentence. */
  readonly does: string;
  /** What may not survive; each is told where it happens. */
  readonly loses: readonly string[];
  /** Where the facts come from. */
  readonly sources: readonly string[];
  translate(draft: Draft, object: PackObject, translation: Translation): void;
}

export interface PackObject {
  readonly head: ObjectHead;
  /** JSON path of keys to the pod spec in the draft; undefined for kinds that run no pods. */
  readonly podSpec: readonly string[] | undefined;
  /** A cheap look into the text, before anything is decoded. */
  contains(pattern: RegExp): boolean;
}

export const everywhere: readonly KnownPlatform[] = platforms;

/** Whether a rule is part of the pack of a direction. */
export function isIn(rule: Pick<PackRule, 'from' | 'to'>, { from, to }: Direction): boolean {
  return rule.from.includes(from) && rule.to.includes(to);
}

/**
 * The rules of a direction as one rule of the transform engine: they work on one decoded copy of the object, each sees
 * what those before it did, and each change and note has the id of its own rule. An object is shown only to rules that
 * know its kind. Without a translation in the context it does nothing.
 */
export function asRule(pack: readonly PackRule[]): Rule {
  const known = new Map<string, readonly PackRule[]>();
  const rulesOf = (ref: ObjectRef): readonly PackRule[] => {
    const key = kindKey(ref);
    const before = known.get(key);
    if (before !== undefined) return before;
    const runsPods = podSpecPointer(ref) !== undefined;
    const rules = pack.filter(
      ({ kinds }) => kinds.includes('*') || kinds.includes(key) || (runsPods && kinds.includes('pods'))
    );
    known.set(key, rules);
    return rules;
  };
  return {
    id: 'translate',
    describe: 'Translates what differs between the platforms of both sides.',
    appliesTo: () => true,
    apply({ head, view }, { translation }) {
      if (translation === undefined) return [];
      const workspace = openWorkspace(view);
      const object: PackObject = {
        head,
        podSpec: podSpecPointer(head.ref)?.slice(1).split('/'),
        contains: (pattern) => pattern.test(view.text()),
      };
      const changes: Change[] = [];
      const notes: TransformNote[] = [];
      const additional: AdditionalObject[] = [];
      for (const rule of rulesOf(head.ref)) {
        const draft = openDraft(`translate/${rule.id}`, workspace);
        rule.translate(draft, object, translation);
        const result = draft.result();
        if (isLeaveOut(result)) return leaveOutAfter(result, notes, additional);
        changes.push(...result.changes);
        notes.push(...result.notes);
        additional.push(...result.additional);
      }
      return { changes, notes, additional };
    },
  };
}

/** What rules before said is about an object that will not be, unless another comes in its place. */
function leaveOutAfter(
  result: LeaveOut,
  notes: readonly TransformNote[],
  additional: readonly AdditionalObject[]
): LeaveOut {
  const instead = [...additional, ...(result.instead ?? [])];
  const own = result.notes ?? [];
  return { ...result, instead, notes: instead.length === 0 ? own : [...notes, ...own] };
}
