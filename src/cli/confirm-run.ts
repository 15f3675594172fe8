import { createInterface } from 'node:readline/promises';
import { LandfallError } from '../core/errors.ts';
import { nounOfRun } from '../core/run/roles.ts';
import { plural } from '../core/run/format.ts';
import type { AppliedSpec, RunSpec } from '../core/spec/spec.ts';
import { ownCommand } from '../runs/own-command.ts';
import { writeWrapped } from './render/wrap.ts';

const policies = {
  fail: 'an existing object with different content stops the run',
  skip: 'an existing object with different content is left unchanged',
  update: 'an existing object with different content is updated',
} as const;

/** What a run from a file is about to do, as far as set in the file it: one screen, before anything is written. */
function describeRun(spec: RunSpec, file: string): string[] {
  return isApplied(spec) ? describeApplied(spec, file) : describeBackup(spec);
}

function isApplied(spec: RunSpec): spec is AppliedSpec {
  return spec.target !== undefined;
}

/** What a backup reads, and what it writes and where. */
function describeBackup({ name, source, location, scope, volumes, hooks, onFailure }: RunSpec): string[] {
  const temporary = 'snapshots and temporary Landfall objects on the source, which are removed again';
  const takesData = volumes.mode === 'move';
  const hookCount = hooks.pre.length + hooks.post.length;
  return [
    `${name}: ${source.name} -> a recovery point in ${location.name}`,
    row('namespaces', scope.namespaces.join(', ')),
    row(
      'volumes',
      takesData ? 'their data is copied' : 'no data is copied; claims are in the recovery point without it'
    ),
    row('reads', `objects${takesData ? ' and volumes' : ''} of ${source.name}`),
    row('writes', `${location.name}: a new recovery point${takesData ? `; ${temporary}` : '; nothing on the source'}`),
    row('on failure', failureText(onFailure)),
    ...(hookCount === 0 ? [] : [row('hooks', `${plural(hookCount, 'command')} in pods on the source`)]),
  ];
}

function failureText(onFailure: RunSpec['onFailure']): string {
  return onFailure === 'rollback' ? 'everything is undone' : 'the run stops where it is and waits for you';
}

function describeApplied(spec: AppliedSpec, file: string): string[] {
  const { scope, namespaceMapping, storageClasses, volumes, hooks, point } = spec;
  const renamed = Object.entries(namespaceMapping).map(([from, to]) => `${from} -> ${to}`);
  const classes = Object.entries(storageClasses).map(([from, to]) => `${from} -> ${to}`);
  const hookCount = hooks.pre.length + hooks.post.length;
  return [
    point === undefined
      ? `${spec.name}: ${spec.source.name} -> ${spec.target.name}, through ${spec.location.name}`
      : `${spec.name}: recovery point ${point.id} of ${spec.source.name} -> ${spec.target.name}, from ${spec.location.name}`,
    row('namespaces', [scope.namespaces.join(', '), ...renamed].join('; ')),
    row(
      'volumes',
      volumes.mode === 'move'
        ? [point === undefined ? 'move' : 'restore', ...classes].join('; ')
        : 'no data is moved; claims are created empty'
    ),
    row('existing', policies[spec.existingResourcePolicy]),
    row('on failure', failureText(spec.onFailure)),
    row(
      'writes',
      point === undefined
        ? 'objects and volumes on the target; snapshots and temporary Landfall objects on the source'
        : 'objects and volumes on the target; the captured cluster is not asked'
    ),
    ...(hookCount === 0 ? [] : [row('hooks', `${plural(hookCount, 'command')} in pods on the source`)]),
    row(
      'preview',
      point === undefined
        ? `${ownCommand(`plan -f ${file}`)} shows every action and writes nothing to the clusters`
        : '--dry-run asks the target about every object and stores none of them'
    ),
  ];
}

/** Where a question is asked and answered. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

interface StartFlags {
  readonly plan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output?: string;
}

const ownTerminal: Terminal = { input: process.stdin, output: process.stderr };

/** A plan was read and named by whoever runs it; a dry run writes nothing; and nobody sits at a pipe. */
export function isToBeAsked(
  { plan, dryRun, yes, output }: StartFlags,
  { input, output: screen }: Terminal = ownTerminal
): boolean {
  if (plan !== undefined || dryRun === true || yes === true || output === 'json') return false;
  return input.isTTY === true && screen.isTTY === true;
}

/** Asks on the terminal whether to begin. Throws CANCELLED unless the answer is yes. */
export async function confirmRun(
  spec: RunSpec,
  file: string,
  { input, output }: Terminal = ownTerminal
): Promise<void> {
  const asking = createInterface({ input, output });
  // Ctrl-C and Ctrl-D close the question instead of answering it.
  const closed = new AbortController();
  asking.once('close', () => closed.abort());
  try {
    for (const line of describeRun(spec, file)) writeWrapped(output, line, textAt);
    const question = asking.question('Start? Type "yes" to start:  ', { signal: closed.signal });
    const answer = await question.catch(() => '');
    if (answer.trim().toLowerCase() === 'yes') return;
  } finally {
    asking.close();
  }
  throw new LandfallError('CANCELLED', {
    what: `${nounOfRun(spec)} ${spec.name} was not started: the answer was not "yes"`,
    fix: 'answer yes, or use --yes in scripts',
  });
}

/** Column where the text of a row begins. */
const textAt = 14;

function row(label: string, text: string): string {
  return `  ${label}`.padEnd(textAt) + text;
}
