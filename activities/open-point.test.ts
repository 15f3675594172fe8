import { beforeAll, describe, expect, it } from 'vitest';
import { loadJson } from '../src/archive/run-objects.ts';
import { readPoint } from '../src/archive/recovery-point.ts';
import { usesOfPoint } from '../src/archive/use-point.ts';
import type { CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import type { PointSpec, ScopeSpec } from '../src/core/spec/spec.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';
import { commit, sample } from '../test/contract/location-capture.ts';
import type { MemoryStore } from '../test/support/memory-location.ts';
import { newHolder, sealedLocation, type Holder } from '../test/support/sealed-location.ts';
import { openPoint } from './open-point.ts';

const scope: ScopeSpec = {
  ...{ namespaces: ['*'], excludeNamespaces: [], kinds: [], excludeKinds: [], labelSelector: '' },
  clusterScoped: 'dependencies',
};
const progress = { signal: new AbortController().signal, update: () => undefined } as unknown as Progress;
let holders: readonly Holder[];
beforeAll(async () => {
  holders = await Promise.all([newHolder(), newHolder()]);
});

/** Two recovery points of an encrypted Location, and a session of a run that restores the second. */
async function world(more: Partial<PointSpec> = {}) {
  const store: MemoryStore = new Map();
  const [as] = holders;
  const { location } = sealedLocation(store, { recipients: holders, as: as as Holder });
  const objects = [sample('settings', '{"kind":"ConfigMap"}'), sample('key', '{"kind":"Secret"}', { kind: 'Secret' })];
  for (const id of ['one', 'two']) await commit(location, id, [objects]);
  const { ref } = await readPoint(location, 'two');
  const spec = { scope, volumes: { mode: 'none' }, point: { id: 'two', sha256: ref.sha256, ...more } };
  return { store, location, ref, session: { location, runId: 'restore-1', spec } as unknown as Session<never> };
}

describe('the recovery point of a restore', () => {
  it('is the capture of the run, and in use by it', async () => {
    const { location, session, ref } = await world();
    const opened = await openPoint(session, progress);
    expect(opened).toMatchObject({ captured: { capture: ref, objects: 2 }, kindCount: 2, volumes: 0, findings: [] });
    const { kinds, namespaces } = await loadJson<CaptureSelection>(location, opened.kinds);
    expect(kinds.map(({ resource }) => resource.kind).toSorted()).toEqual(['ConfigMap', 'Secret']);
    expect(namespaces).toHaveLength(1);
    expect((await usesOfPoint(location, 'two')).map(({ run }) => run)).toEqual(['restore-1']);
  });

  it('asks for rights on what is restored of it alone', async () => {
    const { location, session } = await world({ include: [{ kind: 'Secret', name: 'k*' }] });
    const { kinds } = await loadJson<CaptureSelection>(location, (await openPoint(session, progress)).kinds);
    expect(kinds.map(({ resource }) => resource.kind)).toEqual(['Secret']);
  });

  it('is refused when another manifest has taken its place, or nothing of it is restored', async () => {
    const other = await world({ sha256: '0'.repeat(64) });
    await expect(openPoint(other.session, progress)).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
    const nothing = await world({ include: [{ kind: 'CronJob', name: '*' }] });
    await expect(openPoint(nothing.session, progress)).rejects.toMatchObject({ code: 'RECOVERY_POINT_EMPTY' });
  });

  it('is refused with the number of contents that are missing or have another size', async () => {
    const { store, session } = await world();
    const keys = [...store.keys()].filter((key) => key.startsWith('objects/segments/'));
    expect(keys).not.toEqual([]);
    for (const [index, key] of keys.entries()) {
      if (index % 2 === 0) store.delete(key);
      else store.set(key, Buffer.from('cut'));
    }
    const refused = openPoint(session, progress);
    await expect(refused).rejects.toMatchObject({ code: 'STORED_OBJECT_MISSING' });
    await expect(refused).rejects.toThrow(new RegExp(`^STORED_OBJECT_MISSING: ${keys.length} of \\d+ contents`));
  });

  it('that follows one which is gone is a blocker, which a waiver may name', async () => {
    const { store, session } = await world();
    store.delete('points/one/manifest.json');
    const { findings } = await openPoint(session, progress);
    expect(findings).toMatchObject([{ code: 'POINT_ROLLED_BACK', severity: 'blocker', subject: 'recovery point two' }]);
  });
});
