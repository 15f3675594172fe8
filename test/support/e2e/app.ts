import { kubectlFor } from '../../../lab/demo/kubectl.ts';
import type { Lab } from '../../../lab/index.ts';

/** The claim of the test application. */
export const claimName = 'data';

/** Fills the volume once: content, modes, a link, an old time, a hole. */
const fill = `set -eu
[ -e /data/done ] && exit 0
mkdir -p /data/tree/deep
dd if=/dev/urandom of=/data/tree/random bs=1M count=4 2>/dev/null
dd if=/dev/zero of=/data/tree/hole bs=1M count=0 seek=8 2>/dev/null
printf 'a line\\n' > '/data/tree/deep/name with spaces'
chmod 640 /data/tree/random
ln -s ../random /data/tree/deep/link
touch -d '2020-02-29 12:00:00' /data/tree/hole
touch /data/done`;

/**
 * A small application of one namespace: a pod with a claim, and one object of the everyday kinds. Its pod executes the
 * restricted level, which the namespace enforces.
 */
export function smallApp(namespace: string, claimSize = '64Mi'): object[] {
  const labels = { app: 'keeper' };
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const container = {
    image: 'landfall-lab/busybox:1',
    imagePullPolicy: 'IfNotPresent',
    securityContext: restricted,
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const of = (apiVersion: string, kind: string, name: string, more: object): object => ({
    ...{ apiVersion, kind, metadata: { name, namespace, labels } },
    ...more,
  });
  const pod = {
    serviceAccountName: 'keeper',
    terminationGracePeriodSeconds: 0,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_002,
      fsGroup: 10_002,
      // Else the kubelet changes the modes of all files whenever a pod starts.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    initContainers: [{ ...container, name: 'fill', command: ['sh', '-c', fill] }],
    containers: [
      { ...container, name: 'keeper', command: ['sleep', '100000'], envFrom: [{ configMapRef: { name: 'settings' } }] },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
  };
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    of('v1', 'ServiceAccount', 'keeper', { automountServiceAccountToken: false }),
    of('v1', 'ConfigMap', 'settings', { data: { color: 'green', size: 'small' } }),
    of('v1', 'Secret', 'token', { stringData: { value: 'not a secret at all' } }),
    of('v1', 'PersistentVolumeClaim', claimName, {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: claimSize } } },
    }),
    of('rbac.authorization.k8s.io/v1', 'Role', 'reader', {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    }),
    of('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'keeper', namespace }],
    }),
    of('v1', 'Service', 'keeper', { spec: { selector: labels, ports: [{ port: 80 }] } }),
    of('apps/v1', 'Deployment', 'keeper', {
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod },
      },
    }),
  ];
}

/** Puts the small application on the source and waits until its pod runs. */
export async function deploySmallApp(lab: Lab, namespace: string, claimSize?: string): Promise<void> {
  const kubectl = kubectlFor(lab, 'source');
  await kubectl(['apply', '-f', '-'], listOf(smallApp(namespace, claimSize)));
  await kubectl([`--namespace=${namespace}`, 'rollout', 'status', 'deployment/keeper', '--timeout=180s']);
}

export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** Deletes namespaces with everything in them and waits until they, and the volumes of their claims, are gone. */
export async function removeNamespaces(
  lab: Lab,
  side: 'source' | 'target',
  namespaces: readonly string[]
): Promise<void> {
  const kubectl = kubectlFor(lab, side);
  await kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait', '--timeout=180s']);
  const volumes = JSON.parse(await kubectl(['get', 'persistentvolumes', '--output=json'])) as {
    items: { metadata: { name: string }; spec: { claimRef?: { namespace: string } } }[];
  };
  const remaining = volumes.items
    .filter(({ spec }) => namespaces.includes(spec.claimRef?.namespace ?? ''))
    .map(({ metadata }) => `persistentvolume/${metadata.name}`);
  if (remaining.length > 0) await kubectl(['wait', '--for=delete', ...remaining, '--timeout=120s']);
}
