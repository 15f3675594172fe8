import { catalogue as errors } from '../error-catalogue.ts';
import type { Finding } from '../run/events.ts';
import { parseInstant } from '../run/instant.ts';
import { compileGlob } from '../select/glob.ts';
import type { WaiverSpec } from '../spec/spec.ts';
import { catalogue } from './catalogue/index.ts';
import type { AppliedWaiver, AssessmentFinding, FindingCode } from './finding.ts';
import type { FindingEntry } from './finding-entry.ts';
import type { Acceptance, ErrorEntry } from '../error-entry.ts';

const dayMs = 86_400_000;

/** Findings with the waivers that cover them, and what became of the waivers. */
export interface Waived<T> {
  readonly findings: readonly (T & { readonly waiver?: AppliedWaiver })[];
  /** Passed their last day: they cover nothing any more. */
  readonly expired: readonly WaiverSpec[];
  /** Cover nothing of these findings. */
  readonly unused: readonly WaiverSpec[];
}

/**
 * Marks what the waivers of the file accept. A waiver counts to the end of its last day (UTC). A blocker is accepted only
 * as its catalogue entry allows: what would make the run fail cannot be accepted, and a breach of what translation must
 * keep is accepted by the name of its object and by no wildcard alone. The one place that decides this: an assessment, a
 * plan and a run agree. Pure.
 */
export function waive<T extends Omit<Finding, 'waiver'>>(
  findings: readonly T[],
  waivers: readonly WaiverSpec[],
  now: string
): Waived<T> {
  const nowMs = parseInstant(now) ?? 0;
  const used = new Set<WaiverSpec>();
  const matchers = waivers.map((waiver) => ({ waiver, matches: compileGlob(waiver.subject) }));
  const marked = findings.map((finding): Waived<T>['findings'][number] => {
    for (const { waiver, matches } of matchers) {
      if (waiver.code !== finding.code || !matches(finding.subject) || !isAccepted(finding, waiver)) continue;
      used.add(waiver);
      const remainingMs = endOf(waiver) - nowMs;
      if (remainingMs > 0) return { ...finding, waiver: { ...waiver, daysRemaining: Math.floor(remainingMs / dayMs) } };
    }
    return finding as Waived<T>['findings'][number];
  });
  const expired = waivers.filter((waiver) => endOf(waiver) <= nowMs);
  return { findings: marked, expired, unused: waivers.filter((one) => !used.has(one) && !expired.includes(one)) };
}

/**
 * The findings of a preflight or a plan as the file accepts them on a day: open ones first, then the accepted ones, then
 * the waivers that have ended. What covers nothing here may cover something of an assessment, so it is not mentioned.
 */
export function waiveFindings(
  findings: readonly Finding[],
  waivers: readonly WaiverSpec[],
  now: string
): readonly Finding[] {
  if (waivers.length === 0) return findings;
  const { findings: marked, expired } = waive<Omit<Finding, 'waiver'>>(findings, waivers, now);
  const reported = marked.map((finding): Finding => {
    if (finding.waiver === undefined) return finding;
    const { owner, reason, until } = finding.waiver;
    return { ...finding, waiver: { owner, reason, until } };
  });
  return [
    ...reported.filter(({ waiver }) => waiver === undefined),
    ...reported.filter(({ waiver }) => waiver !== undefined),
    ...expired.map((waiver): Finding => {
      const { severity, remedy } = catalogue.WAIVER_EXPIRED;
      return { code: 'WAIVER_EXPIRED', severity, subject: subjectOf(waiver), message: endedOn(waiver), remedy };
    }),
  ];
}

/** A blocker nobody has accepted: it stops the run. */
export function isOpenBlocker({ severity, waiver }: Pick<Finding, 'severity' | 'waiver'>): boolean {
  return severity === 'blocker' && waiver === undefined;
}

/** Whether a blocker of this code can be accepted at all, and how; a code of a later version cannot. */
export function acceptanceOf(code: string): Acceptance {
  const own = (catalogue as Readonly<Record<string, FindingEntry>>)[code];
  if (own !== undefined) return own.acceptance ?? 'any';
  return (errors as Readonly<Record<string, ErrorEntry>>)[code]?.acceptance ?? 'never';
}

/** True for a subject that says which object it means: the part with its name has more in it than wildcards. */
export function namesObject(subject: string): boolean {
  const name = subject.slice(Math.max(subject.lastIndexOf(' '), subject.lastIndexOf('/')) + 1);
  return /[^*?.:-]/.test(name);
}

function isAccepted({ code, severity }: Omit<Finding, 'waiver'>, { subject }: WaiverSpec): boolean {
  if (severity !== 'blocker') return true;
  const acceptance = acceptanceOf(code);
  return acceptance === 'any' || (acceptance === 'named' && namesObject(subject));
}

type Unjudged = Omit<AssessmentFinding, 'firstSeen' | 'state'>;

/**
 * The same for an assessment, which also says what is to be said about the waivers themselves: one that has passed its
 * day covers nothing any more, and one that covers nothing may hide something later.
 */
export function applyWaivers(
  findings: readonly Omit<Unjudged, 'waiver'>[],
  waivers: readonly WaiverSpec[],
  now: string
): Unjudged[] {
  const { findings: marked, expired, unused } = waive(findings, waivers, now);
  const said = waivers.flatMap((waiver) => {
    if (expired.includes(waiver)) return [about('WAIVER_EXPIRED', waiver, endedOn(waiver))];
    return unused.includes(waiver) ? [about('WAIVER_UNUSED', waiver, `it covers nothing in this assessment`)] : [];
  });
  return [...marked, ...said];
}

/** The end of the last day; one that is no date has ended, and the configuration has reported it before. */
function endOf({ until }: WaiverSpec): number {
  return (parseInstant(`${until}T00:00:00Z`) ?? 0) + dayMs;
}

function endedOn({ until, owner, reason }: WaiverSpec): string {
  return `it expired on ${until}; given by ${owner}: ${reason}`;
}

function subjectOf({ code, subject }: WaiverSpec): string {
  return `waiver ${code} ${subject}`;
}

function about(code: FindingCode, waiver: WaiverSpec, message: string): Unjudged {
  const { group, severity, actor, consequence, remedy } = catalogue[code];
  return {
    code,
    severity,
    subject: subjectOf(waiver),
    message,
    remedy,
    group,
    actor,
    namespace: '',
    evidence: 'spec.waivers of the Migration',
    consequence,
    docs: `docs/reference/findings.md#${code.toLowerCase()}`,
  };
}
