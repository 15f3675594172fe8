import { isOpenBlocker } from '../../core/findings/waivers.ts';
import type { Plan, PlanAction } from '../../core/plan/plan.ts';
import { formatCount } from '../../core/run/format.ts';
import { paint } from '../render/style.ts';
import type { Style } from '../render/style.ts';
import { clean } from '../render/width.ts';
import {
  exampleText,
  findingText,
  findingWord,
  subjectOf,
  verbSigns,
  viewPlan,
  volumeText,
  verbText,
} from './model.ts';
import type { Group, PlanView } from './model.ts';

/** Changed objects shown with their differences, and differences shown of each; `--all` shows every one. */
const changedShown = 40;
const differencesShown = 10;
const groupsShown = 12;

export interface PlanTextOptions {
  readonly color: boolean;
  /** Every object, not only changes. */
  readonly all: boolean;
  /** Where the plan was written, for the next command. */
  readonly file?: string;
}

const verbStyles: Readonly<Record<string, Style>> = { '+': 'good', '~': 'attention', x: 'bad', '-': 'dim', '=': 'dim' };

/** A plan for a terminal: first what cannot be undone, losses and downtime, then causes, apply groups and objects. Pure. */
export function planText(plan: Plan, options: PlanTextOptions): string[] {
  const view = viewPlan(plan, options.file);
  const say = (text: string, style: Style): string => paint(text, style, options.color);
  return [
    say(clean(`plan ${view.title}`), 'bold'),
    ...view.facts.map(([label, text]) => row(label, text)),
    '',
    row('cannot be undone', view.noWayBack),
    ...losses(view, options),
    ...view.estimates.map(([label, text]) => row(label, text)),
    ...findings(view, say),
    ...section('changes by rule', groupLines(view.rules, options)),
    ...section(
      'on the source',
      view.source.map((action) => actionLine(action, say))
    ),
    ...section(
      'volumes',
      view.volumes.map((action) => `  ${clean(action.volume?.claim ?? '')}  ${clean(volumeText(action))}`)
    ),
    ...section('apply groups on the target', applyGroups(view, options, say)),
    ...section('objects that change', changed(view, options, say)),
    ...section('excluded by the plan', groupLines(view.excluded, options)),
    ...section('excluded at capture (informational, not part of the hash)', groupLines(view.seenExcluded, options)),
    ...section('may change until the run without a new approval', groupLines(view.drift, options)),
    '',
    say(view.sum, 'bold'),
    ...view.next.map((command, index) => row(index === 0 ? 'next' : '', command)),
  ];
}

function findings({ findings: all }: PlanView, say: (text: string, style: Style) => string): string[] {
  return section(
    'findings',
    all.map((finding) => {
      const word = say(findingWord(finding), isOpenBlocker(finding) ? 'bad' : 'attention');
      return `  ${word} ${clean(`${finding.code}  ${findingText(finding)}`)}`;
    })
  );
}

function applyGroups(view: PlanView, options: PlanTextOptions, say: (text: string, style: Style) => string): string[] {
  return view.applyGroups.flatMap(({ name, counts, waits, actions }, index) => {
    const what = counts.map(({ verb, count }) => `${formatCount(count)} ${verbText(verb)}`).join(', ');
    const then = waits.length === 0 ? '' : `; then waits for ${waits.join(', ')}`;
    const head = `  ${String(index + 1).padStart(2)} ${clean(`${name}: ${what}${then}`)}`;
    return options.all ? [head, ...actions.map((action) => `  ${actionLine(action, say)}`)] : [head];
  });
}

function changed(view: PlanView, options: PlanTextOptions, say: (text: string, style: Style) => string): string[] {
  const shown = options.all ? view.changed : view.changed.slice(0, changedShown);
  const hidden = view.changed.length - shown.length;
  return [
    ...shown.flatMap((action) => {
      const diff = action.diff ?? [];
      const some = options.all ? diff : diff.slice(0, differencesShown);
      const more = diff.length - some.length;
      return [
        actionLine(action, say),
        ...some.map(
          ({ path, from, to }) =>
            `        ${clean(`${path}: ${from === '' ? 'nothing' : from} -> ${to === '' ? 'nothing' : to}`)}`
        ),
        ...(more === 0 ? [] : [`        and ${more} more`]),
      ];
    }),
    ...(hidden === 0 ? [] : [`  and ${formatCount(hidden)} more: --all`]),
  ];
}

function actionLine(action: PlanAction, say: (text: string, style: Style) => string): string {
  const sign = verbSigns[action.do];
  const rules = action.rules === undefined ? '' : `  (${action.rules.join(', ')})`;
  const why = action.object !== undefined && action.reason !== undefined ? `  ${action.reason}` : '';
  const words = clean(`${verbText(action.do)} ${subjectOf(action)}${rules}${why}`);
  return `  ${say(`${sign} ${words}`, verbStyles[sign] ?? 'plain')}`;
}

function losses({ losses: all }: PlanView, options: PlanTextOptions): string[] {
  if (all.length === 0) return [row('losses', 'none')];
  return groupLines(all, options).map((line, index) => row(index === 0 ? 'losses' : '', line.trimStart()));
}

function groupLines(all: readonly Group[], { all: whole }: PlanTextOptions): string[] {
  const shown = whole ? all : all.slice(0, groupsShown);
  const hidden = all.slice(shown.length);
  const remaining = hidden.reduce((sum, { count }) => sum + count, 0);
  return [
    ...shown.map((group) => {
      const detail = group.detail === '' ? '' : `: ${group.detail}`;
      const examples = group.examples.length === 0 ? '' : ` (${exampleText(group)})`;
      return `  ${formatCount(group.count).padStart(6)}  ${clean(`${group.title}${detail}${examples}`)}`;
    }),
    ...(hidden.length === 0
      ? []
      : [`  ${formatCount(remaining).padStart(6)}  for ${hidden.length} other reasons: --all`]),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(12)} ${clean(text)}`.trimEnd();
}
