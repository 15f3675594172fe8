import { describe, expect, it } from 'vitest';
import type { CaptureKind } from '../core/capture/capture-kinds.ts';
import type { MigrationSpec } from '../core/spec/spec.ts';
import { activityRows, type ActivityName, type ActivityRow } from './activity-rows.ts';
import { callsOf } from './calls.ts';
import { permissionQuestions, type Asking, type Question, type Scoped } from './permissions.ts';
import type { RunTable } from './table.ts';
import { assessTable } from './tables/assess.ts';
import { backupTable } from './tables/backup.ts';
import { cleanupTable } from './tables/cleanup.ts';
import { migrateTable } from './tables/migrate.ts';
import { planTable } from './tables/plan.ts';
import { restoreTable } from './tables/restore.ts';

function captured(plural: string, group = '', namespaced = true): CaptureKind {
  const resource = { group, plural, namespaced, version: 'v1', kind: plural, verbs: [], subresources: [] };
  return { resource, namespaces: namespaced ? ['shop'] : [''], servedByTarget: true };
}

const snapshotKinds = ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses'];
const served = new Set([
  ...snapshotKinds.map((plural) => `${plural}.snapshot.storage.k8s.io`),
  ...['jobs.batch', 'storageclasses.storage.k8s.io', 'clusterroles.rbac.authorization.k8s.io'],
]);

interface Given {
  readonly spec?: object;
  readonly kinds?: readonly CaptureKind[];
  readonly more?: Partial<Scoped>;
}

function scopedTo({ spec = {}, kinds = [], more = {} }: Given = {}): Scoped {
  const whole = {
    ...{ scope: { namespaces: ['shop'], clusterScoped: 'dependencies' }, namespaceMapping: { shop: 'store' } },
    ...{ existingResourcePolicy: 'fail', volumes: { mode: 'move', parallel: 1, withoutSnapshot: 'fail' } },
    ...{ hooks: { pre: [], post: [] }, landfallNamespace: 'landfall-system', dryRun: false, onFailure: 'rollback' },
    ...spec,
  } as unknown as MigrationSpec;
  return {
    ...{
      spec: whole,
      plan: { kinds: [captured('namespaces', '', false), captured('configmaps'), ...kinds], namespaces: ['shop'] },
    },
    ...{ hasClaims: false, newNamespaces: false, any: [{ group: '', plural: 'pods' }] },
    ...{ served: { source: served, target: served }, ...more },
  };
}

const lineOf = ({ side, verb, resource, namespace }: Question): string =>
  `${side} ${verb} ${resource.plural}${namespace === '' ? '' : ` in ${namespace}`}`;

function asked(given: Given = {}, asking: Asking = { kind: 'migrate' }): string[] {
  return permissionQuestions(asking, scopedTo(given)).map(lineOf);
}

const blockers = (asking: Asking, given: Given = {}): string[] =>
  permissionQuestions(asking, scopedTo(given))
    .filter(({ severity }) => severity === 'blocker')
    .map(lineOf);

const writes = / (?:create|update|patch|delete) /;
const hooks = { pre: [{ namespace: 'shop' }], post: [{ namespace: 'tools' }] };
const moving: Given = { more: { hasClaims: true } };

