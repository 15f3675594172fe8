import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunEvent } from '../../src/core/run/events.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';

/** Stored events after `since`, at most 500 an answer. */
export const eventsQuery = defineQuery<readonly RunEvent[], [number]>('events');

/** Where the report is, once there is one, and the store it is in. */
export const reportQuery = defineQuery<{ readonly ref: StoredRef; readonly location: LocationSpec } | undefined>(
  'report'
);

/** A user says: the cause of a waiting failure is gone, try the step again. */
export const resumeSignal = defineSignal('resume');
