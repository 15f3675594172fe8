import { expect } from 'vitest';
import type { ResultEvent, RunEvent } from '../../../src/core/run/events.ts';
import type { RunReport } from '../../../src/core/run/report.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { claimName } from './app.ts';
import type { Command } from './cli.ts';
import type { Place } from './place.ts';
import type { Stage } from './stage.ts';
import { differences, readTree, traces, type State } from './state.ts';

/**
 * Both clusters as before, object by object. Pods that are just going away and endpoints that follow them are given
 * time; what differs after it is named.
 */
export async function expectAsBefore(stage: Stage, place: Place, before: State): Promise<void> {
  let found: string[] = [];
  await waitFor(
    async () => {
      found = differences(before, await stage.stateOf(place), false);
      return found.length === 0 ? true : undefined;
    },
    { what: `${place.name} to be as before`, deadlineMs: 20_000, intervalMs: 500 }
  ).catch(() => undefined);
  expect(found).toEqual([]);
}

/** The migration ended as if undisturbed: report, both trees, the source as it was, no trace of the run. */
export async function expectMoved(stage: Stage, place: Place, before: State): Promise<void> {
  await expectMovedByReport(stage, place, before, await place.report());
  await expectStatus(place, 'COMPLETED');
}

/** The same, by a report that was read in another way. */
export async function expectMovedByReport(stage: Stage, place: Place, before: State, report: RunReport): Promise<void> {
  expect(report).toMatchObject({
    outcome: 'succeeded',
    exitCode: 0,
    parity: { missing: 0, extra: 0, different: 0 },
    objects: { failed: 0 },
    volumes: [{ claim: `${place.name}/${claimName}`, equal: true }],
  });
  const after = await stage.stateOf(place);
  const target = new RegExp(`^new: target (PersistentVolume|IPAddress)\\.|^new: target .* /?${place.name}(/|$)`);
  expect(differences(before, after, false).filter((line) => !target.test(line))).toEqual([]);
  expect(traces(after, report.run)).toEqual([]);
  const trees = await Promise.all(
    (['source', 'target'] as const).map((side) => readTree(place.lab, side, place.name, claimName))
  );
  expect(trees[1]).toEqual(trees[0]);
}

/** The run was cancelled: exit code, event, history and report say so. */
export async function expectCancelled(place: Place, migrate: Command): Promise<void> {
  await expectCode(migrate, 7);
  expect(resultOf(migrate.events)).toMatchObject({ outcome: 'cancelled', exitCode: 7 });
  await expectStatus(place, 'CANCELLED');
  expect(await place.report()).toMatchObject({ outcome: 'cancelled', exitCode: 7, error: { code: 'CANCELLED' } });
}

/** A command ends with this code; if not, what it said is in the message. */
export async function expectCode(command: Command, wanted: number): Promise<void> {
  const { code, stderr } = await command.ended;
  expect({ code, stderr: code === wanted ? '' : stderr }).toEqual({ code: wanted, stderr: '' });
}

/** The result is reported just before the workflow closes. */
export async function expectStatus(place: Place, wanted: string): Promise<void> {
  let status = '';
  await waitFor(async () => ((status = await place.status()) === wanted ? true : undefined), {
    what: wanted,
    deadlineMs: 10_000,
  }).catch(() => undefined);
  expect(status).toBe(wanted);
}

export function resultOf(events: readonly RunEvent[]): ResultEvent | undefined {
  return events.find((event): event is RunEvent & ResultEvent => event.type === 'result');
}

/** A step of this id has started, ended … */
export function step(type: RunEvent['type'], id: RegExp): (event: RunEvent) => boolean {
  return (event) => event.type === type && 'step' in event && id.test(event.step.id);
}
