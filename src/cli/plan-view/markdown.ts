import type { Plan, PlanAction } from '../../core/plan/plan.ts';
import { formatCount } from '../../core/run/format.ts';
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
import type { Group } from './model.ts';

/** Objects listed by name; a ticket takes no more, and the plan file has all of them. */
const objectsMax = 500;
const differencesMax = 20;

/** A plan as Markdown, for a ticket or a pull request. Pure; foreign text cannot become markup. */
export function planMarkdown(plan: Plan): string {
  const view = viewPlan(plan);
  const lines = [
    `# Plan ${esc(view.title)}`,
    '',
    ...table(
      ['', ''],
      view.facts.map(([label, text]) => [label, label === 'hash' ? `\`${text}\`` : esc(text)])
    ),
    `**${esc(view.sum)}**`,
    '',
    '## What cannot be undone',
    '',
    esc(view.noWayBack),
    '',
    '## Losses',
    '',
    ...(view.losses.length === 0 ? ['None.', ''] : groups(view.losses)),
    '## Time, bytes and downtime',
    '',
    ...table(
      ['', 'expected'],
      view.estimates.map(([label, text]) => [esc(label.trim()), esc(text)])
    ),
    ...part('Findings', view.findings, (all) =>
      table(
        ['severity', 'code', 'subject', 'message'],
        all.map((finding) => [
          findingWord(finding),
          finding.code,
          esc(finding.subject),
          esc(findingText(finding).slice(finding.subject.length + 2)),
        ])
      )
    ),
    ...part('Changes by rule', view.rules, groups),
    ...part('On the source', view.source, (all) => objects(all)),
    ...part('Volumes', view.volumes, (all) =>
      table(
        ['claim', 'how'],
        all.map((action) => [esc(action.volume?.claim ?? ''), esc(volumeText(action))])
      )
    ),
    ...part('Apply groups on the target', view.applyGroups, (all) =>
      table(
        ['', 'wave', 'actions', 'then waits for'],
        all.map(({ name, counts, waits }, index) => [
          String(index + 1),
          esc(name),
          counts.map(({ verb, count }) => `${formatCount(count)} ${verbText(verb)}`).join(', '),
          esc(waits.join(', ')),
        ])
      )
    ),
    ...part('Objects that change', view.changed, changes),
    ...part('Excluded by the plan', view.excluded, groups),
    ...part('Excluded at capture', view.seenExcluded, groups),
    ...part('May change until the run without a new approval', view.drift, groups),
    ...view.applyGroups.flatMap(({ name, actions }) => [
      '<details>',
      `<summary>${esc(name)}: ${formatCount(actions.length)} objects</summary>`,
      '',
      ...objects(actions),
      '</details>',
      '',
    ]),
    '## Next',
    '',
    '```',
    ...view.next.map((line) => line.replaceAll('`', "'")),
    '```',
  ];
  return `${lines.join('\n')}\n`;
}

function part<T>(title: string, all: readonly T[], body: (all: readonly T[]) => readonly string[]): string[] {
  return all.length === 0 ? [] : [`## ${title}`, '', ...body(all)];
}

function groups(all: readonly Group[]): string[] {
  return table(
    ['count', 'what', 'objects'],
    all.map((group) => [
      formatCount(group.count),
      esc(group.detail === '' ? group.title : `${group.title}: ${group.detail}`),
      esc(exampleText(group)),
    ])
  );
}

function objects(all: readonly PlanAction[]): string[] {
  const shown = all.slice(0, objectsMax);
  const more = all.length - shown.length;
  return [
    ...shown.map((action) => {
      const rules = action.rules === undefined ? '' : ` (${action.rules.join(', ')})`;
      return `- \`${verbSigns[action.do]}\` ${esc(`${verbText(action.do)} ${subjectOf(action)}${rules}`)}`;
    }),
    ...(more === 0 ? [] : [`- and ${formatCount(more)} more: see the plan file`]),
    '',
  ];
}

function changes(all: readonly PlanAction[]): string[] {
  const lines = all
    .slice(0, objectsMax)
    .flatMap((action) => [
      `- \`${verbSigns[action.do]}\` ${esc(`${verbText(action.do)} ${subjectOf(action)}`)}`,
      ...(action.diff ?? [])
        .slice(0, differencesMax)
        .map(
          ({ path, from, to }) =>
            `  - ${code(path)}: ${from === '' ? 'nothing' : code(from)} → ${to === '' ? 'nothing' : code(to)}`
        ),
      ...((action.diff?.length ?? 0) > differencesMax ? ['  - and more'] : []),
    ]);
  return [...lines, ''];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '--').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ];
}

/** Text that stays text: names and server messages may hold anything. */
function esc(text: string): string {
  return clean(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]|#~]/g, (character) => `\\${character}`);
}

/** Code that cannot end itself. */
function code(text: string): string {
  const safe = clean(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return `${fence} ${safe} ${fence}`;
}
