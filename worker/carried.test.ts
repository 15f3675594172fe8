import type { ApplyFacts } from '../src/saga/tables/applying.ts';
import { describe, expect, it, vi } from 'vitest';
import { aRef, claimsOf, applyGroupsOf } from '../test/support/scripted-activities.ts';
import { errorDetail } from '../src/core/errors.ts';
import { limits } from '../src/core/limits.ts';
import { storedBytes } from '../src/engine/large-payloads.ts';
import { advance, begin, save } from '../src/saga/machine.ts';
import type { RunHappening, RunState } from '../src/saga/state.ts';
import { migrateTable } from '../src/saga/tables/migrate.ts';
import { emitMachineEvent } from '../workflows/saga/emit.ts';
import { carry, openRun } from '../workflows/saga/run.ts';
import { factsOf, newFound } from '../workflows/migrate/found.ts';
import { migrateKind } from '../workflows/migrate/migrate.ts';
import type { MigrateInput } from '../src/core/run/context.ts';

vi.mock('../workflows/saga/activities.ts', () => ({ activities: {} }));

const spec = {
  ...{ name: 'shop', dryRun: false, onFailure: 'rollback', landfallNamespace: 'landfall-system' },
  ...{ source: { name: 'old' }, target: { name: 'new' }, volumes: { mode: 'move', parallel: 1 } },
  hooks: { pre: [], post: [] },
};

/** A run that has moved all its volumes, driven by the machine without a server; `fails` once that is done. */
function moved(claims: number) {
  const scope = { claims, applyGroups: 40 };
  const input = { runId: 'shop-1', spec } as unknown as MigrateInput;
  const run = openRun({ id: 'shop-1', input, found: newFound(input) });
  const plan = { plan: aRef('plan'), applyGroups: applyGroupsOf(scope), claims: claimsOf(scope), findings: [] };
  const answer = (state: RunState<ApplyFacts>): RunHappening | undefined => {
    for (const command of state.commands) {
      if (command.do === 'emit') emitMachineEvent(migrateKind, run, { event: command.event, facts: state.facts });
      if (command.do !== 'execute') continue;
      const { name, item } = command.action;
      if (name === 'plan') run.found.plan = { ...plan, blockers: 0, objects: 1, changed: 1, excluded: 1 };
      if (name === 'upload') run.found.uploaded[item] = aRef('volumes', item);
      if (name === 'fill') {
        delete run.found.uploaded[item];
        run.found.volumes.push(aRef('volumes', claims + item));
      }
      if (name === 'commit') return undefined;
      run.summaries.set(command.step.id, { counts: { files: 7 * item, bytes: 7_919 * item } });
      return { type: 'done', step: command.step.id, ...(name === 'plan' ? { facts: factsOf(run.found) } : {}) };
    }
    return undefined;
  };
  let state = begin(migrateTable, factsOf(run.found));
  for (let next = answer(state); next !== undefined; next = answer(state)) state = advance(state, next);
  return { run, state };
}

describe('what passes into the next history of the largest migration', () => {
  const { run, state } = moved(limits.claims);

  it('fits into a payload when all volumes have arrived', async () => {
    expect(run.found.volumes).toHaveLength(limits.claims);
    expect(await storedBytes(carry(run, save(state)))).toBeLessThan(limits.payloadBytes);
    expect(await storedBytes(run.journal.save())).toBeLessThan(limits.payloadBytes);
  });

  it('fits also when nothing of it could be undone', async () => {
    const error = errorDetail('CLUSTER_UNREACHABLE', { what: 'new does not respond', why: 'connect ECONNREFUSED' });
    let undoing = advance(state, { type: 'failed', step: 'apply/recovery-point', error });
    while (undoing.pending.length > 0) {
      const { tried } = undoing;
      const named = { ...error, what: `new does not respond: claim ${tried.length}` };
      undoing = advance(undoing, { type: 'compensation-failed', error: named });
    }
    expect(undoing.tried.length).toBeGreaterThan(limits.claims);
    expect(await storedBytes(carry(run, save(undoing)))).toBeLessThan(limits.payloadBytes);
  });

  it('has nothing left of steps that have ended', () => {
    expect([...run.startedMs.keys()].every((id) => !id.startsWith('volumes/fill/'))).toBe(true);
    expect(run.summaries.size).toBeLessThan(10);
  });
});
