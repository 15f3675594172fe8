import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import pMap from 'p-map';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { EndedWave, MemberEnd } from '../core/wave/retry.ts';
import { purposeOf } from '../core/wave/wave.ts';
import type { WaveInput, WaveItem, WaveView } from '../core/wave/wave.ts';
import type { RunClient } from './run-client.ts';
import { inputOf } from './run-input.ts';

const probesAtOnce = 8;

/**
 * A wave that has ended and how each of its runs ended, as Temporal keeps it. Throws RUN_NOT_FOUND for what is no wave,
 * RUN_NAME_IN_USE while it goes on, and RETRY_UNSAFE for one that moved nothing.
 */
export async function readEndedWave(runs: RunClient, name: string): Promise<EndedWave> {
  const { handle, runId, kind } = await runs.find(name);
  if (kind !== 'wave') {
    throw new LandfallError('RUN_NOT_FOUND', {
      what: `${runId} is no wave`,
      fix: 'name the run of a wave, or the wave itself; a single migration is run again with `landfall migrate`',
    });
  }
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') {
    throw new LandfallError('RUN_NAME_IN_USE', {
      what: `wave ${runId} is going on`,
      fix: `let what failed run again in it with \`landfall resume ${runId}\`, or end it with \`landfall cancel ${runId}\``,
    });
  }
  const input = await inputOf<WaveInput>(runs.client, handle, runId);
  const purpose = purposeOf(input);
  if (purpose !== 'move') {
    throw new LandfallError('RETRY_UNSAFE', {
      what: `wave ${runId} was ${purpose === 'plan' ? 'planning' : 'a dry run'}: it moved nothing that could be continued`,
      fix: 'name the run of a wave that moved, or begin one: landfall wave -f FILE',
    });
  }
  const { items } = await handle.query<WaveView, []>('wave');
  const ends = await pMap(items, (item) => endOfMember(runs, item), { concurrency: probesAtOnce });
  return { run: runId, spec: input.spec, items, ends };
}

/** What the table says of a run may be older than its end: a wave that was terminated has not seen it. */
async function endOfMember(runs: RunClient, item: WaveItem): Promise<MemberEnd> {
  if (item.state === 'done') return 'arrived';
  if (item.run === '') return 'undone';
  try {
    const { handle } = await runs.find(item.run);
    const end = await endOfRun(handle);
    return end === 'leftover' && (await isCleaned(runs, item.run)) ? 'undone' : end;
  } catch (error) {
    if (isLandfallError(error) && error.detail.code === 'RUN_NOT_FOUND') return 'forgotten';
    throw error;
  }
}

async function endOfRun(handle: WorkflowHandle): Promise<MemberEnd> {
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') return 'running';
  try {
    const { outcome } = (await handle.result()) as { readonly outcome: string };
    return outcome === 'succeeded' ? 'arrived' : 'incomplete';
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    const kept = cause instanceof ApplicationFailure || cause instanceof CancelledFailure ? (cause.details ?? []) : [];
    const ending = kept.find(isEnding);
    // Whoever did not say how it ended, as one that was terminated, has undone nothing.
    return ending === undefined || ending.exitCode === 6 ? 'leftover' : 'undone';
  }
}

function isEnding(value: unknown): value is { readonly exitCode: number } {
  return typeof value === 'object' && value !== null && 'exitCode' in value;
}

async function isCleaned({ client }: RunClient, run: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(`cleanup/${run}`).describe();
    return status.name === 'COMPLETED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
