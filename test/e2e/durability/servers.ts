import { expect, test } from 'vitest';
import { kubectlFor } from '../../../lab/demo/kubectl.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { expectCode, expectMoved } from '../../support/e2e/expectations.ts';
import type { Place } from '../../support/e2e/place.ts';
import { hang, outage } from '../../support/e2e/servers.ts';
import type { Stage } from '../../support/e2e/stage.ts';

const name = 'servers';

export const serverPlaces = [name];

/** What breaks under a run, and the effect after which it does; in the order of the run. */
const disturbances: readonly { readonly at: string; readonly what: (place: Place) => Promise<void> }[] = [
  { at: '^source.create VolumeSnapshot servers/', what: () => hang('source/csi-snapshotter', 10_000) },
  { at: '^mover.start source/.*/landfall-up-', what: (place) => evictMover(place, 'source') },
  { at: '^target.create PersistentVolumeClaim landfall-', what: () => outage('target/csi-provisioner', 5000) },
  { at: '^mover.start target/.*/landfall-down-', what: () => outage('target/kubelet', 5000) },
  { at: '^target.create Role ', what: () => outage('target/kube-apiserver', 30_000) },
  { at: '^target.create PersistentVolumeClaim servers/', what: () => outage('target/kube-controller-manager', 10_000) },
  { at: '^target.create Deployment ', what: () => outage('temporal', 20_000) },
  { at: '^location.create runs/[^/]*/parity/', what: () => outage('s3', 20_000) },
  { at: '^source.delete VolumeSnapshot ', what: () => outage('source/etcd', 10_000) },
];

/** Alone on the clusters, since everything else would break with it: one run through which every server fails once. */
export function testServers(stage: () => Stage): void {
  test(`${name}: every server fails once, and the run ends as if undisturbed`, async () => {
    const place = await stage().place(name);
    const before = await stage().stateOf(place);
    const worker = await place.worker(disturbances.map(({ at }) => ({ id: at, at, when: 'after', action: 'pause' })));
    const migrate = place.migrate();
    for (const { at, what } of disturbances) {
      await place.reached(worker, at, migrate);
      const broken = what(place);
      worker.release(at);
      await broken;
    }
    await expectCode(migrate, 0);
    await expectMoved(stage(), place, before);
    await place.close();
  });
}

/** As `kubectl drain` does it: by the eviction of the pod, once there is one. */
async function evictMover(place: Place, side: 'source' | 'target'): Promise<void> {
  const kubectl = kubectlFor(place.lab, side);
  const namespace = place.landfallNamespace;
  const pod = await waitFor(
    async () => {
      const names = await kubectl([`--namespace=${namespace}`, 'get', 'pods', '--output=name']);
      return names.split('\n').find((one) => one.includes('landfall-up-'));
    },
    { what: 'the pod of the mover', deadlineMs: 60_000, intervalMs: 200 }
  );
  const podName = pod.replace('pod/', '');
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: podName, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${podName}/eviction`;
  expect(JSON.parse(await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction)))).toMatchObject({
    status: 'Success',
  });
}
