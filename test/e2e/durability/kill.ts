import { expect } from 'vitest';
import type { Command } from '../../support/e2e/cli.ts';
import { expectAsBefore, expectCancelled, expectCode, expectMoved } from '../../support/e2e/expectations.ts';
import type { Fault } from '../../support/e2e/faults.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

type Point = readonly [at: string, when: Fault['when']];

/** One migration each; the worker is killed at point after point. A lost worker is noticed after 20 to 30 s. */
const chains: Readonly<Record<string, readonly Point[]>> = {
  'kill-capture': [
    ['^location.create objects/segments/', 'before'],
    ['^location.create runs/[^/]*/capture/', 'after'],
    ['^location.create runs/[^/]*/plan/', 'before'],
    ['^mover.start source/.*/landfall-prepare-', 'after'],
    ['^source.create VolumeSnapshot kill-capture/', 'after'],
    ['^source.create VolumeSnapshotContent ', 'after'],
  ],
  'kill-volumes': [
    ['^source.create PersistentVolumeClaim landfall-', 'after'],
    ['^source.create Job .*/landfall-up-', 'after'],
    ['^mover.start source/.*/landfall-up-', 'after'],
    ['^target.create PersistentVolumeClaim landfall-', 'before'],
    ['^mover.start target/.*/landfall-down-', 'after'],
  ],
  'kill-apply': [
    ['^target.create Role ', 'after'],
    ['^target.delete PersistentVolumeClaim landfall-', 'after'],
    ['^target.patch PersistentVolume ', 'after'],
    ['^target.create PersistentVolumeClaim kill-apply/', 'after'],
    ['^target.create Deployment ', 'after'],
    ['^target.patch Namespace kill-apply', 'before'],
  ],
  'kill-finish': [
    ['^location.create runs/[^/]*/parity/', 'after'],
    ['^source.delete VolumeSnapshot landfall-', 'after'],
    ['^source.delete VolumeSnapshot kill-finish/', 'after'],
    ['^target.patch PersistentVolume ', 'after'],
    ['^source.delete Namespace ', 'after'],
    ['^location.create runs/[^/]*/report/', 'after'],
  ],
};

const undoName = 'kill-undo';
const undoChain: readonly Point[] = [
  ['^target.delete Deployment ', 'after'],
  ['^target.delete PersistentVolumeClaim kill-undo/', 'after'],
  ['^target.delete Namespace kill-undo', 'before'],
  ['^source.delete PersistentVolumeClaim landfall-', 'after'],
  ['^source.delete VolumeSnapshotContent ', 'after'],
];

export const killPlaces = [...Object.keys(chains), undoName];

/** Workers one after the other, each killed at its point; then one that stays. */
async function killAlong(place: Place, migrate: Command, points: readonly Point[]): Promise<void> {
  for (const [at, when] of points) {
    const worker = await place.worker([{ id: at, at, when, action: 'kill' }]);
    await place.reached(worker, at, migrate);
    expect(await worker.ended).toBe('SIGKILL');
  }
  await place.worker();
}

/** The worker is killed in the middle of everything; a new one goes on, and the run ends as if undisturbed. */
export function testKills(stage: () => Stage): void {
  for (const [name, points] of Object.entries(chains))
    placeTest(name, 'as if undisturbed', async () => {
      const place = await stage().place(name);
      const before = await stage().stateOf(place);
      const migrate = place.migrate();
      await killAlong(place, migrate, points);
      await expectCode(migrate, 0);
      await expectMoved(stage(), place, before);
      await place.close();
    });

  placeTest(undoName, 'what was begun to be undone is undone', async () => {
    const place = await stage().place(undoName);
    const before = await stage().stateOf(place);
    const verify = {
      id: 'verify',
      at: '^location.create runs/[^/]*/parity/',
      when: 'before',
      action: 'pause',
    } as const;
    const worker = await place.worker([verify]);
    const migrate = place.migrate();
    await place.reached(worker, 'verify', migrate);
    expect((await place.landfall('cancel', place.name, '--detach').ended).code).toBe(0);
    await worker.kill();
    await killAlong(place, migrate, undoChain);
    await expectCancelled(place, migrate);
    await expectAsBefore(stage(), place, before);
    await place.close();
  });
}
