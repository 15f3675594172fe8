import { podSpecPointer } from '../graph/pod-spec.ts';
import type { ObjectHead } from '../select/head.ts';
import { kindKey, type Rule } from '../transform/rule.ts';
import { openDraft, type Draft } from './draft.ts';
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

/** The rule as the transform engine runs it. Without a translation in the context it does nothing. */
export function asRule(pack: PackRule): Rule {
  const id = `translate/${pack.id}`;
  const kinds = new Set(pack.kinds);
  return {
    id,
    describe: pack.does,
    appliesTo: ({ ref }) =>
      kinds.has('*') || kinds.has(kindKey(ref)) || (kinds.has('pods') && podSpecPointer(ref) !== undefined),
    apply({ head, view }, { translation }) {
      if (translation === undefined) return [];
      const draft = openDraft(id, view);
      const pointer = podSpecPointer(head.ref);
      const contains = (pattern: RegExp): boolean => pattern.test(view.text());
      pack.translate(draft, { head, podSpec: pointer?.slice(1).split('/'), contains }, translation);
      return draft.result();
    },
  };
}
