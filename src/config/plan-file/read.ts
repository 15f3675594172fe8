import type { z } from 'zod';
import { LandfallError } from '../../core/errors.ts';
import { canonicalJson } from '../../core/plan/canonical-plan.ts';
import { planSchema } from '../../core/plan/plan.ts';
import type { Plan, PlanAction as PlanActionType } from '../../core/plan/plan.ts';
import { configProblem, formatPath, sortProblems } from '../problem.ts';
import type { ConfigProblem, Position } from '../problem.ts';
import { readText } from '../read-text.ts';
import { parseYaml } from '../yaml.ts';
import { actionPrefix, actionsLine, hashPlan } from './format.ts';
import { PlanAction, PlanHead } from './schema.ts';

/** A plan of 200,000 objects has about 60 MB. */
const planBytesMax = 256 * 1024 * 1024;
/** Beyond it the head was not written by Landfall; it protects the parser. */
const headCharactersMax = 4 * 1024 * 1024;
/** Problems shown of the actions; a file that was written anew by another tool has one a line. */
const problemsMax = 50;

/**
 * Reads a plan file as `formatPlan` wrote it. Throws CONFIG_UNREADABLE, or PLAN_INVALID with all problems, each with
 * its line: what is no plan, was written by another version, or was changed after it was made.
 */
export async function readPlan(path: string): Promise<Plan> {
  return parsePlan(await readText(path, planBytesMax), path);
}

/** `readPlan` of a text already read; `file` gives messages their place. */
export function parsePlan(text: string, file: string): Plan {
  const parts = split(text);
  const { headText } = parts;
  if (headText.length > headCharactersMax) {
    throw invalid(file, [
      planProblem({
        ...{ file, at: lineStart(1), path: '' },
        what: 'has a header larger than that of any plan',
        hint: 'use the file as landfall plan wrote it',
      }),
    ]);
  }
  const parsed = parseYaml(headText, file);
  const problems: ConfigProblem[] = [...parsed.problems];
  const [document, second] = parsed.documents;
  if (second !== undefined || (document === undefined && problems.length === 0)) {
    problems.push(
      planProblem({
        ...{ file, at: lineStart(1), path: '' },
        what: 'is not a plan: a plan is a single document',
        hint: 'make one with: landfall plan -f FILE --out plan.yaml',
      })
    );
  }
  const version = (document?.value as { readonly schema?: unknown } | null | undefined)?.schema;
  if (document !== undefined && version !== planSchema) {
    throw invalid(file, [...problems, wrongVersion(file, document.valueAt(['schema']).line, version)]);
  }
  const head = PlanHead.safeParse(document?.value);
  if (!head.success && document !== undefined) {
    problems.push(...head.error.issues.flatMap((issue) => headProblem(issue, file, document)));
  }
  const actions = readActions(parts, file, problems);
  if (problems.length > 0 || !head.success) throw invalid(file, problems);
  const { hash, made, content } = head.data;
  const whole = { ...content, actions };
  const actual = hashPlan(whole);
  if (actual !== hash && document !== undefined) {
    const what = `is ${short(hash)}, but the content has the hash ${short(actual)}: the file was changed after it was created`;
    const at = document.valueAt(['hash']);
    throw invalid(file, [
      planProblem({ file, at, path: 'hash', what, hint: 'use the unmodified file, or plan again' }),
    ]);
  }
  return { hash, made, content: whole };
}

