import { isOpenBlocker } from '../../core/findings/waivers.ts';
import { describeKey } from '../../core/plan/plan.ts';
import type { Plan, PlanAction, PlanContent, PlannedFinding, PlanVerb } from '../../core/plan/plan.ts';
import { formatBytes, formatDuration, plural } from '../../core/run/format.ts';
import { ownCommand } from '../../runs/own-command.ts';

/** How a verb is drawn, the same in every form. The word always stands beside the sign. */
export const verbSigns: Readonly<Record<PlanVerb, string>> = {
  prepare: '+',
  hook: '!',
  snapshot: '+',
  copy: '+',
  upload: '>',
  fill: '<',
  create: '+',
  change: '~',
  bind: '+',
  keep: '=',
  conflict: 'x',
  exclude: '-',
  settle: '~',
  wait: '.',
  remove: '-',
};

/** Verbs as people read them; those that are missing are read as they are stored. */
const verbTexts: Partial<Record<PlanVerb, string>> = {
  fill: 'restore',
  bind: 'bind',
  keep: 'unchanged',
  exclude: 'excluded',
  settle: 'complete',
};

/** The word of a verb in the terminal, in Markdown and in the page. */
export function verbText(verb: PlanVerb): string {
  return verbTexts[verb] ?? verb;
}

export interface ApplyGroupRow {
  readonly name: string;
  readonly counts: readonly { readonly verb: PlanVerb; readonly count: number }[];
  readonly waits: readonly string[];
  readonly actions: readonly PlanAction[];
}

