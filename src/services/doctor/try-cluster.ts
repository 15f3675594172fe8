import type { TriedSubject, TriedWay } from '../../core/access/verdict.ts';
import { errorDetail, isLandfallError, type ErrorDetail } from '../../core/errors.ts';
import type { ClusterSpec } from '../../core/spec/spec.ts';
import { createCluster } from '../../kube/index.ts';
import { noFailpoints } from '../../ports/failpoints.ts';
import { clusterCredentialsEnd } from '../assess/credentials-end.ts';

/** Asks a cluster who it is, which is a read of a namespace with the user of the kubeconfig. */
export async function tryCluster(spec: ClusterSpec): Promise<TriedSubject> {
  const user = spec.kubeconfig.context ?? 'the current context';
  const common = {
    name: 'kubeconfig',
    identity: `${user} of ${spec.kubeconfig.path}`,
    provider: 'none',
    place: spec.name,
  };
  const found = await clusterCredentialsEnd(spec, 'target').catch(() => []);
  const ends = found.map(({ subject, notAfter }) => ({ what: subject, at: notAfter }));
  const outcome = await ask(spec);
  const way: TriedWay = 'read' in outcome ? { ...common, ...outcome, ends } : { ...common, problem: outcome, ends };
  return { kind: 'Cluster', name: spec.name, ways: [way] };
}

async function ask(spec: ClusterSpec): Promise<{ readonly read: string } | ErrorDetail> {
  try {
    const cluster = await createCluster(spec, { failpoints: noFailpoints, role: 'target' });
    try {
      const { gitVersion } = await cluster.identity({ brief: true });
      return { read: `the namespace kube-system of Kubernetes ${gitVersion}` };
    } finally {
      await cluster.close();
    }
  } catch (error) {
    if (isLandfallError(error)) return error.detail;
    return errorDetail('INTERNAL', { what: `the look at Cluster ${spec.name} was interrupted`, cause: error });
  }
}
