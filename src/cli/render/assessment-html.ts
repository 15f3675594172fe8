import { createHash } from 'node:crypto';
import type { AssessmentFinding } from '../../core/findings/finding.ts';
import { formatDuration, plural } from '../../core/run/format.ts';
import { parseInstant } from '../../core/run/instant.ts';
import { pageScript, pageStyle } from './assessment-page.ts';
import { actorWords, causesOf, verdictWords } from './assessment-text.ts';
import { breakableHtml, escapeHtml as escape, tableHtml } from './html-text.ts';
import type { Cause } from './assessment-text.ts';
import type { Assessment } from '../../assess/assessment.ts';

/** Rows of a cause that are shown before "show all". */
const rowsShown = 200;
/** Data beyond this is not in the page as well: it opens within a second with ten thousand findings. */
const embeddedMax = 1024 * 1024;

/**
 * The assessment as one page that needs no network: readable, with everything in it, without JavaScript; the script
 * filters, keeps the filter in the address and opens everything for printing. The policy allows this one style and this
 * one script by hash, and nothing else. Text of clusters is escaped everywhere.
 */
export function assessmentHtml(assessment: Assessment): string {
  const { name, verdict, counts, coverage } = assessment;
  const json = JSON.stringify(assessment);
  const open = assessment.findings.filter(({ waiver }) => waiver === undefined);
  const waived = assessment.findings.filter(({ waiver }) => waiver !== undefined);
  const codes = new Set<string>(open.map(({ code }) => code));
  const policy = `default-src 'none'; style-src '${hashOf(pageStyle)}'; script-src '${hashOf(pageScript)}'; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${verdictWords[verdict]}: ${escape(name)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    ...head(assessment, json),
    ...(coverage.notChecked.length === 0
      ? []
      : [
          `<p class="banner">${plural(coverage.notChecked.length, 'check')} could not be run: their findings are unknown.</p>`,
        ]),
    '<form id="filters" hidden>',
    '<input type="search" id="text" placeholder="filter" aria-label="filter">',
    ...['blocker', 'warning', 'info'].map(
      (severity) => `<label><input type="checkbox" name="${severity}" checked> ${severity}</label>`
    ),
    '<label><input type="checkbox" name="onlynew"> only new</label>',
    '<output id="shown"></output>',
    '</form>',
    '<main>',
    '<h2 id="findings">Findings</h2>',
    ...(open.length === 0 ? ['<p>None.</p>'] : causesOf(open).flatMap(cause)),
    ...section('Waived', waived.length, waivedTable(waived, codes)),
    ...section('Resolved since the last assessment', counts.gone, goneTable(assessment, codes)),
    ...section('Not checked', coverage.notChecked.length, notCheckedTable(assessment)),
    '</main>',
    ...(json.length > embeddedMax
      ? ['<p>The data is too large for this page: get it with landfall assess -o json.</p>']
      : [`<script type="application/json" id="assessment">${escapeJson(json)}</script>`]),
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function head(assessment: Assessment, json: string): string[] {
  const { verdict, name, source, target, counts, coverage, verdicts, previous, scope } = assessment;
  const took = formatDuration((parseInstant(assessment.finished) ?? 0) - (parseInstant(assessment.started) ?? 0));
  const since =
    previous === undefined
      ? 'the first assessment of this migration'
      : `${counts.new} new and ${counts.gone} resolved since ${previous.finished} (${previous.run})`;
  const facts: readonly (readonly [string, string])[] = [
    [
      'findings',
      `${counts.blockers} blockers, ${counts.warnings} warnings, ${counts.infos} for information, ${counts.waived} waived`,
    ],
    ['checks', `${coverage.ran} of ${coverage.total} ran`],
    ['since', since],
    ['scope', `${scope.objects} objects and ${scope.claims} claims in ${scope.namespaces.join(', ')}`],
    ['source', `${source.name}, ${source.platform}, ${source.version}, ${source.uid}`],
    ['target', `${target.name}, ${target.platform}, ${target.version}, ${target.uid}`],
    ['made', `${assessment.finished}, in ${took}, by Landfall ${assessment.landfall}, run ${assessment.run}`],
    ['file', `SHA-256 ${scope.specSha256}`],
    ['data', `SHA-256 ${createHash('sha256').update(json).digest('hex')}`],
  ];
  return [
    '<header>',
    `<h1><span class="verdict ${verdict}">${verdictWords[verdict]}</span> ${escape(name)}</h1>`,
    '<dl>',
    ...facts.map(([term, text]) => `<dt>${term}</dt><dd>${breakableHtml(text)}</dd>`),
    '</dl>',
    '<ul class="verdicts">',
    ...verdicts.map(
      (one) =>
        `<li><span class="verdict ${one.verdict}">${verdictWords[one.verdict]}</span> ${escape(one.namespace)}</li>`
    ),
    '</ul>',
    '</header>',
  ];
}

function cause({ code, severity, findings }: Cause): string[] {
  const [first] = findings;
  const rows = findings.map((finding, index) => findingRow(finding, index >= rowsShown));
  const hidden = findings.length - rowsShown;
  return [
    `<details class="cause" data-severity="${severity}"${severity === 'blocker' ? ' open' : ''}>`,
    `<summary><span class="${severity}">${severity}</span> <code id="${code}">${code}</code> <b>${findings.length}</b> ${escape(first.consequence)} <i>${actorWords[first.actor]}</i></summary>`,
    `<p>What to do: ${breakableHtml(first.remedy)}. Described in <code>${breakableHtml(first.docs)}</code>.</p>`,
    '<table><thead><tr><th scope="col">subject</th><th scope="col">what</th><th scope="col">seen</th><th scope="col">since</th></tr></thead><tbody>',
    ...rows,
    '</tbody></table>',
    ...(hidden > 0 ? [`<button type="button" class="all">show all ${findings.length}</button>`] : []),
    '</details>',
  ];
}

function findingRow({ subject, message, evidence, firstSeen, state, side }: AssessmentFinding, late: boolean): string {
  const cells = [
    `<td>${breakableHtml(subject)}<br><small>${side ?? ''}</small></td>`,
    `<td>${breakableHtml(message)}</td>`,
    `<td>${breakableHtml(evidence)}</td>`,
    `<td>${state === 'new' ? '<b>new</b>' : `<time>${escape(firstSeen.slice(0, 10))}</time>`}</td>`,
  ];
  return `<tr data-state="${state}"${late ? ' class="late"' : ''}>${cells.join('')}</tr>`;
}

function section(title: string, count: number, table: string): string[] {
  return count === 0 ? [] : [`<h2 id="${idOf(title)}">${title} (${count})</h2>`, table];
}

function waivedTable(findings: readonly AssessmentFinding[], causes: ReadonlySet<string>): string {
  return tableHtml(
    ['code', 'subject', 'reason', 'owner', 'days left'],
    findings.map(({ code, subject, waiver }) => [
      codeLink(code, causes),
      ...[subject, waiver?.reason ?? '', waiver?.owner ?? '', String(waiver?.daysRemaining ?? 0)].map(breakableHtml),
    ])
  );
}

function goneTable({ gone }: Assessment, causes: ReadonlySet<string>): string {
  return tableHtml(
    ['code', 'subject', 'was'],
    gone.map(({ code, subject, message }) => [codeLink(code, causes), breakableHtml(subject), breakableHtml(message)])
  );
}

function notCheckedTable({ coverage }: Assessment): string {
  return tableHtml(
    ['check', 'why'],
    coverage.notChecked.map(({ id, why }) => [breakableHtml(id), breakableHtml(why)])
  );
}

function idOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

/** A code as a link to its cause on this page, where it has one. */
function codeLink(code: string, causes: ReadonlySet<string>): string {
  return causes.has(code) ? `<a href="#${code}">${breakableHtml(code)}</a>` : breakableHtml(code);
}

/** JSON inside a script element: nothing in it may end the element, nor be a line end to JavaScript. */
function escapeJson(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
