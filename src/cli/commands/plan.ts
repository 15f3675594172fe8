import { userInfo } from 'node:os';
import { Option } from 'commander';
import type { Command } from 'commander';
import { loadFile } from '../../model/load-file.ts';
import { readPlan } from '../../config/plan-file/read.ts';
import { LandfallError } from '../../core/errors.ts';
import { writePrivate } from '../../host/private-file.ts';
import { planSchema } from '../../core/plan/plan.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { AppliedSpec } from '../../core/spec/spec.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { planHtml } from '../plan-view/html.ts';
import { planMarkdown } from '../plan-view/markdown.ts';
import { planText } from '../plan-view/text.ts';
import { specOfRestore } from '../../runs/restore-spec.ts';
import { readPlanOf } from '../../runs/read-plan.ts';
import { newRunId, openRunClient } from '../../runs/run-client.ts';
import { watchRun } from '../watch-run.ts';
import { chooseAppearance } from '../render/mode.ts';
import { temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';

interface WriteFlags {
  readonly out?: string;
  readonly markdown?: string;
  readonly html?: string;
}

interface PlanFlags extends CommonFlags, WriteFlags {
  readonly file?: string;
  readonly name?: string;
  readonly by?: string;
  readonly all?: boolean;
  readonly exitCode?: boolean;
}

/** The plan has actions, with `--exit-code` (docs/reference/exit-codes.md). */
const hasActionsCode = 4;
const blockedCode = 5;

/** `landfall plan -f FILE`: what a migration or a restore would do, exactly and in order, without doing any of it. */
export function planCommand(): Command {
  const command = withDisplay(
    temporalCommand(
      'plan',
      'show exactly what a migration or a restore would do, in order; writes nothing to the clusters'
    )
  )
    .option('-f, --file <file>', 'the configuration file: Cluster, Location and Migration or Restore documents')
    .option('--name <name>', 'the Migration or Restore to use, if the file has several')
    .option('--by <who>', 'who makes the plan; default: the current user')
    .option('--exit-code', 'exit with 4 when the plan has actions')
    .action(async (flags: PlanFlags) => plan(flags));
  return withWrites(command).addCommand(showCommand().exitOverride());
}

/** `landfall plan show FILE|RUN`: any plan again, in any form. */
function showCommand(): Command {
  const command = temporalCommand('show', 'show a plan file, or the plan that a run made').argument(
    '<plan>',
    'a plan file, or the id of a planning run'
  );
  return withWrites(command).action(async (what: string, flags: PlanFlags, self: Command) => {
    const merged = { ...flags, ...self.optsWithGlobals<PlanFlags>() };
    const shown = /[./\\]/.test(what) ? { plan: await readPlan(what) } : await planOfRun(what, merged);
    await write(shown, merged);
    print(shown.plan, merged);
  });
}

function withWrites(command: Command): Command {
  return command
    .option('--out <file>', 'write the plan to a file, to be approved and run')
    .option('--markdown <file>', 'write it as Markdown, for a ticket or a pull request')
    .option('--html <file>', 'write it as one self-contained HTML page with search')
    .addOption(new Option('--all', 'show every object, not only those that change or need attention'));
}

interface Shown {
  readonly plan: Plan;
  /** The file as it was stored; absent where it was read from one. */
  readonly text?: string;
}

async function plan(flags: PlanFlags): Promise<void> {
  const { file } = flags;
  if (file === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: 'landfall plan needs a file',
      fix: 'landfall plan -f FILE --out plan.yaml, or landfall plan show FILE',
    });
  }
  const spec = await specOf(file, flags);
  const runs = await openRunClient(flags, (message) => console.error(message));
  const runId = newRunId(spec.name);
  const handle = await runs.startPlan({ runId, spec: { ...spec, dryRun: false }, by: flags.by ?? userInfo().username });
  // With -o json: the events, and as the last line the plan.
  const code = await watchRun(runs, { handle, runId }, { ...flags, next: '' });
  const made = code === 0 || code === blockedCode ? await readPlanOf(handle) : undefined;
  await runs.close();
  process.exitCode = code;
  if (made === undefined) return;
  const shown = { plan: made.file, text: made.text };
  await write(shown, flags);
  print(made.file, flags);
  if (flags.exitCode === true && code === 0 && made.file.content.actions.length > 0) process.exitCode = hasActionsCode;
}

/** A Migration of the file or a Restore of it, which a plan binds to its recovery point. */
async function specOf(file: string, flags: PlanFlags): Promise<AppliedSpec> {
  const { migrations, restores } = await loadFile(file);
  const { name } = flags;
  const isRestore =
    name === undefined ? migrations.length === 0 && restores.length > 0 : !migrations.some((one) => one.name === name);
  if (isRestore && restores.length > 0) return specOfRestore(chooseNamed(restores, { ...flags, file }, 'Restore'));
  return chooseNamed(migrations, { ...flags, file }, 'Migration');
}

async function planOfRun(run: string, flags: PlanFlags): Promise<Shown> {
  const runs = await openRunClient(flags, (message) => console.error(message));
  const { handle, runId, kind } = await runs.find(run);
  const made = kind === 'plan' ? await readPlanOf(handle) : undefined;
  await runs.close();
  if (made !== undefined) return { plan: made.file, text: made.text };
  throw new LandfallError('RUN_NOT_FOUND', {
    what: `run ${runId} has not made a plan`,
    fix: 'give the id of a `landfall plan` run, or the path of a plan file',
  });
}

async function write({ plan: made, text }: Shown, flags: WriteFlags): Promise<void> {
  if (flags.out !== undefined && text !== undefined) await writePrivate(flags.out, text);
  if (flags.markdown !== undefined) await writePrivate(flags.markdown, planMarkdown(made));
  if (flags.html !== undefined) await writePrivate(flags.html, planHtml(made));
}

function print(made: Plan, flags: PlanFlags): void {
  if (flags.output === 'json') {
    console.log(JSON.stringify({ schema: planSchema, ...made }));
    return;
  }
  if (flags.quiet === true) {
    console.log(made.hash);
    return;
  }
  const { isTTY } = process.stdout;
  const appearance = chooseAppearance({
    env: process.env,
    isTerminal: isTTY,
    color: flags.color === false ? 'never' : 'auto',
  });
  const out = flags.out === undefined ? {} : { file: flags.out };
  for (const line of planText(made, { ...appearance, all: flags.all === true, ...out })) console.log(line);
}
