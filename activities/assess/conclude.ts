import { LandfallError } from '../../src/core/errors.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { createNamed, readNamed, sha256Of } from '../../src/archive/stored.ts';
import type { CheckOutcome } from '../../src/assess/checks/index.ts';
import type { ConcludedAssessment, ConcludeRequest } from '../../src/assess/contract.ts';
import type { AnyFindingCode, RawFinding } from '../../src/core/findings/finding.ts';
import { assemble } from '../../src/assess/report.ts';
import type { CaptureSelection } from '../../src/core/capture/capture-kinds.ts';
import type { DesiredState } from '../../src/core/planning/desired-state.ts';
import type { Finding } from '../../src/core/run/events.ts';
import type { Platform, RunSpec, SourceSpec } from '../../src/core/spec/spec.ts';
import type { Location } from '../../src/ports/location.ts';
import { storedProfiles } from '../../src/services/planning/translation.ts';
import { made, notMade } from '../../src/services/assess/part.ts';
import type { StoredPart } from '../../src/services/assess/part.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';
import type { Assessment } from '../../src/assess/assessment.ts';

/** Findings that travel in the history; all are in the stored assessment. */
const worstMax = 50;

/** Where the assessments of a migration are kept; the newest has the greatest key. */
function assessmentFolder(name: string): string {
  return `assessments/${name}/`;
}

interface Conclusion {
  readonly request: ConcludeRequest;
  /** Opens the Location that keeps the assessments. */
  openKeep(): Promise<Location>;
}

/**
 * Puts the parts together, compares with the last assessment of the same migration and stores the result for good. The
 * only thing an assessment leaves behind. Idempotent: the key comes from the end of the run and its id.
 */
export async function concludeAssessment(
  session: Session<never>,
  progress: Progress,
  { request, openKeep }: Conclusion
): Promise<ConcludedAssessment> {
  const { spec, runId } = session;
  const { signal } = progress;
  const parts = await Promise.all(request.parts.map((ref) => loadJson<StoredPart>(session.location, ref, { signal })));
  const found = await Promise.all(request.found.map((one) => whole(session.location, one)));
  const { namespaces } = await loadJson<CaptureSelection>(session.location, request.namespaces);
  const keep = await openKeep();
  try {
    const folder = assessmentFolder(spec.name);
    const key = `${folder}${request.finishedAt.replaceAll(':', '')}-${runId}.json`;
    const previous = await lastAssessment(keep, { folder, own: key }, signal);
    const profiles = await storedProfiles(session);
    const assessment = assemble({
      run: runId,
      name: spec.name,
      landfall: session.version,
      started: request.startedAt,
      finished: request.finishedAt,
      source: summaryOf(spec.source, request.source, profiles?.source.platform),
      target: summaryOf(assessedTarget(spec), request.target, profiles?.target.platform),
      scope: {
        namespaces,
        objects: request.objects,
        claims: request.claims,
        specSha256: sha256Of(JSON.stringify({ ...spec, location: request.keep })),
      },
      raw: [
        ...found.flatMap(({ step, findings }) => findings.map((one) => rawOf(step, one))),
        ...parts.flatMap((part) => part.findings),
      ],
      outcomes: [
        ...found.map(foundOutcome),
        ...mergeOutcomes(parts.flatMap((part) => part.outcomes)),
        ...request.notMade.map(({ id, group, why }) => notMade(id, group, why)),
      ],
      waivers: spec.waivers ?? [],
      previous,
      measures: measuresOf(parts),
    });
    const bytes = Buffer.from(`${JSON.stringify(assessment)}\n`);
    await createNamed(keep, { key, bytes }, { signal });
    const stored = await keep.read(key, { signal });
    return {
      assessment: { key, sha256: sha256Of(stored), sizeBytes: stored.byteLength },
      verdict: assessment.verdict,
      counts: assessment.counts,
      worst: assessment.findings
        .filter(({ waiver, severity }) => waiver === undefined && severity !== 'info')
        .slice(0, worstMax)
        .map(eventOf),
    };
  } finally {
    await keep.close();
  }
}

