import { expect } from 'vitest';
import { expectAsBefore, expectCancelled } from '../../support/e2e/expectations.ts';
import type { Fault } from '../../support/e2e/faults.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

type Point = readonly [at: string, when: Fault['when'], nth?: number];

/** Where the run is when the user cancels: every phase, and within the long ones every kind of effect. */
const points: Readonly<Record<string, Point>> = {
  'cancel-capture': ['^location.create objects/segments/', 'after', 2],
  'cancel-prepare': ['^mover.start source/.*landfall-prepare', 'after'],
  'cancel-snapshot': ['^source.create VolumeSnapshot cancel-', 'after'],
  'cancel-expose': ['^source.create VolumeSnapshotContent ', 'after'],
  'cancel-upload': ['^mover.start source/.*landfall-up-', 'after'],
  'cancel-fill': ['^mover.start target/.*landfall-down-', 'after'],
  'cancel-bind': ['^target.create PersistentVolumeClaim cancel-', 'after'],
  'cancel-apply': ['^target.create Deployment ', 'after'],
  'cancel-verify': ['^location.create runs/[^/]*/parity/', 'before'],
};

export const cancelPlaces = Object.keys(points);

/**
 * A user cancels while the run is at a chosen effect. Each time both clusters are as before, object by object, the
 * workflow is closed as cancelled and the report reports it.
 */
export function testCancels(stage: () => Stage): void {
  for (const [name, [at, when, nth = 1]] of Object.entries(points))
    placeTest(name, 'as before', async () => {
      const place = await stage().place(name);
      const before = await stage().stateOf(place);
      const worker = await place.worker([{ id: 'here', at, when, nth, action: 'pause' }]);
      const migrate = place.migrate();
      await place.reached(worker, 'here', migrate);
      expect((await place.landfall('cancel', name, '--detach').ended).code).toBe(0);
      worker.release('here');
      await expectCancelled(place, migrate);
      await expectAsBefore(stage(), place, before);
      await place.close();
    });
}
