import { isOpenBlocker } from '../core/findings/waivers.ts';
import type { PlannedFinding } from '../core/plan/plan.ts';
import { plural } from '../core/run/format.ts';
import type { WaveView } from '../core/wave/wave.ts';
import type { AddressFlags } from '../engine/address.ts';
import { ownCommand, shellWord } from '../runs/own-command.ts';
import { findingText, range } from './plan-view/model.ts';
import { table } from './table.ts';
import type { PlannedMember } from '../runs/wave-plans.ts';
import { headOf, stateWord } from './wave-table.ts';
import type { WaveLines } from './wave-table.ts';

/** What is shown of the plan of one namespace; also a row of the JSON. */
interface PlannedRow {
  readonly namespace: string;
  readonly group: string;
  readonly state: string;
  /** The planning run: what `landfall approve` takes. */
  readonly run: string;
  /** '' where no plan was made. */
  readonly hash: string;
  readonly file: string;
  /** Open ones. */
  readonly blockers: number;
  readonly warnings: number;
  readonly objects: { readonly create: number; readonly change: number };
  readonly volumes: number;
  readonly estimateMs?: { readonly low: number; readonly high: number };
  /** Code of the error that ended planning; '' = none. */
  readonly error: string;
  readonly approval: boolean;
  /** The first open blocker in words; '' = there is none. */
  readonly blocker: string;
}

/** The row of one namespace. Pure. */
export function plannedRow({ item, group, plan, file }: PlannedMember): PlannedRow {
  const { namespace, run, code } = item;
  const findings = plan?.content.findings ?? [];
  const totals = plan?.content.totals ?? {};
  const total = (verb: string): number => totals[verb] ?? 0;
  const blockers = findings.filter(isOpenBlocker);
  const estimate = plan?.made.estimate;
  const [first] = blockers;
  return {
    ...{ namespace, group, state: stateWord(item, 'plan'), run, hash: plan?.hash ?? '', file },
    blockers: blockers.length,
    warnings: findings.filter(isOpenWarning).length,
    objects: { create: total('create') + total('bind'), change: total('change') },
    volumes: total('snapshot') + total('copy'),
    ...(estimate === undefined ? {} : { estimateMs: { low: estimate.lowMs, high: estimate.highMs } }),
    error: item.before === true ? '' : code,
    approval: plan?.content.approval.required === true,
    blocker: first === undefined ? '' : `${first.code}  ${findingText(first)}`,
  };
}

function isOpenWarning({ severity, waiver }: PlannedFinding): boolean {
  return severity === 'warning' && waiver === undefined;
}

/** Blockers and commands named one by one; a wave has hundreds. */
const shown = 5;

/** The table of a planned wave, its blockers, and what comes next. Pure. */
export function plannedLines(
  { view, rows }: { readonly view: WaveView; readonly rows: readonly PlannedRow[] },
  flags: AddressFlags & { readonly file: string; readonly outDir?: string }
): WaveLines {
  const errors = rows.some(({ error }) => error !== '');
  const head = ['NAMESPACE', 'GROUP', 'STATE', 'BLOCKERS', 'WARNINGS', 'CREATE', 'CHANGE', 'VOLUMES', 'ESTIMATE'];
  return {
    head: headOf(view),
    table: table(errors ? [...head, 'ERROR'] : head, rows.map(cellsOf)).split('\n'),
    rows: [sumLine(rows), ...blockerRows(rows), ...filesRow(rows, flags), ...nextRows(rows, flags)],
  };
}

function cellsOf(row: PlannedRow): string[] {
  const { namespace, group, state, blockers, warnings, objects, volumes, estimateMs, error, hash } = row;
  const counts = hash === '' ? ['', '', '', '', ''] : [blockers, warnings, objects.create, objects.change, volumes];
  const estimate = estimateMs === undefined ? '' : range({ lowMs: estimateMs.low, highMs: estimateMs.high });
  return [namespace, group, state, ...counts.map(String), estimate, error];
}

function sumLine(rows: readonly PlannedRow[]): string {
  const sum = (of: (row: PlannedRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
  const planned = rows.filter(({ hash }) => hash !== '');
  return [
    `Plan of ${plural(planned.length, 'namespace')}: ${sum(({ objects }) => objects.create)} to create`,
    `${sum(({ objects }) => objects.change)} to change`,
    `${plural(
      sum(({ volumes }) => volumes),
      'volume'
    )} to move`,
    `${plural(
      sum(({ blockers }) => blockers),
      'open blocker'
    )}.`,
  ].join(', ');
}

function blockerRows(rows: readonly PlannedRow[]): string[] {
  const blocked = rows.filter(({ blocker }) => blocker !== '');
  const remaining = blocked.length - shown;
  return [
    ...blocked.slice(0, shown).map(({ namespace, blocker, blockers }) => {
      const more = blockers > 1 ? ` (and ${blockers - 1} more)` : '';
      return `  blocker   ${namespace}: ${blocker}${more}`;
    }),
    ...(remaining > 0 ? [`            and of ${plural(remaining, 'more namespace')}: see their plans`] : []),
  ];
}

function filesRow(rows: readonly PlannedRow[], { outDir }: { readonly outDir?: string }): string[] {
  const files = rows.filter(({ file }) => file !== '');
  return outDir === undefined || files.length === 0 ? [] : [`  plans     ${plural(files.length, 'file')} in ${outDir}`];
}

function nextRows(
  rows: readonly PlannedRow[],
  flags: AddressFlags & { readonly file: string; readonly outDir?: string; readonly retry?: string }
): string[] {
  const { outDir, retry } = flags;
  const given = `-f ${shellWord(flags.file)}${retry === undefined ? '' : ` --retry ${retry}`}`;
  if (rows.some(({ blockers, error }) => blockers > 0 || error !== '')) {
    return ['  next      remove what blocks or failed, or accept by name what can be accepted, and plan again'];
  }
  if (outDir === undefined) {
    return [`  next      ${ownCommand(`wave plan ${given} --out-dir plans`, flags)}`];
  }
  const open = rows.filter(({ approval }) => approval);
  const approve = open.slice(0, 1).map((row) => ownCommand(`approve ${row.run} --plan ${row.hash} --by WHO`, flags));
  const others =
    open.length > 1 ? [`and so the other ${plural(open.length - 1, 'plan')}; run and hash are in each file`] : [];
  const run = ownCommand(`wave ${given} --plans ${shellWord(outDir)}`, flags);
  return [...approve, ...others, run].map((line, index) => `${index === 0 ? '  next' : ''}`.padEnd(12) + line);
}