/** Removes everything the assessment stored while it worked. Idempotent. */
export async function removeScratch(location: Location, { signal }: Progress): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of location.list('', { signal })) keys.push(key);
  for (const key of keys) await location.delete(key, { signal });
}

async function lastAssessment(
  location: Location,
  { folder, own }: { readonly folder: string; readonly own: string },
  signal: AbortSignal
): Promise<Assessment | undefined> {
  let last = '';
  for await (const { key } of location.list(folder, { signal })) {
    if (key !== own && key > last && key < own) last = key;
  }
  if (last === '') return undefined;
  const text = Buffer.from(await readNamed(location, last, { signal })).toString('utf8');
  return JSON.parse(text) as Assessment;
}

function rawOf(step: string, { code, severity, subject, message, remedy, side }: Finding): RawFinding {
  // What is said of a place in an object names the place after it.
  const [, namespace = ''] = /^[A-Z]\w* ([a-z0-9-]+)\/\S+(?: |$)/.exec(subject) ?? [];
  return {
    code: code as AnyFindingCode,
    severity,
    subject,
    namespace,
    ...(side === undefined ? {} : { side }),
    message,
    evidence: step === 'plan' ? 'what the plan found on both clusters' : 'what preflight found',
    remedy,
  };
}

type Found = ConcludeRequest['found'][number];

/** A step with all its findings: only the first of them are in the history. */
async function whole(location: Location, found: Found): Promise<Found> {
  if (found.all === undefined) return found;
  const stored = await loadJson<readonly Finding[] | Pick<DesiredState, 'findings'>>(location, found.all);
  const findings = 'findings' in stored ? stored.findings : (stored as readonly Finding[]);
  return { ...found, findings: findings ?? found.findings };
}

/** A step reports its first findings; that there are more than it reports is not nothing. */
function foundOutcome({ step, findings, blockers }: Found): CheckOutcome {
  const reported = findings.filter(({ severity }) => severity === 'blocker').length;
  const id = `${step}/findings`;
  const group = step === 'plan' ? 'storage' : 'api';
  return blockers > reported
    ? notMade(id, group, `${blockers - reported} more blockers than are listed`)
    : made(id, group);
}

/** One check made in several parts is one check: not made where one part of it was not. */
function mergeOutcomes(outcomes: readonly CheckOutcome[]): readonly CheckOutcome[] {
  return [...Map.groupBy(outcomes, ({ id }) => id)].flatMap(([id, all]): CheckOutcome[] => {
    const [first] = all;
    if (first === undefined) return [];
    const reasons = [...new Set(all.flatMap(({ ran, why }) => (ran ? [] : why.split('; '))))];
    return [reasons.length === 0 ? made(id, first.group) : notMade(id, first.group, reasons.slice(0, 20).join('; '))];
  });
}

function measuresOf(parts: readonly StoredPart[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [name, value] of parts.flatMap(({ measures }) => Object.entries(measures)))
    sums[name] = (sums[name] ?? 0) + value;
  return sums;
}

function assessedTarget({ name, target }: RunSpec): SourceSpec {
  if (target === undefined) throw new LandfallError('INTERNAL', { what: `the assessment ${name} has no target` });
  return target;
}

/** The platform is the one that was detected; where nothing was looked at, what the file says. */
function summaryOf(
  spec: SourceSpec,
  { uid, gitVersion }: ConcludeRequest['source'],
  detected: Platform | undefined
): Assessment['source'] {
  return { name: spec.name, platform: detected ?? spec.platform, version: gitVersion, uid };
}

function eventOf({ code, severity, subject, message, remedy, side }: Finding): Finding {
  return { code, severity, subject, message, remedy, ...(side === undefined ? {} : { side }) };
}
