import type { ErrorDetail } from '../errors.ts';
import type { MigrationSpec } from '../spec/spec.ts';
import type { PlanReference } from '../run/context.ts';

/** Weekly windows and freezes, as written; times are of the zone. */
export interface CalendarSpec {
  readonly timeZone: string;
  readonly allow: readonly { readonly days: readonly Weekday[]; readonly from: string; readonly to: string }[];
  readonly freeze: readonly { readonly from: string; readonly to: string; readonly reason?: string }[];
}

export type Weekday = 'Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun';

export interface WaveGroup {
  readonly name: string;
  /** Index into `migrations`. */
  readonly migration: number;
  readonly namespaces: readonly string[];
  readonly excludeNamespaces: readonly string[];
}

/** A wave as a run gets it: the migrations it takes as patterns once, groups in order. */
export interface WaveSpec {
  readonly name: string;
  readonly migrations: readonly MigrationSpec[];
  readonly groups: readonly WaveGroup[];
  readonly concurrency: { readonly total: number; readonly perLink: number };
  readonly stopOn: { readonly failureRate: number; readonly minimumEnded: number };
  readonly calendar?: CalendarSpec;
}

/** One namespace of a wave, as found on its source. */
export interface WaveMember {
  readonly namespace: string;
  readonly group: number;
  readonly migration: number;
}

export type WaveState = 'queued' | 'running' | 'done' | 'partial' | 'failed' | 'cancelled';

/** One namespace of a wave as it is now. Small: a wave carries all of them through continue-as-new. */
export interface WaveItem extends WaveMember {
  readonly state: WaveState;
  /** Id of its last run; '' before the first. */
  readonly run: string;
  /** Milliseconds since 1970; 0 = not yet. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** How many runs it has had. */
  readonly attempts: number;
  /** Code of the error that ended its last run; '' = none. */
  readonly code: string;
  /** Exit code of its last run; absent: it has not ended, or ended with a version that did not keep it. */
  readonly exitCode?: number;
  /** Its run is one of the wave that this one continues: it had arrived by then. */
  readonly before?: true;
}

/** What the runs of a wave do: `dry-run` and `plan` leave every application where it is. */
export type WavePurpose = 'move' | 'dry-run' | 'plan';

/** What people ask a wave for. */
export interface WaveView {
  readonly run: string;
  readonly name: string;
  /** `stopped`: too many failed, a person has to say how it goes on. */
  readonly state: 'running' | 'waiting' | 'stopped' | 'ended';
  /** Why it waits or stopped; '' = it does not. */
  readonly reason: string;
  readonly groups: readonly string[];
  readonly items: readonly WaveItem[];
  /** Absent in waves of earlier versions, which move. */
  readonly purpose?: WavePurpose;
  /** The ended wave it continues; absent: none. */
  readonly continues?: string;
  /** Absent while it goes on. */
  readonly exitCode?: number;
}

/** The workflow's input; `state` is what an earlier part of the same wave hands on. */
export interface WaveInput {
  readonly runId: string;
  readonly spec: WaveSpec;
  readonly state?: WaveCarry;
  /** Events one part of its history may have; absent = `limits.workflowEvents`. */
  readonly eventsMax?: number;
  /** Its runs only plan, and this person is who plans; absent: they migrate. */
  readonly plan?: { readonly by: string };
  /** The plan each of its runs is held to, by the name of the migration; absent: none is held to one. */
  readonly plans?: Readonly<Record<string, PlanReference>>;
  /** The ended wave whose table `state` goes on with; absent: it begins anew. */
  readonly continues?: string;
}

/** What a wave carries over to its next part. */
export interface WaveCarry {
  readonly items: readonly WaveItem[];
  readonly startedAt: string;
  readonly parts: number;
  readonly forgiven: number;
}

export interface WaveOutcome {
  readonly outcome: 'succeeded' | 'partial' | 'failed' | 'cancelled';
  readonly exitCode: number;
  readonly done: number;
  readonly failed: number;
}

/** An item that waits for its turn. */
export function queuedItem(member: WaveMember): WaveItem {
  return { ...member, state: 'queued', run: '', startedMs: 0, endedMs: 0, attempts: 0, code: '' };
}

/** The Migration of one namespace: that of its pattern, for this namespace alone, with a name of its own. */
export function memberSpec(pattern: MigrationSpec, wave: string, namespace: string): MigrationSpec {
  return {
    ...pattern,
    name: memberName(wave, namespace),
    scope: { ...pattern.scope, namespaces: [namespace], excludeNamespaces: [] },
  };
}

/** Most characters of a migration's name, so that the id of its run is a label value. */
const nameMax = 58;

/** `wave-namespace`; a longer one is cut and distinguished by a hash. The same input gives the same name. */
export function memberName(wave: string, namespace: string): string {
  const whole = `${wave}-${namespace}`;
  if (whole.length <= nameMax) return whole;
  return `${whole.slice(0, nameMax - 9).replace(/-+$/, '')}-${hashOf(whole)}`;
}

/** How a run ended, as a wave keeps it. */
export interface ItemEnd {
  readonly state: WaveState;
  readonly endedMs: number;
  readonly exitCode: number;
  readonly error?: ErrorDetail;
}

/** The item of a run that has ended. */
export function endedItem(item: WaveItem, { state, endedMs, exitCode, error }: ItemEnd): WaveItem {
  return { ...item, state, endedMs, exitCode, code: error?.code ?? '' };
}

/** What a wave was started for. */
export function purposeOf({ plan, spec }: Pick<WaveInput, 'plan' | 'spec'>): WavePurpose {
  if (plan !== undefined) return 'plan';
  return spec.migrations.length > 0 && spec.migrations.every(({ dryRun }) => dryRun) ? 'dry-run' : 'move';
}

/** FNV-1a, 32 bits, 8 hex digits: distinguishes names, protects nothing. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
