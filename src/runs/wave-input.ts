import { loadFile } from '../model/load-file.ts';
import { LandfallError } from '../core/errors.ts';
import { nameOfRunId } from '../core/identity/run-id.ts';
import { waveForPurpose } from '../core/wave/wave-purpose.ts';
import { continueWave } from '../core/wave/retry.ts';
import type { WaveInput, WavePurpose, WaveSpec } from '../core/wave/wave.ts';
import { chooseNamed } from './choose.ts';
import { readEndedWave } from './ended-wave.ts';
import { newRunId } from './run-client.ts';
import type { RunClient } from './run-client.ts';
import { locatePlans, readPlanDirectory } from './wave-plans.ts';
import type { FoundPlan } from './wave-plans.ts';

/** What says which wave is started, and how. */
export interface WaveFlags {
  readonly file: string;
  readonly name?: string;
  /** A wave that has ended, whose unfinished part is run again. */
  readonly retry?: string;
  /** Directory of the plans its runs are held to. */
  readonly plans?: string;
}

/** What the files say, before any cluster or engine is asked. */
interface WrittenWave {
  readonly spec: WaveSpec;
  readonly plans: readonly FoundPlan[] | undefined;
}

/** Reads the file and the plans. Throws APPROVAL_MISSING where a migration asks for an approved plan and none is given. */
export async function readWave(flags: WaveFlags, purpose: WavePurpose): Promise<WrittenWave> {
  const { file, retry } = flags;
  const { waves } = await loadFile(file);
  const retried =
    waves.find(({ name }) => name === retry) ?? waves.find(({ name }) => name === nameOfRunId(retry ?? ''));
  const name = flags.name ?? retried?.name;
  const chosen = chooseNamed(waves, { file, ...(name === undefined ? {} : { name }) }, 'MigrationWave');
  const spec = purpose === 'move' ? chosen : waveForPurpose(chosen, purpose);
  const plans = flags.plans === undefined ? undefined : await readPlanDirectory(flags.plans);
  const strict = spec.migrations.find(({ approval, dryRun }) => approval?.required === true && !dryRun);
  if (purpose === 'move' && plans === undefined && strict !== undefined) {
    const given = `-f ${file}${retry === undefined ? '' : ` --retry ${retry}`}`;
    throw new LandfallError('APPROVAL_MISSING', {
      what: `Migration ${strict.name} asks for an approved plan, and none is given`,
      fix: `landfall wave plan ${given} --out-dir plans, have each plan approved, then landfall wave ${given} --plans plans`,
    });
  }
  return { spec, plans };
}

/**
 * The input of a wave: a new one, or one that continues what has ended. Throws PLAN_INVALID for plans nobody has made, and
 * RETRY_UNSAFE with all problems; `say` gets what stays out of a retry.
 */
export async function waveInputOf(
  runs: RunClient,
  { spec, plans, retry }: WrittenWave & { readonly retry: string | undefined },
  say: (message: string) => void
): Promise<WaveInput> {
  const input: WaveInput = {
    runId: newRunId(spec.name),
    spec,
    ...(plans === undefined ? {} : { plans: await locatePlans(runs, plans) }),
  };
  if (retry === undefined) return input;
  const ended = await readEndedWave(runs, retry);
  if (ended.spec.name !== spec.name) {
    throw new LandfallError('RETRY_UNSAFE', {
      what: `${ended.run} is a run of wave ${ended.spec.name}, and the file gives wave ${spec.name}`,
      fix: `give the file of wave ${ended.spec.name}`,
    });
  }
  const { items, problems, notes } = continueWave(ended, spec);
  const [first] = problems;
  if (first !== undefined) throw new LandfallError(first.code, { ...first, cause: undefined, problems });
  for (const note of notes) say(note);
  const forgiven = items.filter(({ state }) => state === 'done').length;
  const state = { items, startedAt: new Date().toISOString(), parts: 0, forgiven };
  return { ...input, state, continues: ended.run };
}
