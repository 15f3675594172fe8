import { catalogue as errorCatalogue } from '../core/error-catalogue.ts';
import type { CheckOutcome } from './checks/index.ts';
import { catalogue } from '../core/findings/catalogue/index.ts';
import { compareFindings, findingKey } from './compare.ts';
import type { AnyFindingCode, AssessmentFinding, RawFinding } from '../core/findings/finding.ts';
import { applyWaivers } from '../core/findings/waivers.ts';
import type { WaiverSpec } from '../core/spec/spec.ts';
import { checkGroups } from '../core/findings/finding-entry.ts';
import type { CheckGroup, FindingEntry } from '../core/findings/finding-entry.ts';
import type { Verdict, Assessment } from './assessment.ts';
import { assessmentSchema } from './assessment.ts';

export interface AssessmentInput extends Pick<
  Assessment,
  'run' | 'name' | 'landfall' | 'started' | 'finished' | 'source' | 'target' | 'scope' | 'measures'
> {
  readonly raw: readonly RawFinding[];
  readonly outcomes: readonly CheckOutcome[];
  readonly waivers: readonly WaiverSpec[];
  readonly previous: Assessment | undefined;
}

/** Where an error code that is used as a finding belongs. */
const groupOfErrors: Readonly<Record<string, CheckGroup>> = {
  cluster: 'api',
  config: 'assessment',
  source: 'api',
  target: 'admission',
  volume: 'storage',
  location: 'location',
  conflict: 'admission',
  policy: 'admission',
  limit: 'capacity',
};

/** Codes that say more than their group. */
const groupOfCodes: Readonly<Partial<Record<AnyFindingCode, CheckGroup>>> = {
  CLUSTER_FORBIDDEN: 'permissions',
  EXPOSURE_WIDENED: 'traffic',
  SELECTION_CHANGED: 'workloads',
  PLACEMENT_BROKEN: 'workloads',
  SOURCE_LEFTOVER: 'external',
};

/** The row of a code; error codes have one made from their own catalogue. They stop a run as blockers only. */
export function entryOf(code: AnyFindingCode, severity: FindingEntry['severity'] = 'blocker'): FindingEntry {
  const own: FindingEntry | undefined = (catalogue as Readonly<Record<string, FindingEntry>>)[code];
  if (own !== undefined) return own;
  const { summary, fix, group } = errorCatalogue[code as keyof typeof errorCatalogue];
  return {
    group: groupOfCodes[code] ?? groupOfErrors[group] ?? 'api',
    severity,
    actor: 'change',
    summary,
    consequence:
      severity === 'blocker'
        ? 'The run would stop with this error.'
        : 'The run continues, and its report includes the finding.',
    remedy: fix,
  };
}

/** Where a code is documented. */
function docsOf(code: string): string {
  return `${code in catalogue ? 'docs/reference/findings.md' : 'docs/reference/errors.md'}#${code.toLowerCase()}`;
}

/** Puts an assessment together: severities, waivers, comparison with the last one, verdicts. Pure. */
export function assemble(input: AssessmentInput): Assessment {
  const { previous, finished, outcomes, scope, raw } = input;
  const { run, name, landfall, started, source, target, measures } = input;
  const complete = applyWaivers(unique(raw).map(fillIn), input.waivers, finished);
  const { findings, gone } = compareFindings(complete, previous, finished);
  const sorted = findings.toSorted(byWeight);
  const open = sorted.filter(({ waiver }) => waiver === undefined);
  const notChecked = outcomes.filter(({ ran }) => !ran);
  const count = (severity: string) => open.filter((finding) => finding.severity === severity).length;
  return {
    schema: assessmentSchema,
    run,
    name,
    landfall,
    started,
    finished,
    source,
    target,
    scope,
    verdict: verdictOf(open, notChecked),
    verdicts: scope.namespaces.map((namespace) => ({
      namespace,
      verdict: verdictOf(
        open.filter((finding) => finding.namespace === namespace),
        []
      ),
    })),
    counts: {
      blockers: count('blocker'),
      warnings: count('warning'),
      infos: count('info'),
      waived: sorted.length - open.length,
      new: sorted.filter(({ state }) => state === 'new').length,
      gone: gone.length,
    },
    coverage: { ran: outcomes.length - notChecked.length, total: outcomes.length, notChecked },
    findings: sorted,
    gone,
    ...(previous === undefined ? {} : { previous: { run: previous.run, finished: previous.finished } }),
    measures,
  };
}

type Unjudged = Omit<AssessmentFinding, 'firstSeen' | 'state' | 'waiver'>;

function fillIn(raw: RawFinding): Unjudged {
  const { group, severity, actor, consequence, remedy } = entryOf(raw.code, raw.severity);
  const { code, subject, namespace, side, message, evidence } = raw;
  const about = side === undefined ? {} : { side };
  return {
    code,
    severity: raw.severity ?? severity,
    subject,
    message,
    remedy: raw.remedy ?? remedy,
    ...about,
    group,
    actor,
    namespace,
    evidence,
    consequence,
    docs: docsOf(code),
  };
}

/** The same code about the same subject once: messages of the others are joined to it. */
function unique(raw: readonly RawFinding[]): readonly RawFinding[] {
  const merged = new Map<string, RawFinding>();
  for (const finding of raw) {
    const key = findingKey(finding);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, finding);
    else if (!known.message.includes(finding.message) && known.message.length < 2000)
      merged.set(key, { ...known, message: `${known.message}; ${finding.message}` });
  }
  return [...merged.values()];
}

function verdictOf(open: readonly AssessmentFinding[], notChecked: readonly CheckOutcome[]): Verdict {
  if (open.some(({ severity }) => severity === 'blocker')) return 'not-ready';
  if (notChecked.length > 0) return 'unknown';
  return open.some(({ severity }) => severity === 'warning') ? 'conditions' : 'ready';
}

const severities = ['blocker', 'warning', 'info'];

function byWeight(one: AssessmentFinding, other: AssessmentFinding): number {
  const rank = (finding: AssessmentFinding) =>
    severities.indexOf(finding.severity) * 100 + checkGroups.indexOf(finding.group);
  const order = rank(one) - rank(other);
  if (order !== 0) return order;
  return one.code === other.code ? compareText(one.subject, other.subject) : compareText(one.code, other.code);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
