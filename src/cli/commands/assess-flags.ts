import type { CommonFlags } from './common.ts';

/** Options that schedule assessments instead of making one now. */
export interface ScheduleFlags {
  readonly schedule?: string;
  readonly every?: string;
  readonly timeZone: string;
  readonly schedules?: boolean;
  readonly unschedule?: string;
}

/** Options of `landfall assess`. */
export interface AssessFlags extends Omit<CommonFlags, 'output'>, ScheduleFlags {
  /** '' only where schedules are listed or ended. */
  readonly file: string;
  readonly name?: string;
  readonly output: 'text' | 'json' | 'html';
  readonly report?: string;
  readonly exitCode?: boolean;
  readonly images: boolean;
  readonly probes: boolean;
}
