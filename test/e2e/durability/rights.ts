import { ApiClient } from '../../../lab/api-client.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { migration } from '../../../scripts/reference/run-rights.ts';
import { expectAsBefore, expectCancelled, expectCode, expectMoved } from '../../support/e2e/expectations.ts';
import type { Fault } from '../../support/e2e/faults.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { grantExactly } from '../../support/exact-rights.ts';
import { placeTest } from './place-test.ts';

export const rightsPlaces = ['rights-move', 'rights-cancel', 'rights-terminate'];

const sides = ['source', 'target'] as const;
const namespacePath = '/api/v1/namespaces';

/** Hooks in the one pod of the application: something that always succeeds and changes nothing. */
const hook = (name: string, namespace: string): object => ({
  ...{ name, namespace, podSelector: 'app=keeper', container: 'keeper', command: ['true'], timeout: '30s' },
});

/** A place of a user with exactly the rights of the rows, and Landfall's own namespace, which a Role has to be in. */
async function openWithRights(stage: Stage, name: string): Promise<{ place: Place; takeBack: () => Promise<void> }> {
  // Names that begin with that of the place: other tests do not look at them.
  const user = `${name}-mover`;
  const hooks = { pre: [hook('freeze', name)], post: [hook('thaw', name)] };
  const place = await stage.place(name, { user, spec: { hooks } });
  const ends: (() => Promise<unknown>)[] = [];
  for (const side of sides) {
    const client = new ApiClient(place.lab.clusters[side].kubeconfig);
    const own = place.landfallNamespace;
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } };
    await client.apply(`${namespacePath}/${own}`, JSON.stringify(manifest));
    // What the controllers put into every namespace is there before the state is read.
    for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'])
      await waitFor(() => client.get(`${namespacePath}/${own}/${path}`), {
        ...{ what: `${path} of namespace ${own}`, deadlineMs: 60_000 },
      });
    const holds = ['claims', 'moves', 'clusterScoped'] as const;
    const scope = side === 'source' ? { namespaces: [name] } : {};
    const takeBack = await grantExactly(client, { side, user, calls: migration, holds, own, ...scope });
    ends.push(async () => {
      await takeBack();
      await client.call('DELETE', `${namespacePath}/${own}`);
      await client.close();
    });
  }
  return { place, takeBack: async () => void (await Promise.all(ends.map((end) => end()))) };
}

/** A run of a user with the rights of docs/reference/permissions.md and no others, volumes and hooks included. */
export function testRights(stage: () => Stage): void {
  placeTest('rights-move', 'they are enough to move', async () => {
    const { place, takeBack } = await openWithRights(stage(), 'rights-move');
    const before = await stage().stateOf(place);
    await place.worker();
    await expectCode(place.migrate(), 0);
    await expectMoved(stage(), place, before);
    await takeBack();
    await place.close();
  });

  const late: Omit<Fault, 'id'> = { at: '^location.create runs/[^/]*/parity/', when: 'before', action: 'pause' };

  placeTest('rights-cancel', 'they are enough to roll everything back', async () => {
    const { place, takeBack } = await openWithRights(stage(), 'rights-cancel');
    const before = await stage().stateOf(place);
    const worker = await place.worker([{ id: 'here', ...late }]);
    const migrate = place.migrate();
    await place.reached(worker, 'here', migrate);
    await expectCode(place.landfall('cancel', place.name, '--detach'), 0);
    worker.release('here');
    await expectCancelled(place, migrate);
    await expectAsBefore(stage(), place, before);
    await takeBack();
    await place.close();
  });

  placeTest('rights-terminate', 'they are enough to clean up', async () => {
    const { place, takeBack } = await openWithRights(stage(), 'rights-terminate');
    const before = await stage().stateOf(place);
    const worker = await place.worker([{ id: 'here', ...late }]);
    const migrate = place.migrate();
    await place.reached(worker, 'here', migrate);
    await place.handle().terminate('test');
    worker.release('here');
    await expectCode(migrate, 6);
    await expectCode(place.landfall('cleanup', place.name, '-o', 'json'), 0);
    await expectAsBefore(stage(), place, before);
    await takeBack();
    await place.close();
  });
}
