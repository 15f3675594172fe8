import { runFolder, storeJson } from '../../archive/run-objects.ts';
import type { CheckOutcome } from '../../assess/checks/index.ts';
import type { CheckedPart } from '../../assess/contract.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import { entryOf } from '../../assess/report.ts';
import type { Session } from '../session.ts';
import type { CheckGroup } from '../../core/findings/finding-entry.ts';

/** What an activity of the assessment stores. */
export interface StoredPart {
  readonly findings: readonly RawFinding[];
  readonly outcomes: readonly CheckOutcome[];
  readonly measures: Readonly<Record<string, number>>;
}

/** Stores a part and answers its counts. Idempotent: the same content has the same key. */
export async function storePart(session: Session<never>, part: StoredPart): Promise<CheckedPart> {
  const { findings, outcomes } = part;
  return {
    part: await storeJson(runFolder(session, 'assess'), part),
    findings: findings.length,
    blockers: findings.filter(({ code, severity }) => (severity ?? entryOf(code).severity) === 'blocker').length,
    notChecked: outcomes.filter(({ ran }) => !ran).length,
  };
}

export function made(id: string, group: CheckGroup): CheckOutcome {
  return { id, group, ran: true, why: '' };
}

export function notMade(id: string, group: CheckGroup, why: string): CheckOutcome {
  return { id, group, ran: false, why };
}