export interface Group {
  readonly title: string;
  readonly detail: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** A plan as people read it: the same numbers and sentences in the terminal, in Markdown and in the page. */
export interface PlanView {
  readonly title: string;
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly noWayBack: string;
  readonly losses: readonly Group[];
  readonly findings: readonly PlannedFinding[];
  readonly estimates: readonly (readonly [label: string, text: string])[];
  readonly rules: readonly Group[];
  readonly applyGroups: readonly ApplyGroupRow[];
  readonly volumes: readonly PlanAction[];
  readonly source: readonly PlanAction[];
  readonly changed: readonly PlanAction[];
  readonly excluded: readonly Group[];
  readonly seenExcluded: readonly Group[];
  readonly drift: readonly Group[];
  readonly sum: string;
  readonly next: readonly string[];
}

const examplesMax = 3;

/** Builds the view of a plan. Pure. */
export function viewPlan({ hash, made, content }: Plan, file = 'plan.yaml'): PlanView {
  const { actions, totals, source, target, approval } = content;
  const total = (verb: PlanVerb): number => totals[verb] ?? 0;
  const applyGroupsOf = [...new Set(actions.filter(inApplyGroup).map(({ applyGroup }) => applyGroup))];
  const blockers = content.findings.filter(isOpenBlocker).length;
  const accepted = content.findings.filter(({ severity }) => severity === 'blocker').length - blockers;
  const volumes = actions.filter((action) => action.volume !== undefined);
  const who = approval.approvers.length === 0 ? 'anybody' : approval.approvers.join(', ');
  return {
    title: content.name,
    facts: [
      ['hash', hash],
      ['made', `by ${made.by} at ${made.at} in run ${made.run}, Landfall ${content.landfall}`],
      ['source', `${source.name} (${source.platform}, ${source.version})`],
      ['target', `${target.name} (${target.platform}, ${target.version})`],
      ['location', content.location],
      ['policies', policiesText(content)],
      [
        'approval',
        approval.required
          ? `required, by ${who}${approval.fourEyes ? ` other than ${made.by}` : ''}; valid for ${formatDuration(approval.expiresAfterMs)}`
          : 'not required',
      ],
      ...mapped('namespaces', content.namespaces),
      ...mapped('classes', content.storageClasses),
    ],
    noWayBack: noWayBack(total),
    losses: content.losses.map(({ rule, message, count, examples }) => ({
      title: rule,
      detail: message,
      count,
      examples,
    })),
    findings: content.findings,
    estimates: estimates(made),
    rules: rulesOf(actions),
    applyGroups: applyGroupsOf.map((name) => applyGroupRow(name, actions)),
    volumes,
    source: actions.filter((action) => action.on === 'source' && action.do !== 'upload'),
    changed: actions.filter(
      (action) => action.do === 'change' || action.do === 'conflict' || (action.diff?.length ?? 0) > 0
    ),
    excluded: excludedOf(actions),
    seenExcluded: made.seen.excluded.map(({ rule, reason, count, examples }) => ({
      title: rule,
      detail: reason,
      count,
      examples,
    })),
    drift: content.mayDrift.map(({ what, why, count }) => ({ title: what, detail: why, count, examples: [] })),
    sum: sumText(
      total,
      made.seen.excluded.reduce((sum, { count }) => sum + count, 0),
      { blockers, accepted }
    ),
    next:
      blockers > 0
        ? ['resolve the blockers, or accept by name those that can be accepted, and plan again']
        : [
            ...(approval.required ? [ownCommand(`approve ${made.run} --plan ${hash} --by WHO`)] : []),
            ownCommand(`migrate --plan ${file}`),
          ],
  };
}

/** `shop -> shop-new`, the maps of the file. */
function mapped(label: string, pairs: readonly { readonly from: string; readonly to: string }[]): [string, string][] {
  return pairs.length === 0 ? [] : [[label, pairs.map(({ from, to }) => `${from} -> ${to}`).join(', ')]];
}

function noWayBack(total: (verb: PlanVerb) => number): string {
  const hooks = total('hook');
  const changes = total('change');
  const parts = [
    ...(hooks === 0 ? [] : [`what ${plural(hooks, 'hook')} ${hooks === 1 ? 'does' : 'do'} inside pods on the source`]),
    ...(changes === 0
      ? []
      : [`after the last step, ${plural(changes, 'change')} to objects that already exist on the target`]),
  ];
  return parts.length === 0
    ? 'nothing: if the run fails or is cancelled before the last step, everything is undone; the application on the source is kept'
    : `${parts.join('; ')}; everything else is undone if the run fails or is cancelled before the last step`;
}

function estimates({ estimate }: Plan['made']): [string, string][] {
  const { lowMs, highMs, bytes, downtime, phases } = estimate;
  const down = downtime.highMs === 0 ? downtime.basis : `${range(downtime)}: ${downtime.basis}`;
  return [
    ['downtime', down],
    ['duration', `${range({ lowMs, highMs })} (estimated)`],
    ...phases.map(({ phase, basis, ...span }): [string, string] => [`  ${phase}`, `${range(span)}: ${basis}`]),
    [
      'bytes',
      `${formatBytes(bytes.objects)} of objects${bytes.volumesMax === 0 ? '' : `, at most ${formatBytes(bytes.volumesMax)} of volumes`} (${bytes.basis})`,
    ],
  ];
}

/** `4s to 4m46s`. */
export function range({ lowMs, highMs }: { readonly lowMs: number; readonly highMs: number }): string {
  return `${formatDuration(lowMs)} to ${formatDuration(highMs)}`;
}

/** Writes on the target in an apply group; what is done before and after has sections of its own. */
function inApplyGroup({ on, applyGroup, do: verb }: PlanAction): boolean {
  return on === 'target' && verb !== 'exclude' && applyGroup !== 'volumes' && applyGroup !== 'finish';
}

function applyGroupRow(name: string, all: readonly PlanAction[]): ApplyGroupRow {
  const actions = all.filter((action) => action.applyGroup === name && inApplyGroup(action));
  const counts = new Map<PlanVerb, number>();
  for (const { do: verb, count = 1 } of actions) {
    if (verb !== 'wait') counts.set(verb, (counts.get(verb) ?? 0) + count);
  }
  return {
    name,
    counts: [...counts].map(([verb, count]) => ({ verb, count })),
    waits: actions.filter((action) => action.do === 'wait').map(({ until = '', count = 0 }) => `${until} (${count})`),
    actions: actions.filter((action) => action.object !== undefined),
  };
}

function rulesOf(actions: readonly PlanAction[]): Group[] {
  return grouped(
    actions.flatMap(({ rules = [], object = '' }) => rules.map((rule) => ({ title: rule, detail: '', object })))
  );
}

function excludedOf(actions: readonly PlanAction[]): Group[] {
  const remaining = actions.filter((action) => action.do === 'exclude');
  return grouped(remaining.map(({ rule = '', reason = '', object = '' }) => ({ title: rule, detail: reason, object })));
}

function grouped(
  items: readonly { readonly title: string; readonly detail: string; readonly object: string }[]
): Group[] {
  const groups = new Map<string, { title: string; detail: string; count: number; examples: string[] }>();
  for (const { title, detail, object } of items) {
    const key = `${title}\n${detail}`;
    const group = groups.get(key) ?? { title, detail, count: 0, examples: [] };
    group.count += 1;
    if (group.examples.length < examplesMax) group.examples.push(describeKey(object));
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.title < b.title ? -1 : 1));
}

