import { expect } from 'vitest';
import { expectAsBefore, expectCode, expectStatus } from '../../support/e2e/expectations.ts';
import type { Fault } from '../../support/e2e/faults.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

type Point = readonly [at: string, when: Fault['when']];

/** Where the run is when somebody terminates its workflow: volumes on their way, bound, and all of it applied. */
const points: Readonly<Record<string, Point>> = {
  'terminate-expose': ['^source.create VolumeSnapshotContent ', 'after'],
  'terminate-upload': ['^mover.start source/.*landfall-up-', 'after'],
  'terminate-fill': ['^mover.start target/.*landfall-down-', 'after'],
  'terminate-bind': ['^target.create PersistentVolumeClaim terminate-', 'after'],
  'terminate-verify': ['^location.create runs/[^/]*/parity/', 'before'],
};

export const terminatePlaces = Object.keys(points);

/** A terminated run undoes nothing; `landfall cleanup` does it for it, snapshots and volumes included. */
export function testTerminations(stage: () => Stage): void {
  for (const [name, [at, when]] of Object.entries(points))
    placeTest(name, 'as before after a cleanup', async () => {
      const place = await stage().place(name);
      const before = await stage().stateOf(place);
      const worker = await place.worker([{ id: 'here', at, when, action: 'pause' }]);
      const migrate = place.migrate();
      await place.reached(worker, 'here', migrate);
      await place.handle().terminate('test');
      worker.release('here');
      await expectCode(migrate, 6);
      await expectStatus(place, 'TERMINATED');
      const cleanup = place.landfall('cleanup', name, '-o', 'json');
      await expectCode(cleanup, 0);
      expect(cleanup.events.filter(({ type }) => type === 'undo.failed')).toEqual([]);
      await expectAsBefore(stage(), place, before);
      await place.close();
    });
}
