import { describeRef } from '../../../core/resource.ts';
import { matchesLabels } from '../../../core/select/labels.ts';
import { mapNamespace } from '../../../core/transform/rules/namespace.ts';
import { isTree, tree } from '../../draft.ts';
import {
  placesOf,
  subjectOf,
  type Breach,
  type CheckedObject,
  type CheckedPair,
  type CheckFacts,
  type Side,
} from '../pair.ts';
import type { Query } from './query.ts';
import { isPolicy, queriesOf, selectorPaths } from './read.ts';
import type { Tree } from '../../../core/json/tree.ts';

type Labels = Readonly<Record<string, string>>;

const remedy = 'keep the labels and the selector consistent with a transform, or accept it by name in spec.waivers';
const namesMax = 3;

/** Compares what selectors select before and after. It reads labels and selectors only, and knows no rule. */
export interface SelectionCheck {
  /** `isChanged`: the text differs from the captured one. */
  add(pair: CheckedPair, isChanged: boolean): void;
  breaches(): readonly Breach[];
}

/** A kind of pod: the template of a workload, or a pod of its own, as it is on both sides. */
interface Template {
  readonly name: string;
  readonly namespace: Readonly<Record<Side, string>>;
  readonly labels: Readonly<Record<Side, Labels>>;
}

interface Selecting {
  readonly subject: string;
  readonly namespace: Readonly<Record<Side, string>>;
  readonly queries: Readonly<Record<Side, readonly Query[]>>;
  /** Excluded without another policy in its place. */
  readonly isGone: boolean;
}

/**
 * Every policy, budget, Service and scheduling term selects the same pods as before, and one with conditions never comes
 * to select everything or nothing. Only digests are kept: labels of templates and namespaces, and selectors.
 */
export function createSelectionCheck({ namespaceMapping }: Pick<CheckFacts, 'namespaceMapping'>): SelectionCheck {
  const templates: Template[] = [];
  const selecting: Selecting[] = [];
  const namespaces = new Map<string, Readonly<Record<Side, Labels>> | undefined>();
  const emptied: Breach[] = [];
  let isRelabelled = Object.keys(namespaceMapping).length > 0;
  return {
    add({ before, after }, isChanged) {
      const { ref } = before;
      const same = after.find((one) => one.ref.kind === ref.kind && one.ref.group === ref.group);
      if (ref.group === '' && ref.kind === 'Namespace') {
        const labels = same === undefined ? undefined : { before: ownLabels(before.root), after: ownLabels(same.root) };
        namespaces.set(ref.name, labels);
        if (labels !== undefined && !isSame(labels.before, labels.after)) isRelabelled = true;
        return;
      }
      for (const template of same === undefined ? [] : templatesOf(before, same)) {
        templates.push(template);
        if (!isSame(template.labels.before, template.labels.after)) isRelabelled = true;
      }
      const was = queriesOf(before);
      const isGone = isPolicy(before) && !after.some(isPolicy);
      if (was.length > 0 || isGone)
        selecting.push({
          subject: isGone || after[0] === undefined ? describeRef(ref) : subjectOf(same ?? after[0]),
          namespace: { before: ref.namespace, after: mapNamespace(namespaceMapping, ref.namespace) },
          queries: { before: was, after: after.flatMap(queriesOf) },
          isGone,
        });
      else if (isChanged && same !== undefined) emptied.push(...emptiedPaths(before, same));
    },
    breaches() {
      const pods = openPods(templates, namespaces, namespaceMapping);
      const changed = selecting.filter(
        ({ isGone, queries }) =>
          isGone || isRelabelled || JSON.stringify(queries.before) !== JSON.stringify(queries.after)
      );
      return [...changed.flatMap((one) => (one.isGone ? goneBreach(one, pods) : setBreaches(one, pods))), ...emptied];
    },
  };
}

interface Pods {
  select(queries: readonly Query[], side: Side, own: string): ReadonlySet<Template>;
  hasTemplates(namespace: string): boolean;
  isExcluded(namespace: string): boolean;
}

function openPods(
  templates: readonly Template[],
  namespaces: ReadonlyMap<string, Readonly<Record<Side, Labels>> | undefined>,
  mapping: Readonly<Record<string, string>>
): Pods {
  const byNamespace = Map.groupBy(templates, ({ namespace }) => namespace.before);
  const labelsOf = (name: string, side: Side): Labels => {
    const own = side === 'before' ? name : mapNamespace(mapping, name);
    return { ...namespaces.get(name)?.[side], 'kubernetes.io/metadata.name': own };
  };
  const isIn = (query: Query, { side, own }: { side: Side; own: string }, name: string): boolean => {
    const { namespaces: asked } = query;
    if (asked === 'all') return true;
    if (asked === 'own') return own === '' || name === own;
    if ('names' in asked) return asked.names.includes(side === 'before' ? name : mapNamespace(mapping, name));
    return matchesLabels(asked.labels, labelsOf(name, side));
  };
  return {
    select(queries, side, own) {
      const found = new Set<Template>();
      for (const query of queries) {
        const { pods } = query;
        if (pods === undefined) continue;
        // What looks into its own namespace looks at no other template.
        const candidates = query.namespaces === 'own' && own !== '' ? [own] : [...byNamespace.keys()];
        for (const name of candidates) {
          if (!isIn(query, { side, own }, name)) continue;
          for (const template of byNamespace.get(name) ?? [])
            if (matchesLabels(pods, template.labels[side])) found.add(template);
        }
      }
      return found;
    },
    hasTemplates: (namespace) => byNamespace.has(namespace),
    isExcluded: (namespace) => namespaces.has(namespace) && namespaces.get(namespace) === undefined,
  };
}

