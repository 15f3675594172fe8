import { parseInstant } from '../run/instant.ts';
import { compileGlob } from '../select/glob.ts';
import { catalogue } from './catalogue/index.ts';
import type { WaiverSpec } from '../spec/spec.ts';
import type { AppliedWaiver, AssessmentFinding, FindingCode } from './finding.ts';

const dayMs = 86_400_000;

type Finding = Omit<AssessmentFinding, 'firstSeen' | 'state'>;

/**
 * Marks what the waivers of the file cover, and adds what is to be said about the waivers themselves: one that has passed
 * its day covers nothing any more, and one that covers nothing may hide something later. A waiver counts to the end of
 * its last day, UTC.
 */
export function applyWaivers(findings: readonly Finding[], waivers: readonly WaiverSpec[], now: string): Finding[] {
  const nowMs = parseInstant(now) ?? 0;
  const used = new Set<WaiverSpec>();
  const matchers = waivers.map((waiver) => ({ waiver, matches: compileGlob(waiver.subject) }));
  const marked = findings.map((finding): Finding => {
    for (const { waiver, matches } of matchers) {
      if (waiver.code !== finding.code || !matches(finding.subject)) continue;
      used.add(waiver);
      const leftMs = endOf(waiver) - nowMs;
      if (leftMs > 0)
        return { ...finding, waiver: { ...waiver, daysLeft: Math.floor(leftMs / dayMs) } satisfies AppliedWaiver };
    }
    return finding;
  });
  const said = waivers.flatMap((waiver) => {
    if (endOf(waiver) <= nowMs) {
      const message = `it ended on ${waiver.until}; ${waiver.owner} gave it because: ${waiver.reason}`;
      return [about('WAIVER_EXPIRED', waiver, message)];
    }
    return used.has(waiver) ? [] : [about('WAIVER_UNUSED', waiver, `nothing of this assessment is covered by it`)];
  });
  return [...marked, ...said];
}

/** The end of the last day; one that is no date has ended, and the configuration has told so before. */
function endOf({ until }: WaiverSpec): number {
  return (parseInstant(`${until}T00:00:00Z`) ?? 0) + dayMs;
}

function about(code: FindingCode, waiver: WaiverSpec, message: string): Finding {
  const { group, severity, actor, consequence, remedy } = catalogue[code];
  return {
    code,
    severity,
    subject: `waiver ${waiver.code} ${waiver.subject}`,
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
