import { isBuiltInGroup } from '../core/graph/groups.ts';
import { podPlaces, podTraces, type PodPlace } from '../core/graph/pod-places.ts';
import { podSpecPointer } from '../core/graph/pod-spec.ts';
import type { ObjectHead } from '../core/select/head.ts';
import type { ObjectRef } from '../core/resource.ts';
import { mapNamespace } from '../core/transform/rules/namespace.ts';
import { kindKey, type Exclusion, type Rule } from '../core/transform/rule.ts';
import { openDraft, openWorkspace, type Draft, type PackResult } from './draft.ts';
import { platforms, type Direction, type KnownPlatform, type Translation } from '../core/profile/cluster-profile.ts';

/** One rule of the packs: data for people and one pure function. */
export interface PackRule {
  /** Permanent; plan and report cite it as `translate/<id>`. */
  readonly id: string;
  readonly from: readonly KnownPlatform[];
  readonly to: readonly KnownPlatform[];
  /**
   * `group/Kind`; `pods` = every kind that runs pods, and pod templates of custom resources; `scheduling` = parts of custom
   * resources with fields of scheduling and classes, and no containers; `*` = every kind.
   */
  readonly kinds: readonly string[];
  /** Which objects, in words. */
  readonly matches: string;
  /** What it does, one sentence. */
  readonly does: string;
  /** What may not survive; each is reported where it happens. */
  readonly loses: readonly string[];
  /** Where the facts come from. */
  readonly sources: readonly string[];
  translate(draft: Draft, object: PackObject, translation: Translation): void;
}

export interface PackObject {
  readonly head: ObjectHead;
  /** JSON path of keys to the pod spec in the draft, or to what has fields of one; undefined where there is none. */
  readonly podSpec: readonly string[] | undefined;
  /** JSON paths of the pod templates in the draft: what holds labels and annotations of the pods, and their spec. */
  readonly templates: readonly (readonly string[])[];
  /** A cheap look into the text, before anything is decoded. */
  contains(pattern: RegExp): boolean;
  /** The namespace on the target of one on the source. */
  mapNamespace(name: string): string;
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
    const runsPods = podSpecPointer(ref) !== undefined || !isBuiltInGroup(ref.group);
    const rules = pack.filter(
      ({ kinds }) => kinds.includes('*') || kinds.includes(key) || (runsPods && kinds.includes('pods'))
    );
    known.set(key, rules);
    return rules;
  };
  return {
    id: 'translate',
    describe: 'Translates what differs between the platforms of source and target.',
    appliesTo: () => true,
    apply({ head, view }, { translation, namespaceMapping }) {
      if (translation === undefined) return [];
      const draft = openDraft(openWorkspace(view));
      const object: PackObject = {
        head,
        podSpec: podSpecPointer(head.ref)?.slice(1).split('/'),
        templates: [],
        contains: (pattern) => pattern.test(view.text()),
        mapNamespace: (name) => mapNamespace(namespaceMapping, name),
      };
      const places = placesOf(draft, object);
      for (const rule of rulesOf(head.ref)) {
        const id = `translate/${rule.id}`;
        draft.begin(id);
        for (const shown of shownTo(rule, object, places)) {
          rule.translate(draft, shown, translation);
          if (draft.isExcluded) return excludeBy(id, draft.result());
        }
      }
      return draft.result();
    },
  };
}

/** Places of a custom resource that have fields of a pod spec; none for workloads, whose place is known by their kind. */
function placesOf(draft: Draft, { head, podSpec, contains }: PackObject): readonly PodPlace[] {
  if (podSpec !== undefined || isBuiltInGroup(head.ref.group) || !contains(podTraces)) return [];
  return podPlaces(draft.root, head.ref);
}

/**
 * An object as a rule is to look at it: once as a whole, or once for each of its places that are like pods. Rules of pods see
 * whole pod specs; those of scheduling also what has a part of their fields.
 */
function shownTo({ kinds }: PackRule, object: PackObject, places: readonly PodPlace[]): readonly PackObject[] {
  const isWhole = kinds.includes('*') || kinds.includes(kindKey(object.head.ref)) || object.podSpec !== undefined;
  const templates =
    object.podSpec === undefined
      ? places.filter(({ isTemplate }) => isTemplate).map(({ path }) => path.slice(0, -1))
      : [object.podSpec.slice(0, -1)];
  if (isWhole) return [{ ...object, templates }];
  return places
    .filter((place) => place.isWhole || kinds.includes('scheduling'))
    .map(({ path, isTemplate }) => ({ ...object, podSpec: path, templates: isTemplate ? [path.slice(0, -1)] : [] }));
}

/** What rules before said is about an object that will not be, unless another comes in its place. */
function excludeBy(rule: string, { excluded = '', notes, additional, ownNotesFrom }: PackResult): Exclusion {
  return {
    exclude: true,
    rule,
    reason: excluded,
    instead: additional,
    notes: additional.length === 0 ? notes.slice(ownNotesFrom) : notes,
  };
}
