import type { AssessmentFinding, RawFinding } from '../core/findings/finding.ts';
import type { Assessment, GoneFinding } from './assessment.ts';

/** What makes two findings the same: the code and what it is about, never the words. */
export function findingKey({ code, subject }: Pick<RawFinding, 'code' | 'subject'> | AssessmentFinding): string {
  return `${code} ${subject}`;
}

/** Distinguishes new findings from known ones and names those that went away since the last assessment of this migration. */
export function compareFindings<F extends Omit<AssessmentFinding, 'firstSeen' | 'state'>>(
  findings: readonly F[],
  previous: Assessment | undefined,
  now: string
): {
  readonly findings: readonly (F & Pick<AssessmentFinding, 'firstSeen' | 'state'>)[];
  readonly gone: readonly GoneFinding[];
} {
  const before = new Map((previous?.findings ?? []).map((finding) => [findingKey(finding), finding]));
  const keys = new Set(findings.map((finding) => `${finding.code} ${finding.subject}`));
  return {
    findings: findings.map((finding) => {
      const known = before.get(`${finding.code} ${finding.subject}`);
      return known === undefined
        ? { ...finding, firstSeen: now, state: 'new' as const }
        : { ...finding, firstSeen: known.firstSeen, state: 'unchanged' as const };
    }),
    gone: [...before]
      .filter(([key]) => !keys.has(key))
      .map(([, { code, severity, subject, message, firstSeen }]) => ({
        code,
        severity,
        subject,
        message,
        firstSeen,
        goneSince: now,
      })),
  };
}
