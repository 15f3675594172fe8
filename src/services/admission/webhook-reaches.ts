import pMap from 'p-map';
import { createWebhookReaches, refusedBy } from '../../core/admission/dead-webhooks.ts';
import type { NamedRequest, SilentWebhook } from '../../core/admission/dead-webhooks.ts';
import type { AdmissionRequest } from '../../core/admission/reach.ts';
import { podToAsk } from '../../assess/pod-to-ask.ts';
import { limits } from '../../core/limits.ts';
import { describeRef, namespaceResource } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { readListedHead } from '../../core/select/head.ts';
import { readHead } from '../../core/select/head.ts';
import { readTargetWebhooks } from './target-webhooks.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

const pods = { group: '', plural: 'pods', versions: ['v1'] } as const;
/** What the preflight itself has to create: the server sends questions about permissions through admission as well. */
const accessReview: AdmissionRequest = {
  group: 'authorization.k8s.io',
  plural: 'selfsubjectaccessreviews',
  versions: ['v1'],
  ...{ namespace: '', operation: 'CREATE', labels: {} },
};

/** What webhooks of the target that do not answer would refuse of a plan. */
export interface PlannedReaches {
  add(
    planned: { readonly ref: ObjectRef; readonly resource: ApiResource },
    text: string,
    isTouchedLater: boolean
  ): void;
  findings(): Promise<readonly Finding[]>;
}

/** Reads the webhooks of the target; where all answer, nothing more is done for an object. */
export async function openWebhookReaches(
  session: Session<'target'>,
  served: readonly ApiResource[],
  signal: AbortSignal
): Promise<PlannedReaches> {
  const { silent, findings } = await readTargetWebhooks(session.target, signal);
  if (silent.length === 0) return { add: () => undefined, findings: () => Promise.resolve(findings) };
  const reaches = createWebhookReaches(session.target.name, silent);
  const planned = new Map<string, Readonly<Record<string, string>>>();
  const versions = versionsOf(served);
  return {
    add({ ref, resource }, text, isTouchedLater) {
      const { labels } = readListedHead(text, resource);
      if (ref.group === '' && ref.kind === 'Namespace') planned.set(ref.name, labels);
      for (const named of requestsFor({ ref, resource, text, labels, versions, isTouchedLater })) reaches.add(named);
    },
    async findings() {
      const live = await liveLabels(session, reaches.namespaces(), signal);
      const labelsOf = (name: string) => ({
        ...planned.get(name),
        ...live.get(name),
        'kubernetes.io/metadata.name': name,
      });
      return [...findings, ...reaches.findings(labelsOf)];
    },
  };
}

/** The webhook that keeps the preflight from asking for permissions; everything else is judged with the plan. */
export async function findPreflightWebhooks(
  session: Session<'target'>,
  signal: AbortSignal
): Promise<{ readonly canAsk: boolean; readonly findings: readonly Finding[] }> {
  const { silent } = await readTargetWebhooks(session.target, signal);
  const dead = silent.filter((one) => refusedBy([one], accessReview) !== undefined);
  if (dead.length === 0) return { canAsk: true, findings: [] };
  const reaches = createWebhookReaches(session.target.name, dead);
  reaches.add({ name: 'the permission checks, and what moves', request: accessReview, isNeeded: true });
  return { canAsk: false, findings: reaches.findings(() => ({})) };
}

/** The webhook that does not answer and that is asked about the creation of an object; undefined: none is. */
export function refusalOf(
  silent: readonly SilentWebhook[],
  { group, version, plural }: ApiResource,
  request: Pick<AdmissionRequest, 'namespace' | 'labels' | 'namespaceLabels'>
): string | undefined {
  const webhook = refusedBy(silent, { group, plural, versions: [version], operation: 'CREATE', ...request });
  return webhook === undefined ? undefined : `${webhook.subject} does not respond (${webhook.why})`;
}

interface Planned {
  readonly ref: ObjectRef;
  readonly resource: ApiResource;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly versions: (resource: ApiResource) => readonly string[];
  readonly isTouchedLater: boolean;
}

/** An object is created, touched again where something had to wait, and removed by an undo; a workload brings pods. */
function requestsFor({ ref, resource, text, labels, versions, isTouchedLater }: Planned): NamedRequest[] {
  const name = describeRef(ref);
  const object = { ...versioned(resource, versions), namespace: ref.namespace, labels };
  const requests: NamedRequest[] = [
    { name, request: { ...object, operation: 'CREATE' }, isNeeded: true },
    { name, request: { ...object, operation: 'UPDATE' }, isNeeded: isTouchedLater },
    { name, request: { ...object, operation: 'DELETE' }, isNeeded: false },
  ];
  const pod = podToAsk(text, ref, ref.namespace);
  if (pod === undefined) return requests;
  const of = (JSON.parse(pod) as { metadata: { labels: Readonly<Record<string, string>> } }).metadata;
  const request = { ...pods, namespace: ref.namespace, operation: 'CREATE', labels: of.labels } as const;
  return [...requests, { name: `pods of ${name}`, request, isNeeded: true }];
}

function versioned(resource: ApiResource, versions: Planned['versions']) {
  const { group, plural, version } = resource;
  return { group, plural, versions: [version, ...versions(resource)] };
}

function versionsOf(served: readonly ApiResource[]): (resource: ApiResource) => readonly string[] {
  const known = Map.groupBy(served, ({ group, plural }) => `${group}/${plural}`);
  return ({ group, plural }) => (known.get(`${group}/${plural}`) ?? []).map(({ version }) => version);
}

async function liveLabels(
  { target }: Session<'target'>,
  namespaces: readonly string[],
  signal: AbortSignal
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const found = await pMap(
    namespaces,
    async (name): Promise<[string, Readonly<Record<string, string>>]> => {
      const live = await target.get({ resource: namespaceResource, namespace: '', name }, { signal });
      return [name, live === undefined ? {} : readHead(textOf(live.bytes), namespaceResource).labels];
    },
    { concurrency: limits.parallelKinds, signal }
  );
  return new Map(found);
}