interface Parts {
  readonly headText: string;
  /** Number of the line of the first action, from 1. */
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** Cuts the actions off without parsing them: they are one line each. */
function split(text: string): Parts {
  const mark = new RegExp(`^${actionsLine}[^\\n]*$`, 'm').exec(text);
  if (mark === null) return { headText: text, firstLine: 1, lines: [] };
  const headText = text.slice(0, mark.index);
  const lines = text
    .slice(mark.index + mark[0].length)
    .split('\n')
    .slice(1);
  if (lines.at(-1) === '') lines.pop();
  return { headText, firstLine: headText.split('\n').length + 1, lines };
}

function readActions({ firstLine, lines }: Parts, file: string, problems: ConfigProblem[]): PlanActionType[] {
  const actions: PlanActionType[] = [];
  let wrong = 0;
  lines.forEach((line, index) => {
    const found = readAction(line);
    if (typeof found !== 'string') actions.push(found);
    else if (++wrong <= problemsMax) {
      problems.push(
        planProblem({
          ...{ file, at: lineStart(firstLine + index), path: `actions[${index}]` },
          what: found,
          hint: 'use the file as landfall plan wrote it',
        })
      );
    }
  });
  if (wrong > problemsMax) {
    problems.push(
      planProblem({
        ...{ file, at: lineStart(firstLine), path: 'actions' },
        what: `have ${wrong - problemsMax} more problems of this kind`,
        hint: 'plan again',
      })
    );
  }
  return actions;
}

/** The action of a line, or what is wrong with it. Only the canonical form is taken: it has no key twice and no comment. */
function readAction(line: string): PlanActionType | string {
  if (!line.startsWith(`${actionPrefix}{`)) return 'is not on a line of its own as JSON';
  const json = line.slice(actionPrefix.length);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'is no JSON';
  }
  const parsed = PlanAction.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `is not an action this version knows: ${formatPath(pathOf(issue))} ${issueText(issue)}`;
  }
  if (canonicalJson(value) !== json)
    return 'is not in its original form: a duplicate key, a different order, or white space';
  return parsed.data;
}

function headProblem(
  issue: z.core.$ZodIssue,
  file: string,
  document: NonNullable<ReturnType<typeof parseYaml>['documents'][number]>
): ConfigProblem[] {
  const path = pathOf(issue);
  const hint = 'use the file as landfall plan wrote it, or plan again';
  if (issue.code !== 'unrecognized_keys') {
    return [planProblem({ file, at: document.valueAt(path), path: formatPath(path), what: issueText(issue), hint })];
  }
  return issue.keys.map((key) => {
    const inner = [...path, key];
    return planProblem({
      file,
      at: document.keyAt(inner),
      path: formatPath(inner),
      what: 'is not a key of a plan',
      hint,
    });
  });
}

function pathOf(issue: z.core.$ZodIssue | undefined): (string | number)[] {
  return (issue?.path ?? []).filter((segment) => typeof segment !== 'symbol');
}

/** Never the value itself. */
function issueText(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return `has the unknown key ${issue.keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}`;
    case 'invalid_type':
      return `is not of type ${issue.expected}`;
    case 'invalid_value':
      return `is not one of ${issue.values.map(String).join(', ')}`;
    default:
      return 'is not valid';
  }
}

function wrongVersion(file: string, line: number, version: unknown): ConfigProblem {
  const said = typeof version === 'string' ? version.slice(0, 80) : 'nothing';
  const isPlan = typeof version === 'string' && version.startsWith('landfall.dev/plan/');
  const what = isPlan ? `is ${said}, and this version reads ${planSchema}` : `is ${said}: it is not a Landfall plan`;
  const hint = isPlan
    ? 'use the version of Landfall that made it, or plan again'
    : 'make one with: landfall plan -f FILE --out plan.yaml';
  return planProblem({ file, at: lineStart(line), path: 'schema', what, hint });
}

function lineStart(line: number): Position {
  return { line, column: 1 };
}

function planProblem(options: Parameters<typeof configProblem>[0]): ConfigProblem {
  return { ...configProblem(options), code: 'PLAN_INVALID' };
}

function invalid(file: string, found: readonly ConfigProblem[]): LandfallError {
  const problems = sortProblems(found).map((one) => ({ ...one, code: 'PLAN_INVALID' as const }));
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new LandfallError('PLAN_INVALID', { what: `${file} has ${count}`, ref: problems[0]?.ref ?? file, problems });
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}
