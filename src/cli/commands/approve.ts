import type { Command } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import { approverText } from '../../core/plan/approval.ts';
import { observedUser } from '../../host/observed-user.ts';
import { ownCommand } from '../../runs/own-command.ts';
import { madePlanOf } from '../../runs/read-plan.ts';
import { openRunClient } from '../../runs/run-client.ts';
import { temporalCommand } from './common.ts';
import type { CommonFlags } from './common.ts';

interface ApproveFlags extends CommonFlags {
  readonly plan: string;
  readonly by: string;
  readonly comment: string;
  readonly refuse?: boolean;
}

/** `landfall approve RUN --plan HASH --by WHO`: agrees to a plan, or refuses it. Bound to the whole hash. */
export function approveCommand(): Command {
  return temporalCommand('approve', 'approve or reject a plan that `landfall plan` made')
    .argument('<run>', 'id of the planning run; the plan file contains it')
    .requiredOption('--plan <hash>', 'the full hash of the plan that was reviewed')
    .requiredOption('--by <who>', 'who approves')
    .option('--comment <text>', 'reason; it is stored with the approval', '')
    .option('--refuse', 'reject it: a rejected plan can never be run')
    .action(async (run: string, flags: ApproveFlags) => {
      const planHash = flags.plan.replace(/^sha256:/, '');
      if (!/^[0-9a-f]{64}$/.test(planHash)) {
        throw new LandfallError('CONFIG_INVALID', {
          what: '--plan is not the hash of a plan',
          why: 'a hash has 64 hex digits; a prefix is not enough',
          fix: 'copy it from the plan: landfall plan show FILE',
        });
      }
      const runs = await openRunClient(flags, (message) => console.error(message));
      const { handle, runId, kind } = await runs.find(run);
      const made = kind === 'plan' ? await madePlanOf(handle) : undefined;
      if (made === undefined) {
        await runs.close();
        throw new LandfallError('RUN_NOT_FOUND', {
          what: `run ${runId} has not made a plan`,
          fix: 'give the id of the planning run; the plan file has it as made.run',
        });
      }
      const observed = observedUser();
      const answer = await runs.approve({
        context: made.context,
        file: made.plan.file,
        planHash,
        by: flags.by,
        observed,
        decision: flags.refuse === true ? 'refused' : 'approved',
        comment: flags.comment,
      });
      // A plan of a wave is run with those of the other namespaces.
      const { memo } = await handle.describe();
      const next = memo?.['wave'] === undefined ? 'migrate --plan plan.yaml' : 'wave -f FILE --plans DIRECTORY';
      await runs.close();
      if (flags.output === 'json') console.log(JSON.stringify({ run: runId, ...answer, observed }));
      else if (answer.decision === 'refused')
        console.log(
          `plan ${planHash} rejected by ${approverText({ by: answer.by, observed })}: it can no longer be run`
        );
      else {
        const until = new Date(answer.expiresAtMs).toISOString();
        console.log(`plan ${planHash} approved by ${approverText({ by: answer.by, observed })} until ${until}`);
        console.log(`  next      ${ownCommand(next, flags)}`);
      }
    });
}
