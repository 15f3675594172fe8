import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunEvent, SideState } from '../../src/core/run/events.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { WaveView } from '../../src/core/wave/wave.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { MadePlan } from '../../src/core/plan/contract.ts';

/** Stored events after `since`, at most 500 an answer. */
export const eventsQuery = defineQuery<readonly RunEvent[], [number]>('events');

/** Where the report is, once there is one, and the store it is in. */
export const reportQuery = defineQuery<{ readonly ref: StoredRef; readonly location: LocationSpec } | undefined>(
  'report'
);

/** What both sides were last seen to be. */
export const sidesQuery = defineQuery<{ readonly source: SideState; readonly target: SideState }>('sides');

/** The plan a planning run has made, and what is needed to read or approve it; undefined while there is none. */
export const planQuery = defineQuery<{ readonly plan: MadePlan; readonly context: RunContext } | undefined>('plan');

/** A wave as it is now. */
export const waveQuery = defineQuery<WaveView>('wave');

/** A user says: the cause of a waiting failure is gone, try the step again. */
export const resumeSignal = defineSignal('resume');
