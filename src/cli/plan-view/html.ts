import { createHash } from 'node:crypto';
import type { AnyFindingCode } from '../../core/findings/finding.ts';
import { entryOf } from '../../assess/report.ts';
import { isOpenBlocker } from '../../core/findings/waivers.ts';
import type { Plan, PlanAction } from '../../core/plan/plan.ts';
import { formatCount } from '../../core/run/format.ts';
import { breakableHtml, escapeHtml, tableHtml } from '../render/html-text.ts';
import { clean } from '../render/width.ts';
import { pageScript, pageStyle } from './page.ts';
import {
  exampleText,
  findingText,
  findingWord,
  subjectOf,
  verbSigns,
  verbText,
  viewPlan,
  volumeText,
} from './model.ts';
import type { Group, PlanView } from './model.ts';

/** Rows written as a table that is read without a script. Above it names are only found by the search. */
const rowsMax = 3_000;
/** Bytes of the list the search looks through; beyond it the page says that it is not whole. */
const indexBytesMax = 3_500_000;

/**
 * A plan as one HTML page: no network, a policy that forbids it, readable without JavaScript; the script only searches
 * and opens. Pure; everything foreign is escaped.
 */
export function planHtml(plan: Plan): string {
  const view = viewPlan(plan);
  const csp = `default-src 'none'; style-src '${hashOf(pageStyle)}'; script-src '${hashOf(pageScript)}'; base-uri 'none'; form-action 'none'`;
  const { index, isWhole } = searchIndex(plan.content.actions);
  const sections = sectionsOf(view);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${csp}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${esc(`Plan ${view.title} ${plan.hash.slice(0, 8)}`)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    `<header><h1>Plan ${esc(view.title)}</h1><p class="sum">${esc(view.sum)}</p></header>`,
    '<main>',
    facts(view),
    contents(sections),
    search(plan, isWhole),
    ...sections,
    '</main>',
    `<script type="application/json" id="index">${index}</script>`,
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function sectionsOf(view: PlanView): string[] {
  return [
    block('What cannot be undone', `<p>${esc(view.noWayBack)}</p>`),
    block('Losses', view.losses.length === 0 ? '<p>None.</p>' : groups(view.losses)),
    block(
      'Time, bytes and downtime',
      rows(
        ['', 'expected'],
        view.estimates.map(([label, text]) => [esc(label.trim()), code(text)])
      )
    ),
    findings(view),
    part('What the codes mean', codesOf(view), codes),
    part('Changes by rule', view.rules, groups),
    part('On the source', view.source, actionTable),
    part('Volumes', view.volumes, (all) =>
      rows(
        ['claim', 'how'],
        all.map((action) => [code(action.volume?.claim ?? ''), code(volumeText(action))])
      )
    ),
    applyGroups(view),
    part('Objects that change', view.changed, changes),
    part('Excluded by the plan', view.excluded, groups),
    part('Excluded at capture', view.seenExcluded, groups),
    part('May change until the run without a new approval', view.drift, groups),
    block('Next', `<pre>${view.next.map(esc).join('\n')}</pre>`),
  ];
}

/** Links to the sections that the page has. */
function contents(sections: readonly string[]): string {
  const heads = sections.flatMap((section) => /^<section id="([^"]*)"><h2>([^<]*)/.exec(section)?.slice(1, 3) ?? []);
  const links = heads.flatMap((id, at) => (at % 2 === 0 ? [`<a href="#${id}">${heads[at + 1] ?? ''}</a>`] : []));
  return `<nav aria-label="sections">${links.join('\n')}</nav>`;
}

function facts(view: PlanView): string {
  const items = view.facts.map(
    ([label, text]) => `<dt>${esc(label)}</dt><dd>${label === 'hash' ? `<code>${code(text)}</code>` : code(text)}</dd>`
  );
  return `<dl>${items.join('')}</dl>`;
}

function search(plan: Plan, isWhole: boolean): string {
  const total = formatCount(plan.content.actions.length);
  const remaining = isWhole ? '' : ' The list is too long for this page: the last entries are only in the plan file.';
  return [
    '<section id="search" hidden>',
    '<label for="query">Search all actions <kbd>/</kbd></label>',
    '<input id="query" type="search" autocomplete="off" spellcheck="false" placeholder="kind, name, namespace, rule, verb">',
    `<p id="found" role="status">${total} actions.${remaining}</p>`,
    '<table id="hits" hidden><thead><tr><th scope="col">action</th><th scope="col">object</th><th scope="col">apply group</th><th scope="col">rules</th></tr></thead><tbody></tbody></table>',
    '</section>',
  ].join('\n');
}

function findings(view: PlanView): string {
  return part('Findings', view.findings, (all) =>
    rows(
      ['severity', 'code', 'subject', 'message'],
      all.map((finding) => [
        `<b class="${isOpenBlocker(finding) ? 'bad' : 'warn'}">${esc(findingWord(finding))}</b>`,
        `<a href="#${idOf(finding.code)}">${code(finding.code)}</a>`,
        code(finding.subject),
        code(findingText(finding).slice(finding.subject.length + 2)),
      ])
    )
  );
}

/** What each code means, once; the rows of the findings lead here. */
function codesOf({ findings: all }: PlanView): string[] {
  return [...new Set(all.map((finding) => finding.code))];
}

function codes(all: readonly string[]): string {
  return rows(
    ['code', 'meaning', 'what to do'],
    all.map((name) => {
      const { summary, remedy } = entryOf(name as AnyFindingCode);
      return [`<span id="${idOf(name)}">${code(name)}</span>`, code(summary), code(remedy)];
    })
  );
}

function applyGroups(view: PlanView): string {
  let unfinished = rowsMax;
  const parts = view.applyGroups.map(({ name, counts, waits, actions }, at) => {
    const what = counts.map(({ verb, count }) => `${formatCount(count)} ${verbText(verb)}`).join(', ');
    const then = waits.length === 0 ? '' : `<p>Then waits for ${esc(waits.join(', '))}.</p>`;
    const shown = actions.slice(0, unfinished);
    unfinished -= shown.length;
    const hidden = actions.length - shown.length;
    const more = hidden === 0 ? '' : `<p>${formatCount(hidden)} more: search for them, or see the plan file.</p>`;
    return `<details><summary>${at + 1}. ${esc(name)}: ${esc(what)}</summary>${then}${actionTable(shown)}${more}</details>`;
  });
  return block('Apply groups on the target', parts.join('\n'));
}

function actionTable(actions: readonly PlanAction[]): string {
  if (actions.length === 0) return '';
  return rows(
    ['action', 'object', 'rules'],
    actions.map((action) => [
      verb(action),
      code(subjectOf(action)),
      code((action.rules ?? []).join(', ') || (action.object === undefined ? '' : (action.reason ?? ''))),
    ])
  );
}

function changes(actions: readonly PlanAction[]): string {
  const shown = actions.slice(0, rowsMax / 10);
  const more = actions.length - shown.length;
  return [
    ...shown.map(
      (action) =>
        `<details><summary>${verb(action)} ${esc(subjectOf(action))}: ${formatCount(action.diff?.length ?? 0)} differences</summary>${rows(
          ['path', 'now', 'then'],
          (action.diff ?? []).map(({ path, from, to }) => [`<code>${code(path)}</code>`, value(from), value(to)])
        )}</details>`
    ),
    ...(more === 0 ? [] : [`<p>${formatCount(more)} more: see the plan file.</p>`]),
  ].join('\n');
}

function value(text: string): string {
  return text === '' ? '<i>nothing</i>' : `<code>${code(text)}</code>`;
}

function verb({ do: what }: PlanAction): string {
  const names: Readonly<Record<string, string>> = { '+': 'add', '~': 'warn', x: 'bad' };
  return `<b class="${names[verbSigns[what]] ?? 'dim'}">${verbSigns[what].replace('<', '&lt;').replace('>', '&gt;')} ${verbText(what)}</b>`;
}

function groups(all: readonly Group[]): string {
  return rows(
    ['count', 'what', 'objects'],
    all.map((group) => [
      formatCount(group.count),
      code(group.detail === '' ? group.title : `${group.title}: ${group.detail}`),
      code(exampleText(group)),
    ])
  );
}

function part<T>(title: string, all: readonly T[], body: (all: readonly T[]) => string): string {
  return all.length === 0 ? '' : block(title, body(all));
}

function block(title: string, body: string): string {
  return `<section id="${idOf(title)}"><h2>${esc(title)}</h2>\n${body}\n</section>`;
}

function rows(head: readonly string[], all: readonly (readonly string[])[]): string {
  return tableHtml(head, all);
}

/** `[verb, object, apply group, rules]` of every action, for the search; cut where a page would grow too large. */
function searchIndex(actions: readonly PlanAction[]): { readonly index: string; readonly isWhole: boolean } {
  const parts: string[] = [];
  let bytes = 0;
  for (const action of actions) {
    const rules = (action.rules ?? []).join(' ') || (action.reason ?? '');
    const item = safeJson([verbText(action.do), clean(subjectOf(action)), clean(action.applyGroup), clean(rules)]);
    bytes += item.length + 1;
    if (bytes > indexBytesMax) break;
    parts.push(item);
  }
  return { index: `[${parts.join(',')}]`, isWhole: parts.length === actions.length };
}

/** JSON that cannot end its script element, nor a line of a script. */
function safeJson(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Foreign text in prose. */
function esc(text: string): string {
  return escapeHtml(clean(text));
}

/** Foreign text with names in it, which may break where names have a joint. */
function code(text: string): string {
  return breakableHtml(clean(text));
}

function idOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
}