function sumText(
  total: (verb: PlanVerb) => number,
  seenExcluded: number,
  { blockers, accepted }: { readonly blockers: number; readonly accepted: number }
): string {
  const parts = [
    `${total('create') + total('bind')} to create`,
    `${total('change')} to change`,
    `${total('keep')} unchanged`,
    `${total('exclude') + seenExcluded} excluded`,
    `${total('snapshot') + total('copy')} volumes to move`,
    ...(total('conflict') === 0 ? [] : [`${total('conflict')} in conflict`]),
    ...(blockers === 0 ? [] : [`${plural(blockers, 'open blocker')}`]),
    ...(accepted === 0 ? [] : [`${plural(accepted, 'blocker')} accepted`]),
  ];
  return `Plan: ${parts.join(', ')}.`;
}

/** What a finding says, with who accepts it where the file does. */
export function findingText({ subject, message, waiver }: PlannedFinding): string {
  const accepted = waiver === undefined ? '' : ` (accepted by ${waiver.owner} until ${waiver.until}: ${waiver.reason})`;
  return `${subject}: ${message}${accepted}`;
}

/** The word it stands under. */
export function findingWord({ severity, waiver }: PlannedFinding): string {
  return waiver === undefined ? severity : 'accepted';
}

/** `ConfigMap shop/a, ConfigMap shop/b and 3 more`. */
export function exampleText({ examples, count }: Pick<Group, 'examples' | 'count'>): string {
  const shown = examples.slice(0, examplesMax);
  return `${shown.join(', ')}${count > shown.length && shown.length > 0 ? ` and ${count - shown.length} more` : ''}`;
}

/** What an action is about, in words. */
export function subjectOf(action: PlanAction): string {
  if (action.object !== undefined) return describeKey(action.object);
  const count = action.count === undefined ? '' : ` (${action.count})`;
  return `${action.until ?? action.reason ?? ''}${count}`;
}

/** `60Gi, vsan-gold -> gp3, by snapshot (class csi-snap)`. */
export function volumeText({ volume }: PlanAction): string {
  if (volume === undefined) return '';
  const { size, sourceClass, targetClass, way, snapshotClass, accessModes } = volume;
  const how = way === 'snapshot' ? `by snapshot (class ${snapshotClass})` : 'copied while no pod uses it';
  return `${size}, ${accessModes.join('+')}, ${sourceClass === '' ? 'no class' : sourceClass} -> ${targetClass}, ${how}`;
}

/** What the run does with objects that are there, or refused, and how many rules say otherwise for some. */
function policiesText({ existingResourcePolicy, onRefused = 'rollback', objectRules = [] }: PlanContent): string {
  const rules = objectRules.length === 0 ? '' : `; ${plural(objectRules.length, 'rule')} for individual objects`;
  return `existing objects: ${existingResourcePolicy}; rejected objects: ${onRefused}${rules}`;
}
