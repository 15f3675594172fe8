import type { ApplyFacts } from '../../src/saga/tables/applying.ts';
import { activityRows, type ActivityName, type ActivityRow } from '../../src/saga/activity-rows.ts';
import { callsOf, type Call } from '../../src/saga/calls.ts';
import type { Need } from '../../src/saga/need.ts';
import { assessTable } from '../../src/saga/tables/assess.ts';
import { backupTable } from '../../src/saga/tables/backup.ts';
import { migrateTable } from '../../src/saga/tables/migrate.ts';
import { restoreTable } from '../../src/saga/tables/restore.ts';
import { planTable } from '../../src/saga/tables/plan.ts';

/** A migration with everything one can have. */
const whole: ApplyFacts = {
  ...{ dryRun: false, volumes: true, hooks: { pre: true, post: true }, onFailure: 'rollback', parallel: 1 },
  ...{ landfallNamespace: 'landfall-system', held: true },
  plan: {
    claims: [{ namespace: '', name: '', targetNamespace: '' }],
    applyGroups: [
      { name: '', objects: 1, claims: true, settle: false },
      { name: '', objects: 1, claims: false, settle: true },
    ],
    appliers: true,
  },
};

/** A kind of run and every activity it may call. */
export interface RunRights {
  readonly name: string;
  readonly title: string;
  readonly says: string;
  readonly calls: readonly Call[];
  /** The clusters it has; absent: both. */
  readonly sides?: readonly Need['side'][];
}

/** What a migration calls, with everything one can have; its compensations and its clean-up included. */
export const migration = callsOf(migrateTable, whole);

/** The same of a restore. */
const restoring = callsOf(restoreTable, { ...whole, hooks: { pre: false, post: false } });

/** The same of a backup. */
const backingUp = callsOf(backupTable, {
  ...{ volumes: true, hooks: { pre: true, post: true }, onFailure: 'rollback', parallel: 1 },
  ...{ landfallNamespace: 'landfall-system', plan: { claims: [{ namespace: '', name: '' }] } },
});

const probes = { images: true, external: true, storage: true };

export const runs: readonly RunRights[] = [
  {
    ...{ name: 'migrate', title: 'landfall migrate', calls: migration },
    says: 'Compensations and `landfall cleanup` included. A right that is missing ends the run before anything is written.',
  },
  {
    ...{ name: 'dry-run', title: 'landfall migrate --dry-run' },
    says: 'What only the migration itself needs is a warning.',
    calls: callsOf(migrateTable, { ...whole, dryRun: true }),
  },
  {
    ...{ name: 'backup', title: 'landfall backup', calls: backingUp, sides: ['source'] },
    says: 'Compensations and `landfall cleanup` included. With `volumes.mode: none` it writes nothing on the cluster.',
  },
  {
    ...{ name: 'restore', title: 'landfall restore', calls: restoring, sides: ['target'] },
    says: 'Compensations and `landfall cleanup` included. The cluster that was captured is not asked anything.',
  },
  {
    ...{ name: 'plan', title: 'landfall plan', calls: callsOf(planTable, { fromPoint: false }) },
    says: 'It writes on no cluster. What only the migration itself needs is a warning.',
  },
  {
    ...{ name: 'assess', title: 'landfall assess', calls: callsOf(assessTable, probes) },
    says: [
      'An assessment also asks for the rights of the migration, which stand in its way when they are missing.',
      'It goes on without a right of its own, and reports the checks that are not made. The roles include the tests of images, external addresses and storage.',
    ].join(' '),
  },
];

/** What the activities of calls need on a side. */
export function needsOf(calls: readonly Call[], side: Need['side']): readonly Need[] {
  const names = new Set<ActivityName>(calls.map(({ activity }) => activity));
  return [...names].flatMap((name) => (activityRows[name] as ActivityRow).needs).filter((need) => need.side === side);
}
