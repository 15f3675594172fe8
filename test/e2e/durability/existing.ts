import { expect } from 'vitest';
import { kubectlFor } from '../../../lab/demo/kubectl.ts';
import { listOf } from '../../support/e2e/app.ts';
import { expectAsBefore, expectCancelled, expectCode } from '../../support/e2e/expectations.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

export const existingPlaces = ['existing-fail', 'existing-skip', 'existing-update'];

/** What the target has in the namespace already: objects of the same names with other content, and one of its own. */
async function occupy(place: Place): Promise<void> {
  const { name: namespace } = place;
  const of = (kind: string, name: string, more: object): object => ({
    ...{ apiVersion: 'v1', kind, metadata: { name, namespace, annotations: { 'example.test/owner': 'somebody' } } },
    ...more,
  });
  await kubectlFor(place.lab, 'target')(
    ['create', '-f', '-'],
    listOf([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'example.test/team': 'other' } } },
      of('ConfigMap', 'settings', { data: { color: 'red', shape: 'round' } }),
      of('ConfigMap', 'unrelated', { data: { kept: 'yes' } }),
      of('Service', 'keeper', { spec: { selector: { app: 'another' }, ports: [{ port: 8080 }] } }),
    ])
  );
}

/** The target's namespace is not empty: every policy keeps what was there, or brings it back. */
export function testExisting(stage: () => Stage): void {
  placeTest('existing-fail', 'refused before anything is touched', async () => {
    const place = await stage().place('existing-fail', { spec: { existingResourcePolicy: 'fail' } });
    await occupy(place);
    const before = await stage().stateOf(place);
    const worker = await place.worker();
    await expectCode(place.migrate(), 5);
    expect(await place.report()).toMatchObject({ outcome: 'failed', error: { code: 'TARGET_NOT_EMPTY' }, undo: [] });
    expect(worker.effects.filter((effect) => !effect.startsWith('location.'))).toEqual([]);
    await expectAsBefore(stage(), place, before);
    await place.close();
  });

  placeTest('existing-update', 'a cancel brings the prior content back', async () => {
    const place = await stage().place('existing-update', { spec: { existingResourcePolicy: 'update' } });
    await occupy(place);
    const before = await stage().stateOf(place);
    const worker = await place.worker([
      { id: 'here', at: '^target.create Deployment ', when: 'after', action: 'pause' },
    ]);
    const migrate = place.migrate();
    await place.reached(worker, 'here', migrate);
    const replaced = worker.effects.filter((effect) => effect.startsWith('target.replace '));
    expect(replaced).toContain('target.replace ConfigMap existing-update/settings');
    expect((await place.landfall('cancel', place.name, '--detach').ended).code).toBe(0);
    worker.release('here');
    await expectCancelled(place, migrate);
    await expectAsBefore(stage(), place, before);
    await place.close();
  });

  placeTest('existing-skip', 'what is there stays, and counts as different', async () => {
    const place = await stage().place('existing-skip', { spec: { existingResourcePolicy: 'skip' } });
    await occupy(place);
    await place.worker();
    await expectCode(place.migrate(), 3);
    const report = await place.report();
    expect(report).toMatchObject({ outcome: 'partial', parity: { missing: 0, extra: 0 } });
    expect(report.parity.names.different.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'ConfigMap existing-skip/settings',
      'Service existing-skip/keeper',
    ]);
    const get = ['get', 'configmap', 'settings', '--output=jsonpath={.data}'];
    expect(await kubectlFor(place.lab, 'target')([`--namespace=${place.name}`, ...get])).toBe(
      '{"color":"red","shape":"round"}'
    );
    await place.close();
  });
}
