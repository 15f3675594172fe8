import { formatBytes, plural } from '../run/format.ts';

/** A range in milliseconds, and where it comes from. */
export interface PhaseEstimate {
  readonly phase: string;
  readonly lowMs: number;
  readonly highMs: number;
  readonly basis: string;
}

/** What a run is expected to take: ranges, never a single number. The report compares them with what it took. */
export interface PlanEstimate {
  readonly phases: readonly PhaseEstimate[];
  readonly lowMs: number;
  readonly highMs: number;
  /** Bytes of objects as captured, and of volumes at most. */
  readonly bytes: { readonly objects: number; readonly volumesMax: number; readonly basis: string };
  readonly downtime: { readonly lowMs: number; readonly highMs: number; readonly basis: string };
}

export interface EstimateInput {
  /** Objects and bytes captured. */
  readonly captured: number;
  readonly capturedBytes: number;
  readonly writes: number;
  /** Objects an apply group waits for, and apply groups that wait. */
  readonly awaited: number;
  readonly waitingApplyGroups: number;
  readonly volumes: readonly { readonly sizeBytes: number; readonly way: 'snapshot' | 'copyWhileQuiesced' }[];
  readonly volumesInParallel: number;
  /** Sum of the limits of the hooks. */
  readonly hooksMaxMs: number;
}

/**
 * Rates a second, slow and fast end, seen with 2 KiB objects and 100 MiB volumes between two clusters on one busy machine
 * of two cores and on an idle one. Networks and admission of real clusters differ: that is why it is a range.
 */
const objectRates = {
  capture: { slow: 1_500, fast: 20_000, work: 'read and stored' },
  plan: { slow: 1_500, fast: 20_000, work: 'transformed and ordered' },
  apply: { slow: 120, fast: 1_500, work: 'written' },
  verify: { slow: 300, fast: 4_000, work: 'read back and compared' },
} as const;
const volumeByteRate = { slow: 10 * 2 ** 20, fast: 120 * 2 ** 20 };
const preflightMs = { low: 500, high: 15_000 };
/** What a phase takes however little there is to do: questions, lists of empty kinds, small objects in the store. */
const baseMs = { low: 300, high: 20_000 };
/** From making something to its being ready: API kinds take a second, pods pull images. */
const readyMs = { low: 1_000, high: 90_000 };
/** A claim's snapshot, temporary claim and Job on both sides, without the data. */
const volumeSetupMs = { low: 8_000, high: 60_000 };
/** A full volume is rare: the fast end takes a tenth of the capacity as used. */
const usedShareMin = 0.1;

/** Estimates a run from counts and sizes. Pure: the same plan gives the same estimate. */
export function estimateRun(input: EstimateInput): PlanEstimate {
  const phases = [
    {
      phase: 'preflight',
      lowMs: preflightMs.low,
      highMs: preflightMs.high,
      basis: 'requests to both clusters and the store',
    },
    objectPhase('capture', input.captured),
    objectPhase('plan', input.captured),
    ...volumePhase(input),
    applyPhase(input),
    objectPhase('verify', input.writes),
  ];
  const sum = (field: 'lowMs' | 'highMs'): number => phases.reduce((total, phase) => total + phase[field], 0);
  return {
    phases,
    lowMs: sum('lowMs'),
    highMs: sum('highMs'),
    bytes: {
      objects: input.capturedBytes,
      volumesMax: capacity(input),
      basis: 'objects as read; volumes by their capacity, since their used size is known only when they are read',
    },
    downtime: downtime(input),
  };
}

function capacity({ volumes }: EstimateInput): number {
  return volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0);
}

function objectPhase(phase: keyof typeof objectRates, objects: number): PhaseEstimate {
  const { slow, fast, work } = objectRates[phase];
  return {
    phase,
    lowMs: baseMs.low + Math.round((objects / fast) * 1_000),
    highMs: baseMs.high + Math.round((objects / slow) * 1_000),
    basis: `${plural(objects, 'object')} ${work} at ${slow} to ${fast} a second, and up to ${baseMs.high / 1_000} s for questions and lists`,
  };
}

function volumePhase(input: EstimateInput): PhaseEstimate[] {
  const { volumes, volumesInParallel, hooksMaxMs } = input;
  if (volumes.length === 0) return [];
  const lanes = Math.max(1, Math.min(volumesInParallel, volumes.length));
  const rounds = Math.ceil(volumes.length / lanes);
  const largest = volumes.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
  // Up and down again: every byte passes twice; the largest volume bounds the end however many lanes there are.
  const bytesLow = Math.max((capacity(input) * usedShareMin) / lanes, largest * usedShareMin) * 2;
  const bytesHigh = Math.max(capacity(input) / lanes, largest) * 2;
  const low = rounds * volumeSetupMs.low + (bytesLow / volumeByteRate.fast) * 1_000;
  const high = rounds * volumeSetupMs.high + (bytesHigh / volumeByteRate.slow) * 1_000 + hooksMaxMs;
  const speed = `${formatBytes(volumeByteRate.slow)} to ${formatBytes(volumeByteRate.fast)} a second and volume`;
  return [
    {
      phase: 'volumes',
      lowMs: Math.round(low),
      highMs: Math.round(high),
      basis: `${plural(volumes.length, 'volume')}, ${lanes} at a time, up and down at ${speed}, a tenth to all of ${formatBytes(capacity(input))} used`,
    },
  ];
}

function applyPhase(input: EstimateInput): PhaseEstimate {
  const { writes, awaited, waitingApplyGroups } = input;
  const base = objectPhase('apply', writes);
  if (awaited === 0) return base;
  return {
    ...base,
    lowMs: base.lowMs + waitingApplyGroups * readyMs.low,
    highMs: base.highMs + waitingApplyGroups * readyMs.high,
    basis: `${base.basis}; ${plural(waitingApplyGroups, 'apply group')} ${waitingApplyGroups === 1 ? 'waits' : 'wait'} for ${plural(awaited, 'object')} to become ready`,
  };
}

function downtime({ volumes, hooksMaxMs }: EstimateInput): PlanEstimate['downtime'] {
  const quiesced = volumes.filter(({ way }) => way === 'copyWhileQuiesced');
  const bytes = quiesced.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (quiesced.length > 0) {
    return {
      lowMs: Math.round(quiesced.length * volumeSetupMs.low + ((bytes * usedShareMin) / volumeByteRate.fast) * 1_000),
      highMs: Math.round(quiesced.length * volumeSetupMs.high + (bytes / volumeByteRate.slow) * 1_000 + hooksMaxMs),
      basis: `${plural(quiesced.length, 'claim')} without a snapshot: no pod may use them while they are copied`,
    };
  }
  if (hooksMaxMs > 0) {
    return {
      lowMs: 0,
      highMs: hooksMaxMs,
      basis: 'what the hooks freeze, for at most their timeouts; the source keeps serving',
    };
  }
  return { lowMs: 0, highMs: 0, basis: 'none: the source keeps serving; this run does not switch traffic' };
}
