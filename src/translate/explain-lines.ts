import { describeRef, objectKey } from '../core/resource.ts';
import type { TransformNote } from '../core/transform/rule.ts';
import type { ExplainedEdit, ExplainedStep, Explanation } from './explain.ts';

/** Longest value shown in a line; `-o json` has the whole. */
const valueChars = 160;

const marks: Readonly<Record<ExplainedEdit['op'], string>> = { add: '+', remove: '-', replace: '~' };
const codes: Readonly<Record<NonNullable<TransformNote['code']>, string>> = {
  TRANSLATION_LOSS: 'lost',
  TRANSLATION_UNMAPPED: 'no word',
  TRANSLATION_MANUAL: 'to do',
  EXTERNAL_HELD: 'held',
  EXTERNAL_SHARED: 'shared',
  EXPOSURE_WIDENED: 'opened',
  RUN_STARTS_AGAIN: 'runs again',
  WORKLOAD_PAUSED: 'paused',
  CLAIM_SOURCE_MISSING: 'not there',
  ADDRESS_NOT_KEPT: 'lost',
  SUBJECTS_EXCLUDED: 'removed',
  REFERENCE_UNCHANGED: 'unchanged',
};

/** Which steps are shown. */
export interface ExplainOptions {
  readonly isShown?: (rule: string) => boolean;
}

/** An explanation as lines people read: rule by rule what was there and what is, then notes and made objects. */
export function explainLines(explanation: Explanation, options: ExplainOptions = {}): string[] {
  const { object, target, excluded, steps, later, notes, additional, findings = [] } = explanation;
  const isShown = options.isShown ?? (() => true);
  const moved = objectKey(object) === objectKey(target) ? '' : ` -> ${describeRef(target)}`;
  const shown = steps.filter(({ rule }) => isShown(rule));
  return [
    `${describeRef(object)}${moved}`,
    ...(excluded === undefined ? [] : [`  excluded by ${excluded.rule}: ${excluded.reason}`]),
    ...(excluded === undefined && shown.length === 0 ? ['  unchanged'] : []),
    ...shown.flatMap((step) => stepLines(step)),
    ...later.filter(({ rule }) => isShown(rule)).flatMap((step) => stepLines(step, 'once everything is running, ')),
    ...notes.filter(({ rule }) => isShown(rule)).flatMap(noteLines),
    ...findings.map(
      ({ severity, code, message }) =>
        `  ! ${severity === 'blocker' ? 'stops the run' : 'look at'}, ${code}: ${message}`
    ),
    ...additional.flatMap((one) => [
      `  ${one.rule} creates ${describeRef(one.object)}: ${one.reason}`,
      `    ${one.text}`,
    ]),
  ];
}

function stepLines({ rule, reason, edits }: ExplainedStep, when = ''): string[] {
  return [`  ${when}${rule}: ${reason}`, ...edits.map((edit) => `    ${editLine(edit)}`)];
}

function editLine({ op, path, before = '', after = '' }: ExplainedEdit): string {
  const values = op === 'replace' ? `${cut(before)} -> ${cut(after)}` : cut(op === 'add' ? after : before);
  return `${marks[op]} ${path} ${values}`;
}

function noteLines({ rule, code, severity, path, message, remedy }: TransformNote): string[] {
  const word = code === undefined ? 'look at' : codes[code];
  const stop = severity === 'blocker' ? ' (stops the run)' : '';
  const where = path === '' ? '' : ` ${path}`;
  const line = `  ! ${word}${stop}, ${rule}${where}: ${message}`;
  return remedy === undefined || remedy === '' ? [line] : [line, `      ${remedy}`];
}

function cut(value: string): string {
  return value.length > valueChars ? `${value.slice(0, valueChars)}…` : value;
}