describe('the rights a migration asks for', () => {
  it('are for every object on the target: made, looked at, undone, in the namespaces they are mapped to', () => {
    for (const verb of ['create', 'get', 'list', 'patch', 'delete'])
      expect(asked()).toContain(`target ${verb} configmaps in store`);
    expect(asked()).toContain('source list configmaps in shop');
    expect(asked()).not.toContain('target update configmaps in store');
    expect(asked({ spec: { objectRules: [{ existingResourcePolicy: 'update' }] } })).toContain(
      'target update configmaps in store'
    );
  });

  it('are for cluster-scoped kinds that the file names, and not for those that only a capture finds', () => {
    const kinds = [captured('priorityclasses', 'scheduling.k8s.io', false)];
    expect(asked({ kinds })).toContain('target create priorityclasses');
    expect(asked()).not.toContain('target create priorityclasses');
  });

  it('are for what its verification looks through, whatever kinds the file names', () => {
    expect(asked()).toContain('target list pods in store');
  });

  it('are for classes of storage also where no volume moves, since a plan reads them', () => {
    for (const side of ['source', 'target']) expect(asked()).toContain(`${side} list storageclasses`);
  });

  it('are none for volumes and hooks where no claim moves', () => {
    const none = /jobs|snapshotcontents|volumesnapshots|exec|landfall-system/;
    expect(asked({ spec: { hooks } }).filter((line) => none.test(line))).toEqual([]);
    const empty = { hooks, volumes: { mode: 'none', parallel: 1, withoutSnapshot: 'fail' } };
    const found = asked({ spec: empty, ...moving });
    expect(found.filter((line) => none.test(line))).toEqual([]);
    // What a claim is bound to is read by the plan and by an undo.
    for (const side of ['source', 'target']) expect(found).toContain(`${side} get persistentvolumes`);
  });

  it('cover snapshots, Jobs with their Secrets, volumes, hooks and what a clean-up lists, where claims move', () => {
    const found = asked({ spec: { hooks }, ...moving });
    expect(found).toEqual(
      expect.arrayContaining([
        ...['source create volumesnapshots in shop', 'source delete volumesnapshotcontents'],
        ...['source create jobs in landfall-system', 'source delete secrets in landfall-system'],
        ...['target get pods/log in landfall-system', 'target patch persistentvolumes', 'source create namespaces'],
        ...['source get pods/exec in shop', 'source create pods/exec in tools', 'target list volumesnapshotcontents'],
        ...['source list jobs in shop', 'target delete persistentvolumeclaims in store'],
      ])
    );
    expect(found).not.toContain('source create persistentvolumes');
    const volumes = { mode: 'move', parallel: 1, withoutSnapshot: 'copyWhileQuiesced' };
    expect(asked({ spec: { volumes }, ...moving })).toContain('source create persistentvolumes');
  });

  it('exclude what a side does not serve, and watching, without which a wait asks again', () => {
    const target = new Set<string>();
    const found = asked({ more: { hasClaims: true, served: { source: served, target } } });
    expect(found.filter((line) => /target .*snapshot/.test(line))).toEqual([]);
    expect(found).toContain('source create volumesnapshots in shop');
    expect(found.filter((line) => line.includes(' watch '))).toEqual([]);
  });

  it('are each asked for once, also where hundreds of namespaces have many kinds', () => {
    const names = Array.from({ length: 400 }, (_, index) => `shop-${index}`);
    const kinds = Array.from({ length: 60 }, (_, index) => ({ ...captured(`kind-${index}`), namespaces: [''] }));
    const scoped = scopedTo(moving);
    const any = kinds.map(({ resource }) => resource);
    const found = permissionQuestions({ kind: 'migrate' }, { ...scoped, any, plan: { kinds, namespaces: names } });
    expect(new Set(found.map(lineOf)).size).toBe(found.length);
    expect(found.length).toBeGreaterThan(400 * 60 * 5);
  });

  it('say what can be written into the file instead', () => {
    const found = permissionQuestions({ kind: 'migrate' }, scopedTo(moving));
    const or = (line: string): string | undefined => found.find((one) => lineOf(one) === line)?.or;
    expect(or('target create configmaps in store')).toBe('exclude the kinds');
    expect(or('source list clusterroles')).toBe('set scope.clusterScoped: none');
    expect(or('source create jobs in landfall-system')).toBe('set volumes.mode: none');
    expect(or('target create namespaces')).toBeUndefined();
  });
});

