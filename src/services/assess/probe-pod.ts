import { probeVariable, readResults } from '../../core/probe-protocol.ts';
import type { ProbeConfig, ProbeResult } from '../../core/probe-protocol.ts';
import type { ApiResource } from '../../core/resource.ts';
import { probeNamespaceOf, runLabels } from '../../core/identity/names.ts';
import type { RawObject } from '../../ports/cluster.ts';
import { readTargetWebhooks } from '../admission/target-webhooks.ts';
import { textOf } from '../objects/text.ts';
import { refusalOf } from '../admission/webhook-reaches.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** A pod has this long to get a node, its image and its volume, and to do its work. */
const endsWithinMs = 3 * 60_000;
const program = '/landfall/src/movers/program/probe.ts';
/** States of a container from which it does not come back by itself. */
const unrecoverable: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
]);

const pods = coreKind('Pod', 'pods', true);
const claims = coreKind('PersistentVolumeClaim', 'persistentvolumeclaims', true);
const namespaces = coreKind('Namespace', 'namespaces', false);

/** What became of a probe: its results, or why there are none. */
export type Probed = { readonly results: readonly ProbeResult[] } | { readonly why: string };

/** The namespace probes of one assessment run in; it goes with those of the dry run. */
export async function probeNamespace(
  { target, fieldManager, runId }: Session<'target'>,
  signal: AbortSignal
): Promise<string> {
  const name = probeNamespaceOf(runId);
  const labels = { ...runLabels(runId), 'pod-security.kubernetes.io/enforce': 'baseline' };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  await target.create({ resource: namespaces, namespace: '', body }, { fieldManager, signal });
  return name;
}

/** Why no probe can run: a dead webhook refuses its namespace, pods or claims. Undefined where none does. */
export async function probeRefusal(
  { target, runId }: Session<'target'>,
  signal: AbortSignal
): Promise<string | undefined> {
  const { silent } = await readTargetWebhooks(target, signal);
  const labels = { ...runLabels(runId), 'pod-security.kubernetes.io/enforce': 'baseline' };
  const inside = { namespace: probeNamespaceOf(runId), labels: runLabels(runId), namespaceLabels: labels };
  return (
    refusalOf(silent, namespaces, { namespace: '', labels, namespaceLabels: labels }) ??
    refusalOf(silent, pods, inside) ??
    refusalOf(silent, claims, inside)
  );
}

export interface ProbeRequest {
  readonly namespace: string;
  readonly name: string;
  readonly config: ProbeConfig;
  /** Mounted at /volume. */
  readonly claim?: string;
}

/** Runs the probe program in a pod of the target and reads what it said. Idempotent by the name of the pod. */
export async function runProbePod(
  session: Session<'target'>,
  progress: Progress,
  request: ProbeRequest
): Promise<Probed> {
  const { target, fieldManager } = session;
  const { signal } = progress;
  const { namespace, name } = request;
  await target.create(
    { resource: pods, namespace, body: JSON.stringify(podOf(session, request)) },
    { fieldManager, signal }
  );
  const ref = `Pod ${namespace}/${name}`;
  const ended = await target
    .waitFor({
      resource: pods,
      namespace,
      name,
      until: (object) => stateOf(object).over,
      describe: (object) => stateOf(object).text,
      timeoutMs: endsWithinMs,
      onTick: (state) => progress.waiting({ kind: 'object', ref, condition: `to end (${state})` }, endsWithinMs),
      signal,
    })
    .catch(async (error: unknown) => {
      signal.throwIfAborted();
      const last = await target.get({ resource: pods, namespace, name }, { signal });
      if (last === undefined) throw error;
      return last;
    });
  progress.arrived(ref);
  const state = stateOf(ended);
  if (!state.ended) return { why: `the probe pod did not run: ${state.text}` };
  const log = await target.logs({ namespace, pod: name, container: 'probe', tailLines: 5_000, signal });
  const results = readResults(log);
  return results.length > 0 ? { results } : { why: `the probe pod returned no result: ${log.slice(-300)}` };
}

function podOf({ spec, runId }: Session<never>, { namespace, name, config, claim }: ProbeRequest): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: runLabels(runId) },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'probe',
          image: spec.moverImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', program],
          env: [{ name: probeVariable, value: JSON.stringify(config) }],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumeMounts: claim === undefined ? [] : [{ name: 'volume', mountPath: '/volume' }],
        },
      ],
      volumes: claim === undefined ? [] : [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }],
    },
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly containerStatuses?: readonly {
    readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  }[];
}

function stateOf(object: RawObject | undefined): { over: boolean; ended: boolean; text: string } {
  if (object === undefined) return { over: true, ended: false, text: 'it was removed' };
  const { status = {} } = JSON.parse(textOf(object.bytes)) as { status?: PodStatus };
  const { phase = 'Pending' } = status;
  if (phase === 'Succeeded' || phase === 'Failed') return { over: true, ended: true, text: phase };
  const waiting = status.containerStatuses?.[0]?.state?.waiting;
  if (waiting !== undefined && unrecoverable.has(waiting.reason ?? ''))
    return { over: true, ended: false, text: `${waiting.reason}: ${waiting.message ?? ''}` };
  const blocked = status.conditions?.find((one) => one.status === 'False' && one.message !== undefined);
  return { over: false, ended: false, text: `${phase}${blocked === undefined ? '' : `: ${blocked.message}`}` };
}

function coreKind(kind: string, plural: string, namespaced: boolean): ApiResource {
  return { group: '', version: 'v1', kind, plural, namespaced, verbs: ['create', 'get'], subresources: [] };
}