/** A policy that is not made guards nothing any more. */
function goneBreach({ subject, namespace, queries }: Selecting, pods: Pods): readonly Breach[] {
  const guarded = pods.select(ofRole(queries.before, 'subject'), 'before', namespace.before);
  const isUnknown = !pods.hasTemplates(namespace.before) && !pods.isExcluded(namespace.before);
  if (guarded.size === 0 && !isUnknown) return [];
  const what = guarded.size === 0 ? '' : `: ${namesOf(guarded)}`;
  return [
    breach(
      subject,
      `it is not created on the target, and nothing replaces it; the pods it protects accept what it denied${what}`
    ),
  ];
}

function setBreaches({ subject, namespace, queries }: Selecting, pods: Pods): readonly Breach[] {
  const roles = [...new Set(queries.before.map(({ role }) => role))];
  return roles.flatMap((role): Breach[] => {
    const [was, is] = [ofRole(queries.before, role), ofRole(queries.after, role)];
    // A term that is not there any more constrains nothing: that is a matter of placement.
    if (is.length === 0 && !/^(?:subject|pods|own pods|peers)/.test(role)) return [];
    const [selected, now] = [
      pods.select(was, 'before', namespace.before),
      // Templates stand under the names of the source; the namespace of the object is the same one.
      pods.select(is, 'after', namespace.before),
    ];
    const gone = new Set([...selected].filter((one) => !now.has(one)));
    const come = new Set([...now].filter((one) => !selected.has(one)));
    if (gone.size + come.size > 0) {
      const parts = [
        ...(gone.size === 0 ? [] : [`no longer selects ${namesOf(gone)}`]),
        ...(come.size === 0 ? [] : [`now selects ${namesOf(come)}`]),
      ];
      return [breach(subject, `${role}: it ${parts.join(' and ')}`)];
    }
    return [...emptiedRole(subject, role, { was, is })];
  });
}

/** Also where no pods are known, as those that an operator makes. */
function emptiedRole(
  subject: string,
  role: string,
  { was, is }: { readonly was: readonly Query[]; readonly is: readonly Query[] }
): readonly Breach[] {
  const conditions = ({ pods, namespaces }: Query): number =>
    (pods?.length ?? 0) + (typeof namespaces !== 'object' ? 0 : 'names' in namespaces ? 1 : namespaces.labels.length);
  if (was.length === 0 || was.some((one) => conditions(one) === 0)) return [];
  if (is.length === 0) return [breach(subject, `${role}: its selector is removed`)];
  const open = is.find((one) => conditions(one) === 0);
  if (open === undefined) return [];
  const what = open.pods === undefined ? 'nothing' : 'every pod';
  return [breach(subject, `${role}: its selector has lost all its conditions and selects ${what}`)];
}

/**
 * The selector of a Job is the API server's, by a label of its own, unless `manualSelector` says otherwise: the target makes
 * another one (Kubernetes, Jobs, "Job selector").
 */
function hasSelectorOfServer({ ref, root }: CheckedObject): boolean {
  return ref.group === 'batch' && ref.kind === 'Job' && tree(root, 'spec')?.['manualSelector'] !== true;
}

function emptiedPaths(before: CheckedObject, after: CheckedObject): readonly Breach[] {
  if (hasSelectorOfServer(before)) return [];
  const remaining = new Set(selectorPaths(after.root));
  return selectorPaths(before.root['spec'], '/spec')
    .filter((path) => !remaining.has(path))
    .map((path) => breach(subjectOf(after), `${path} has lost all its conditions`));
}

function ofRole(queries: readonly Query[], role: string): readonly Query[] {
  return queries.filter((query) => query.role === role);
}

function templatesOf(before: CheckedObject, after: CheckedObject): readonly Template[] {
  return placesOf(before)
    .filter(({ isTemplate }) => isTemplate)
    .map(({ path }) => {
      const around = path.slice(0, -1);
      const labels = ({ root }: CheckedObject): Labels => ownLabels(tree(root, ...around) ?? {});
      return {
        name: describeRef(after.ref),
        namespace: { before: before.ref.namespace, after: after.ref.namespace },
        labels: { before: labels(before), after: labels(after) },
      };
    });
}

function ownLabels(holder: Tree): Labels {
  const labels = tree(holder, 'metadata', 'labels');
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(isTree(labels) ? labels : {})) found[key] = String(value);
  return found;
}

function isSame(one: Labels, other: Labels): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

function namesOf(templates: ReadonlySet<Template>): string {
  const names = [...templates].map(({ name }) => name).sort();
  const shown = names.slice(0, namesMax).join(', ');
  return names.length > namesMax ? `${shown} and ${names.length - namesMax} more` : shown;
}

function breach(subject: string, message: string): Breach {
  return { code: 'SELECTION_CHANGED', subject, message, remedy };
}
