import type { Finding } from '../run/events.ts';
import type { Acceptance } from '../error-entry.ts';

/** Part of the assessment a code belongs to. */
export const checkGroups = [
  'api',
  'permissions',
  'capacity',
  'storage',
  'admission',
  'images',
  'traffic',
  'certificates',
  'identities',
  'external',
  'ownership',
  'workloads',
  'location',
  'assessment',
] as const;
export type CheckGroup = (typeof checkGroups)[number];

export type Severity = Finding['severity'];

/** Who acts: Landfall translates it, a person decides, a person must change it, or it cannot be moved at all. */
export type Actor = 'landfall' | 'decide' | 'change' | 'stays';

/** One row of the catalogue of findings. */
export interface FindingEntry {
  readonly group: CheckGroup;
  readonly severity: Severity;
  readonly actor: Actor;
  /** One sentence: what is so. */
  readonly summary: string;
  /** What it means for the move. */
  readonly consequence: string;
  readonly remedy: string;
  /** Whether a waiver of the file accepts it as a blocker; absent: any that covers it. */
  readonly acceptance?: Acceptance;
}
