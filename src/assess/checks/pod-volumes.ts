import { bytesOf } from '../../core/nodes/amounts.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { ClaimObject, VolumeObject } from '../../core/kube-objects.ts';
import { subjectOf, workloadsOf } from '../workloads.ts';
import type { Workload } from '../workloads.ts';

/** From this size on an emptyDir of any pod is more than scratch space. */
const emptyDirBytes = 10 * 2 ** 30;
/** Paths of the node that agents read and that hold no data of an application. */
const systemPaths =
  /^\/(proc|sys|dev|etc\/(localtime|machine-id|ssl|os-release)|run|var\/run|var\/log|var\/lib\/(docker|kubelet|containerd))(\/|$)/;

/** Data of pods that is not in a claim, or in one that is tied to a node. */
export const podVolumeChecks: readonly Check[] = [
  {
    id: 'storage/pod-volumes',
    group: 'storage',
    describe: 'hostPath, emptyDir and NFS volumes of pods',
    codes: ['VOLUME_HOST_PATH', 'VOLUME_EMPTY_DIR', 'VOLUME_NFS'],
    needs: [],
    run: (facts) => workloadsOf(facts).flatMap(podVolumes),
  },
  {
    id: 'storage/local-volumes',
    group: 'storage',
    describe: 'claims on local volumes of one node',
    codes: ['VOLUME_LOCAL'],
    needs: ['source/persistentvolumes'],
    run: localVolumes,
  },
];

function podVolumes(workload: Workload): RawFinding[] {
  const subject = subjectOf(workload);
  const found: RawFinding[] = [];
  const add = (code: RawFinding['code'], message: string) =>
    found.push({
      code,
      subject,
      namespace: workload.namespace,
      side: 'source',
      message,
      evidence: 'volumes of its pods',
    });
  for (const { name, hostPath, emptyDir, nfs } of workload.pod.volumes ?? []) {
    if (hostPath !== undefined && !systemPaths.test(hostPath.path))
      add('VOLUME_HOST_PATH', `volume ${name} is the node’s ${hostPath.path}`);
    if (nfs !== undefined) add('VOLUME_NFS', `volume ${name} is ${nfs.server}:${nfs.path}`);
    const large = bytesOf(emptyDir?.sizeLimit) >= emptyDirBytes;
    if (emptyDir !== undefined && emptyDir.medium !== 'Memory' && (workload.kind === 'StatefulSet' || large))
      add('VOLUME_EMPTY_DIR', `volume ${name} is an emptyDir${large ? ` of up to ${emptyDir.sizeLimit ?? ''}` : ''}`);
  }
  return found;
}

function localVolumes(facts: AssessFacts): RawFinding[] {
  return claimVolumes(facts).flatMap(({ claim, namespace, volume }): RawFinding[] => {
    const { local, hostPath } = volume.spec;
    const path = local?.path ?? hostPath?.path;
    if (path === undefined) return [];
    return [
      {
        code: 'VOLUME_LOCAL',
        subject: `PersistentVolumeClaim ${claim}`,
        namespace,
        side: 'source',
        message: `its volume ${volume.metadata.name} is ${path} on one node`,
        evidence: `PersistentVolume ${volume.metadata.name} on ${facts.source.name}`,
      },
    ];
  });
}

/** Volumes of the claims of the scope, by claim. */
function claimVolumes(facts: AssessFacts): readonly { claim: string; namespace: string; volume: VolumeObject }[] {
  const volumes = new Map(
    listOf<VolumeObject>(facts.source, 'persistentvolumes').map((one) => [one.metadata.name, one])
  );
  return scopeObjects<ClaimObject>(facts, 'PersistentVolumeClaim').flatMap(({ ref, object }) => {
    const volume = volumes.get(object.spec.volumeName ?? '');
    return volume === undefined ? [] : [{ claim: `${ref.namespace}/${ref.name}`, namespace: ref.namespace, volume }];
  });
}