describe('what prepares a migration', () => {
  it('plans with no right to write anywhere, and warns of those that the migration needs', () => {
    const plan = { kind: 'plan' } as const;
    expect(blockers(plan, moving).filter((line) => writes.test(line))).toEqual([]);
    expect(blockers(plan, moving)).toContain('target get configmaps in store');
    expect(new Set(asked(moving, plan))).toEqual(new Set(asked(moving)));
  });

  it('asks dry in namespaces of the target, or in new ones where its own are not there yet', () => {
    const dry = { spec: { dryRun: true } };
    const there = blockers({ kind: 'migrate' }, dry);
    expect(there).toContain('target create configmaps in store');
    expect(there.filter((line) => / (?:patch|delete) configmaps/.test(line))).toEqual([]);
    expect(there).not.toContain('target create configmaps');
    const anew = blockers({ kind: 'migrate' }, { ...dry, more: { newNamespaces: true } });
    expect(anew).toEqual(expect.arrayContaining(['target create configmaps', 'target delete namespaces']));
  });

  it('assesses with what a migration needs, and warns of what only a check of its own does', () => {
    const probes = { images: true, external: true, storage: false };
    const found = permissionQuestions({ kind: 'assess', probes }, scopedTo());
    const means = (line: string): unknown => {
      const { severity, neededBy } = found.find((one) => lineOf(one) === line) ?? {};
      return [severity, neededBy];
    };
    expect(means('target delete configmaps in store')).toEqual(['blocker', 'migration']);
    expect(means('source get secrets in shop')).toEqual(['warning', 'check']);
    expect(means('target create pods')).toEqual(['warning', 'check']);
    expect(found.map(lineOf)).not.toContain('target create persistentvolumeclaims');
  });
});

describe('the rights a backup asks for', () => {
  it('are on the source alone, and none that only a move needs', () => {
    const found = asked(moving, { kind: 'backup' });
    expect(found.filter((line) => line.startsWith('target '))).toEqual([]);
    expect(found).toEqual(expect.arrayContaining(['source list configmaps in shop', 'source get persistentvolumes']));
    expect(found).toContain('source create volumesnapshots in shop');
    expect(found.filter((line) => /(?:create|patch|delete) configmaps/.test(line))).toEqual([]);
    expect(blockers({ kind: 'backup' }, moving)).toEqual(found);
  });

  it('are to read, where no volumes are copied', () => {
    const found = asked({ ...moving, spec: { volumes: { mode: 'none', parallel: 1 } } }, { kind: 'backup' });
    expect(found.filter((line) => writes.test(line))).toEqual([]);
  });
});

describe('the rows of activities', () => {
  const tables: readonly RunTable<never>[] = [
    migrateTable,
    backupTable,
    planTable,
    assessTable,
    restoreTable,
    cleanupTable(migrateTable, false),
  ] as never;

  it('are there for every activity of every table, and say what those that open clusters use there', () => {
    const called = tables.flatMap((table) =>
      [...Object.values(table.actions), ...Object.values(table.compensations)].flatMap((row) => row.activities)
    );
    expect(called.filter((name) => !Object.hasOwn(activityRows, name))).toEqual([]);
    // Those that work on stored data alone. A new one stands here only when somebody has looked.
    const none = (Object.keys(activityRows) as ActivityName[]).filter((name) => {
      const { opens, needs }: ActivityRow = activityRows[name];
      return needs.length === 0 && (opens === 'run' || opens === 'ended-run');
    });
    expect(none.sort()).toEqual([
      ...[
        'checkApproval',
        'checkCopies',
        'closeRun',
        'commitRecoveryPoint',
        'concludeAssessment',
        'copyPoint',
        'findRemains',
      ],
      ...['measureLocation', 'mergeCapture', 'openPoint', 'recordApproval', 'writeReport'],
    ]);
  });

  it('count for a run with its compensations and with what only a clean-up does', () => {
    const facts = { dryRun: false, volumes: true, hooks: { pre: true, post: true }, onFailure: 'rollback' } as const;
    const claims = [{ namespace: 'a', name: 'data', targetNamespace: 'b' }];
    const applyGroups = [{ name: 'all', objects: 1, claims: true, settle: false }];
    const calls = callsOf(migrateTable, {
      ...{ ...facts, parallel: 1, landfallNamespace: 'x', held: false },
      plan: { claims, applyGroups },
    });
    expect(calls.map(({ activity }) => activity)).toEqual(
      expect.arrayContaining(['thawSource', 'undoBatch', 'unbindVolumes', 'removeNamespaces', 'sweepVolumes'])
    );
  });
});
