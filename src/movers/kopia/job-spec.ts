import { runLabels } from '../../core/identity/names.ts';
import { claimAnnotation } from '../../core/volumes/names.ts';
import { moverRequests, type MoverPods } from '../../core/volumes/mover-pods.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { meshLabels, podAnnotations } from './pod-admission.ts';

export interface JobRequest {
  readonly namespace: string;
  readonly jobName: string;
  readonly runId: string;
  readonly image: string;
  readonly mode: MoverConfig['mode'];
  /** Absent in mode `prepare`. */
  readonly claimName?: string;
  /** What the Job is for, for people who meet it with kubectl. */
  readonly volumeId?: string;
  readonly timeoutMs: number;
  /** Where the pod may run and with what; absent: anywhere, with the defaults. */
  readonly pods?: MoverPods;
}

/** Where things are inside the pod. */
export const podPaths = {
  // Below the scratch space: a restore looks for `volume.kopia-entry` beside it, and the root file system is read-only.
  volume: '/scratch/volume',
  scratch: '/scratch',
  config: '/landfall-config',
  result: '/dev/termination-log',
  program: '/landfall/src/movers/program/main.ts',
} as const;

export const containerName = 'mover';
const configKey = 'config.json';

/**
 * Root, because only root reads and restores every owner and mode; with no more than the capabilities that needs, all
 * of them inside Kubernetes' `baseline` pod security level, so the namespace needs no `privileged`.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
const capabilities: Readonly<Record<MoverConfig['mode'], readonly string[]>> = {
  prepare: [],
  upload: ['DAC_OVERRIDE'],
  download: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETFCAP'],
};

/**
 * Builds the Job of a mover. It starts suspended: its credentials are a Secret that it owns, and can be made only when
 * the Job has a uid. One attempt; the workflow repeats, not Kubernetes.
 */
export function buildJob(request: JobRequest): object {
  const { namespace, jobName, mode, volumeId } = request;
  const labels = labelsOf(request);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace,
      name: jobName,
      labels,
      ...(volumeId === undefined ? {} : { annotations: { [claimAnnotation]: volumeId, 'landfall.dev/mode': mode } }),
    },
    spec: {
      suspend: true,
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: Math.max(1, Math.ceil(request.timeoutMs / 1000)),
      template: {
        metadata: { labels: { ...labels, ...meshLabels }, annotations: podAnnotations },
        spec: podSpec(request),
      },
    },
  };
}

function labelsOf({ runId }: JobRequest): Readonly<Record<string, string>> {
  return {
    ...runLabels(runId),
    'app.kubernetes.io/name': 'landfall-mover',
    'app.kubernetes.io/managed-by': 'landfall',
  };
}

/**
 * The pod of a mover's Job as the Job controller makes it, for asking admission about it: webhooks and pod security see
 * pods, and see them only then. https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export function buildPod(request: JobRequest): object {
  const { namespace, jobName } = request;
  // The Job is not there yet, so nobody knows its uid; a policy may want a pod to have an owner.
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: jobName, uid: unknownUid, controller: true };
  const ofJob = { 'batch.kubernetes.io/job-name': jobName, 'job-name': jobName };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: `${jobName}-asked`,
      labels: { ...labelsOf(request), ...meshLabels, ...ofJob },
      annotations: podAnnotations,
      ownerReferences: [owner],
    },
    spec: podSpec(request),
  };
}

const unknownUid = '00000000-0000-0000-0000-000000000000';

function podSpec({ image, mode, claimName, jobName, pods = {} }: JobRequest): object {
  const volume = claimName === undefined ? [] : [{ name: 'volume', persistentVolumeClaim: { claimName } }];
  // Not `readOnly` of the claim's source: some drivers refuse to attach a writable volume that way; the mount is enough.
  const mount =
    claimName === undefined ? [] : [{ name: 'volume', mountPath: podPaths.volume, readOnly: mode === 'upload' }];
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    ...placed(pods),
    securityContext: { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: containerName,
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', podPaths.program, `${podPaths.config}/${configKey}`],
        env: [
          { name: 'HOME', value: podPaths.scratch },
          { name: 'NODE_OPTIONS', value: '--max-old-space-size=768' },
        ],
        resources: pods.resources ?? { requests: moverRequests, limits: { memory: '2Gi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'], add: capabilities[mode] },
        },
        terminationMessagePath: podPaths.result,
        terminationMessagePolicy: 'File',
        volumeMounts: [
          { name: 'config', mountPath: podPaths.config, readOnly: true },
          { name: 'scratch', mountPath: podPaths.scratch },
          ...mount,
        ],
      },
    ],
    volumes: [
      { name: 'config', secret: { secretName: jobName, defaultMode: 0o400 } },
      { name: 'scratch', emptyDir: {} },
      ...volume,
    ],
  };
}

/** Where the pod may run, in the words of a pod. */
function placed({ tolerations, nodeSelector, nodeAffinity, priorityClassName, imagePullSecrets }: MoverPods): object {
  return {
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(nodeAffinity === undefined
      ? {}
      : { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nodeAffinity } } }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
  };
}

/** Builds the Secret with the mover's config. Owned by the Job: it goes when the Job goes, whoever deletes it. */
export function buildSecret(request: JobRequest, jobUid: string, config: MoverConfig): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: request.namespace,
      name: request.jobName,
      labels: runLabels(request.runId),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: request.jobName, uid: jobUid }],
    },
    type: 'Opaque',
    immutable: true,
    data: { [configKey]: Buffer.from(JSON.stringify(config)).toString('base64') },
  };
}
