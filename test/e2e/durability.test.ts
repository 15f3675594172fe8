import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../support/e2e/stage.ts';
import { cancelPlaces, testCancels } from './durability/cancel.ts';
import { commandPlaces, testCommands } from './durability/command.ts';
import { existingPlaces, testExisting } from './durability/existing.ts';
import { failurePlaces, testFailures } from './durability/failure.ts';
import { killPlaces, testKills } from './durability/kill.ts';
import { rightsPlaces, testRights } from './durability/rights.ts';
import { serverPlaces, testServers } from './durability/servers.ts';
import { terminatePlaces, testTerminations } from './durability/terminate.ts';

/**
 * Durability and compensation on two real clusters: whatever happens to worker, command or target, a run ends as if
 * undisturbed, or both clusters are as before. All tests share one stage and run side by side, since most of their time
 * is waiting; the longest come first.
 */
let stage: Stage;

beforeAll(async () => {
  stage = await openStage([
    ...[...killPlaces, ...commandPlaces, ...failurePlaces, ...cancelPlaces, ...existingPlaces],
    ...[...serverPlaces, ...terminatePlaces, ...rightsPlaces],
  ]);
});

afterAll(async () => {
  await stage.close();
});

testKills(() => stage);
testCommands(() => stage);
testFailures(() => stage);
testCancels(() => stage);
testExisting(() => stage);
testTerminations(() => stage);
testServers(() => stage);
testRights(() => stage);

test('without the applications everything is as before the first test, storage included', async () => {
  expect(await stage.differencesFromFirst()).toEqual([]);
});
