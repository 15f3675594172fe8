import type { Command } from 'commander';
import { loadFile } from '../../model/load-file.ts';
import { readPlan } from '../../config/plan-file/read.ts';
import { LandfallError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { AppliedSpec, MigrationSpec } from '../../core/spec/spec.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { confirmRun, isToBeAsked } from '../confirm-run.ts';
import { locatePlan, readSpecOf } from '../../runs/read-plan.ts';
import { newRunId, openRunClient } from '../../runs/run-client.ts';
import { watchRun } from '../watch-run.ts';
import { reportDetached, temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import type { MigrateInput } from '../../core/run/context.ts';

interface MigrateFlags extends CommonFlags {
  readonly file?: string;
  readonly plan?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
}

/** `landfall migrate -f FILE` or `--plan FILE`: starts a migration and shows it until it ends. */
export function migrateCommand(): Command {
  return withDisplay(temporalCommand('migrate', 'move what the file describes from one cluster to another'))
    .option('-f, --file <file>', 'the configuration file: Cluster, Location and Migration documents')
    .option(
      '--plan <file>',
      'run exactly this plan; stop before changing anything if the clusters or the file changed since'
    )
    .option('--name <name>', 'the Migration to use, if the file has several')
    .option(
      '--dry-run',
      'capture and plan, then validate every object on the target in a server-side dry run without storing it'
    )
    .option('--detach', 'start it without watching')
    .option('-y, --yes', 'start without asking; on a terminal, a run from a file asks first')
    .option('--report <file>', 'also write the report to a file, as JSON')
    .action(async (flags: MigrateFlags) => {
      const plan = flags.plan === undefined ? undefined : await readPlan(flags.plan);
      const spec = await specOf(flags, plan);
      if (isToBeAsked(flags)) await confirmRun(spec, flags.file ?? 'FILE');
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const input: MigrateInput = {
        runId,
        spec,
        ...(plan === undefined ? {} : { plan: await locatePlan(runs, plan) }),
      };
      const handle = await runs.startMigration(input);
      if (flags.detach) reportDetached(runId, flags);
      else process.exitCode = await watchRun(runs, { handle, runId }, flags);
      await runs.close();
    });
}

/** From the file where one is given, else the specification the plan was made from. */
async function specOf(flags: MigrateFlags, plan: Plan | undefined): Promise<MigrationSpec> {
  const { file } = flags;
  if (file === undefined && plan === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: 'landfall migrate needs a file',
      fix: 'give -f FILE or --plan FILE',
    });
  }
  if (plan !== undefined && flags.dryRun === true) {
    throw new LandfallError('CONFIG_INVALID', {
      what: '--plan and --dry-run cannot be combined',
      fix: 'run the plan, or check the file with --dry-run',
    });
  }
  const spec =
    file === undefined
      ? asMigration(await readSpecOf(plan as Plan), flags.plan ?? '')
      : chooseNamed((await loadFile(file)).migrations, { ...flags, file, ...nameOf(flags, plan) }, 'Migration');
  if (plan === undefined && spec.approval?.required === true && flags.dryRun !== true) {
    throw new LandfallError('APPROVAL_MISSING', {
      what: `Migration ${spec.name} requires an approved plan, and none was given`,
      fix: `landfall plan -f ${file ?? 'FILE'} --out plan.yaml, have it approved, then landfall migrate --plan plan.yaml`,
    });
  }
  return flags.dryRun === true ? { ...spec, dryRun: true } : spec;
}

/** The other kinds of runs have commands of their own. */
function asMigration(spec: AppliedSpec, plan: string): MigrationSpec {
  const { source, ...others } = spec;
  if (spec.point === undefined && source.kubeconfig !== undefined) {
    return { ...others, source: { ...source, kubeconfig: source.kubeconfig } };
  }
  throw new LandfallError('PLAN_INVALID', {
    what: `${plan} is the plan of a restore, not of a migration`,
    fix: `landfall restore --plan ${plan}`,
  });
}

function nameOf(flags: MigrateFlags, plan: Plan | undefined): { name?: string } {
  const name = flags.name ?? plan?.content.name;
  return name === undefined ? {} : { name };
}
