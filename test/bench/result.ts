import type { Estimate } from './statistics.ts';

/** One line of `--json`. The name says what is divided by what and whether the target is a floor or a ceiling. */
export interface BenchResult {
  readonly name: string;
  readonly ratio: number;
  /** 95 % interval; equal to the ratio where a thing is counted once. */
  readonly low: number;
  readonly high: number;
  readonly target: number;
  /** null: no verdict, since the control of the same runs was wider than the noise bound. */
  readonly met: boolean | null;
  /** Processor time the host kept for itself while this was measured. */
  readonly stealPercent: number;
}

/** Whether a target is the most or the least that is allowed; it ends the name. */
export type Direction = 'at most' | 'at least';

/** An A/A control whose interval leaves 1 ± this gives no verdict. */
export const noiseBound = 0.05;

interface ResultParts {
  readonly what: string;
  readonly direction: Direction;
  readonly target: number;
  readonly measured: Estimate;
  /** Runs of one and the same thing against each other; absent for what is counted and not timed. */
  readonly control?: Estimate;
  readonly stealPercent: number;
}

/** Judges a measurement. Counted things always get a verdict; timed ones only beside a narrow control. */
export function judge({ what, direction, target, measured, control, stealPercent }: ResultParts): BenchResult {
  const { ratio, low, high } = measured;
  const holds = direction === 'at most' ? ratio <= target : ratio >= target;
  const noisy = control !== undefined && isNoisy(control);
  return {
    name: `${what} (${direction})`,
    ratio: rounded(ratio),
    low: rounded(low),
    high: rounded(high),
    target: rounded(target),
    met: noisy ? null : holds,
    stealPercent: rounded(stealPercent),
  };
}

/** True when the same thing measured against itself differs by more than the bound. */
export function isNoisy(control: Estimate): boolean {
  return !(control.low >= 1 - noiseBound && control.high <= 1 + noiseBound);
}

/** Something counted once: no interval. */
export function counted(value: number): Estimate {
  return { ratio: value, low: value, high: value };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
