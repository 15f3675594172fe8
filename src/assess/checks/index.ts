import type { AssessFacts, Check, Need } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import { apiChecks } from './api.ts';
import { capacityChecks } from './capacity.ts';
import { certificateChecks } from './certificates.ts';
import { externalChecks } from './external.ts';
import { identityChecks } from './identities.ts';
import { imageChecks } from './images.ts';
import { locationChecks } from './location.ts';
import { ownershipChecks } from './ownership.ts';
import { runningChecks } from './running.ts';
import { storageChecks } from './storage.ts';
import { trafficChecks } from './traffic.ts';
import { webhookChecks } from './webhooks.ts';
import type { CheckGroup } from '../../core/findings/finding-entry.ts';

/** Every check that judges by facts alone, in the order of the report. */
export const checks: readonly Check[] = [
  ...apiChecks,
  ...capacityChecks,
  ...storageChecks,
  ...webhookChecks,
  ...imageChecks,
  ...trafficChecks,
  ...certificateChecks,
  ...identityChecks,
  ...externalChecks,
  ...ownershipChecks,
  ...runningChecks,
  ...locationChecks,
];

/** Those of them that only an assessment makes. */
export const assessedChecks: readonly Check[] = checks.filter(({ isPlanned }) => isPlanned !== true);

/** A check and whether it could be made. */
export interface CheckOutcome {
  readonly id: string;
  readonly group: CheckGroup;
  readonly ran: boolean;
  /** Why it was not made; '' when it was. */
  readonly why: string;
}

export interface Judgement {
  readonly findings: readonly RawFinding[];
  readonly outcomes: readonly CheckOutcome[];
}

/** Makes every check whose facts are there. One that lacks a list is not made, and says so: not checked is never ready. */
export function judge(facts: AssessFacts, which: readonly Check[] = checks): Judgement {
  const findings: RawFinding[] = [];
  const outcomes = which.map(({ id, group, needs, run }): CheckOutcome => {
    const missing = needs.flatMap((need) => unreadText(facts, need));
    if (missing.length > 0) return { id, group, ran: false, why: missing.join('; ') };
    findings.push(...run(facts));
    return { id, group, ran: true, why: '' };
  });
  return { findings, outcomes };
}

function unreadText(facts: AssessFacts, need: Need): readonly string[] {
  const [side, kind] = need.split('/') as ['source' | 'target', keyof AssessFacts['source']['lists']];
  const cluster = facts[side];
  if (cluster.lists[kind] !== undefined) return [];
  return [`${kind} of ${cluster.name}: ${cluster.unread[kind] ?? 'not read'}`];
}
