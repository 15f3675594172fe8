import pMap from 'p-map';
import { loadJson } from '../../src/archive/run-objects.ts';
import type { CheckedPart } from '../../src/assess/contract.ts';
import type { RawFinding } from '../../src/core/findings/finding.ts';
import { podToAsk } from '../../src/assess/pod-to-ask.ts';
import { isLandfallError } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { describeRef } from '../../src/core/resource.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { readBatch } from '../../src/services/planning/desired-batch.ts';
import { transformContext } from '../../src/services/planning/transform-context.ts';
import { notThere } from '../dry-run.ts';
import { temporaryPrefix } from '../dry-run-namespaces.ts';
import { refusalOf } from '../../src/services/admission/webhook-reaches.ts';
import { made, notMade, storePart } from '../../src/services/assess/part.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';
import type { DryRunPlaces } from '../../src/services/apply/dry-run-questions.ts';
import { openQuestions, textIn, whyNotAsked } from '../../src/services/apply/dry-run-questions.ts';

/** Errors that are the target's word on an object; everything else is about the connection. */
const refusals = [
  'OBJECT_CONFLICT',
  'OBJECT_INVALID',
  'OBJECT_TOO_LARGE',
  'ADMISSION_DENIED',
  'QUOTA_EXCEEDED',
] as const;
/** The server could not ask a webhook; it says nothing about the object. */
const deadWebhook = /failed calling webhook "[^"]*"/;
/** A webhook with side effects may not be asked in a dry run; it says nothing about the object. */
const noDryRun = /does not support dry run/;
const podSecurity = /violates PodSecurity "([^"]+)": (.*)/s;
const pods: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['create'],
  subresources: [],
};

interface Asked {
  readonly findings: readonly RawFinding[];
  /** Why the target could not be asked; '' when it was. */
  readonly notAsked: string;
}

/**
 * Asks the live target about every object of a batch, and about a pod of every workload, without storing any. Where the
 * namespace is not there yet, a temporary one with the same labels stands in for it. Stores nothing on the target.
 */
export async function assessDryRun(
  session: Session<'target'>,
  progress: Progress,
  request: { readonly batch: StoredRef; readonly places: StoredRef }
): Promise<CheckedPart> {
  const { target, spec, location } = session;
  const { signal } = progress;
  const { places } = await loadJson<DryRunPlaces>(location, request.places);
  const { resources } = await target.discover({ signal });
  const question = await openQuestions(session, places, { resources, signal });
  const backwards = new Map(Object.entries(spec.namespaceMapping).map(([from, to]) => [to, from]));
  let done = 0;
  progress.update({ unit: 'objects', done });
  const asked = await pMap(
    readBatch(session, request.batch, { context: transformContext(spec, []), signal }),
    async (object): Promise<Asked> => {
      const { ref, resource } = object.entry;
      const place = ref.namespace === '' ? '' : places[ref.namespace];
      const about = { namespace: backwards.get(ref.namespace) ?? ref.namespace, subject: describeRef(ref) };
      progress.update({ done: ++done });
      const why = whyNotAsked(question, object);
      if (why !== undefined || place === undefined) return { findings: [], notAsked: why ?? '' };
      const whole = await ask(session, { resource, place, text: textIn(object, place), about, signal });
      const pod = whole.findings.length > 0 ? undefined : podToAsk(object.outcome.text, ref, place);
      if (pod === undefined) return whole;
      const { labels: ofPods } = (JSON.parse(pod) as { metadata: { labels: Readonly<Record<string, string>> } })
        .metadata;
      const namespaceLabels = question.labels.get(place) ?? {};
      const dead = refusalOf(question.silent, pods, { namespace: place, labels: ofPods, namespaceLabels });
      if (dead !== undefined) return { ...whole, notAsked: whole.notAsked || dead };
      const ofPod = await ask(session, { resource: pods, place, text: pod, about, signal });
      return { findings: [...whole.findings, ...ofPod.findings], notAsked: whole.notAsked || ofPod.notAsked };
    },
    { concurrency: limits.parallelApply, signal }
  );
  const reasons = [...new Set(asked.flatMap(({ notAsked }) => (notAsked === '' ? [] : [notAsked])))].sort();
  const outcome =
    reasons.length === 0
      ? made('admission/dry-run', 'admission')
      : notMade('admission/dry-run', 'admission', reasons.slice(0, 20).join('; '));
  return storePart(session, {
    findings: asked.flatMap(({ findings }) => findings),
    outcomes: [outcome],
    measures: { dryRunObjects: asked.filter(({ notAsked }) => notAsked === '').length },
  });
}

interface Question {
  readonly resource: ApiResource;
  /** The namespace it is asked in; '' for what has none. */
  readonly place: string;
  readonly text: string;
  readonly about: Pick<RawFinding, 'subject' | 'namespace'>;
  readonly signal: AbortSignal;
}

async function ask(session: Session<'target'>, question: Question): Promise<Asked> {
  const { target, fieldManager } = session;
  const { resource, place, text, about, signal } = question;
  const evidence = `server-side dry run on ${target.name}${place.startsWith(temporaryPrefix) ? ' in a temporary namespace with the same labels' : ''}`;
  try {
    const { warnings } = await target.create(
      { resource, namespace: place, body: text },
      { fieldManager, dryRun: true, signal }
    );
    // Pod security warns of workloads; their pods are asked about themselves.
    const reported = warnings.filter((warning) => !warning.includes('PodSecurity'));
    const findings = reported.map((message): RawFinding => ({
      ...about,
      code: 'ADMISSION_WARNING',
      side: 'target',
      message,
      evidence,
    }));
    return { findings, notAsked: '' };
  } catch (error) {
    const dead = isLandfallError(error, 'CLUSTER_SERVER_ERROR')
      ? deadWebhook.exec(error.detail.why ?? error.message)
      : null;
    if (dead !== null) return { findings: [], notAsked: `a webhook does not respond: ${dead[0]}` };
    if (isLandfallError(error, 'OBJECT_NOT_FOUND') && place.startsWith(temporaryPrefix))
      return { findings: [], notAsked: notThere };
    if (!isLandfallError(error, ...refusals)) throw error;
    return refused(resource, error.detail, { ...about, evidence });
  }
}

function refused(
  resource: ApiResource,
  { code, what, why = '' }: ErrorDetail,
  about: Pick<RawFinding, 'subject' | 'namespace' | 'evidence'>
): Asked {
  const text = `${what}${why === '' ? '' : `: ${why}`}`;
  if (noDryRun.test(text))
    return { findings: [], notAsked: 'a webhook with side effects cannot be called in a dry run' };
  const finding = (own: RawFinding['code'], message: string): Asked => ({
    findings: [{ ...about, code: own, side: 'target', message, evidence: `${about.evidence} (${code})` }],
    notAsked: '',
  });
  if (resource.kind !== 'Pod') return finding('OBJECT_REFUSED', text);
  const [, level, violations = ''] = podSecurity.exec(text) ?? [];
  if (level !== undefined) return finding('POD_SECURITY_LEVEL', `level ${level}: ${violations}`);
  return finding('POD_REFUSED', text);
}
