import type { Command } from 'commander';
import { readText } from '../../config/read-text.ts';
import { apiVersion } from '../../config/kind.ts';
import { readPlan } from '../../config/plan-file/read.ts';
import { LandfallError } from '../../core/errors.ts';
import type { RestoreInput } from '../../core/run/context.ts';
import type { RestoreRequest } from '../../core/spec/spec.ts';
import { loadText } from '../../model/load-file.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { locatePlan, readSpecOf } from '../../runs/read-plan.ts';
import { specOfRestore } from '../../runs/restore-spec.ts';
import { newRunId, openRunClient } from '../../runs/run-client.ts';
import { confirmRun, isToBeAsked } from '../confirm-run.ts';
import { watchRun } from '../watch-run.ts';
import { reportDetached, temporalCommand, withDisplay } from './common.ts';
import type { CommonFlags } from './common.ts';
import { refuseHandFlags, writtenRestore, type HandFlags } from './restore-by-hand.ts';

interface RestoreFlags extends CommonFlags, HandFlags {
  readonly file?: string;
  readonly plan?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
}

/** `landfall restore -f FILE`, or `landfall restore POINT -f FILE --to CLUSTER`: starts a restore and shows it until it ends. */
export function restoreCommand(): Command {
  return withDisplay(temporalCommand('restore', 'restore a recovery point to a cluster; its source is not needed'))
    .argument('[point]', 'id of a recovery point, whole or short, or latest; with --to, no Restore document is needed')
    .option('-f, --file <file>', 'the configuration file: Cluster and Location documents, and a Restore')
    .option(
      '--plan <file>',
      'run exactly this plan; stop before changing anything if the cluster or the file changed since'
    )
    .option('--name <name>', 'the Restore to use, if the file has several')
    .option('--to <cluster>', 'the Cluster of the file to restore to, without a Restore document')
    .option('--location <name>', 'with --to: the Location of the recovery point, if the file has several')
    .option('--namespace-mapping <from=to>', 'with --to: rename a namespace; can be repeated', collect, [])
    .option(
      '--storage-class <from=to>',
      'with --to: storage class of the recovery point to one of the target; can be repeated',
      collect,
      []
    )
    .option(
      '--include <kind/name>',
      'with --to: only these objects, KIND/NAME or KIND/NAMESPACE/NAME; can be repeated',
      collect,
      []
    )
    .option('--existing <policy>', 'with --to: an existing object with different content: fail, skip or update')
    .option('--without-volumes', 'with --to: create claims empty')
    .option('--dry-run', 'validate every object on the target in a server-side dry run without storing it')
    .option('--detach', 'start it without watching')
    .option('-y, --yes', 'start without asking; on a terminal, a run from a file asks first')
    .option('--report <file>', 'also write the report to a file, as JSON')
    .action(async (point: string | undefined, flags: RestoreFlags) => {
      if (flags.to === undefined) refuseHandFlags(flags);
      if (flags.plan !== undefined) refuseBesidePlan(point, flags);
      const plan = flags.plan === undefined ? undefined : await readPlan(flags.plan);
      const found = plan === undefined ? await specOfRestore(await requestOf(point, flags)) : await readSpecOf(plan);
      const spec = flags.dryRun === true ? { ...found, dryRun: true } : found;
      if (spec.point === undefined) throw notARestore(flags.plan ?? '');
      if (isToBeAsked(flags)) await confirmRun(spec, flags.file ?? 'FILE');
      const runs = await openRunClient(flags, (message) => console.error(message));
      const runId = newRunId(spec.name);
      const input = {
        ...{ runId, spec },
        ...(plan === undefined ? {} : { plan: await locatePlan(runs, plan) }),
      } as RestoreInput;
      const handle = await runs.startRestore(input);
      if (flags.detach) reportDetached(runId, flags);
      else process.exitCode = await watchRun(runs, { handle, runId }, flags);
      await runs.close();
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** The Restore of the file, or one that is made of the flags of the command. */
async function requestOf(point: string | undefined, flags: RestoreFlags): Promise<RestoreRequest> {
  const { file } = flags;
  if (file === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: 'landfall restore needs a file with the Location and the Cluster',
      fix: 'give -f FILE; for one hand: landfall restore POINT -f FILE --to CLUSTER',
    });
  }
  const text = await readText(file);
  const written =
    flags.to === undefined ? undefined : await writtenRestore(point ?? 'latest', { ...flags, file }, text);
  // A document of JSON is one of YAML.
  const loaded = await loadText(
    written === undefined ? text : `${text}\n---\n${JSON.stringify({ apiVersion, ...written })}\n`,
    file
  );
  const name = written?.metadata.name ?? flags.name;
  const request = chooseNamed(loaded.restores, name === undefined ? { file } : { file, name }, 'Restore');
  if (point === undefined || written !== undefined) return request;
  return { ...request, wanted: { ...request.wanted, point } };
}

/** A plan says which point goes where. */
function refuseBesidePlan(point: string | undefined, { to, dryRun }: RestoreFlags): void {
  const beside = [point, to, dryRun].some((one) => one !== undefined);
  if (!beside) return;
  throw new LandfallError('CONFIG_INVALID', {
    what: '--plan cannot be combined with a recovery point, --to or --dry-run: the plan says all of it',
    fix: 'run the plan, or make another one',
  });
}

function notARestore(plan: string): LandfallError {
  return new LandfallError('PLAN_INVALID', {
    what: `${plan} is the plan of a migration, not of a restore`,
    fix: `landfall migrate --plan ${plan}`,
  });
}
