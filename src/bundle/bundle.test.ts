import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commit, readAll, samples } from '../../test/contract/location-capture.ts';
import { newHolder, type Holder } from '../../test/support/sealed-location.ts';
import { markPoint } from '../archive/mark-point.ts';
import { verifyRecoveryPoint } from '../archive/verify.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import { openLocation } from '../locations/open-location.ts';
import type { Location } from '../ports/location.ts';
import { createBundle, type CreatedBundle } from './create.ts';
import { headName } from './format.ts';
import { importBundle, type ImportedBundle } from './import.ts';
import { openBundle } from './open-bundle.ts';
import { verifyBundle } from './verify.ts';

const partBytes = 4096;
let root = '';
let count = 0;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'landfall-bundle-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A directory as a Location, in clear or for one recipient. */
async function place(name: string, holder?: Holder): Promise<LocationSpec> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  if (holder === undefined) return { name, provider: 'filesystem', path, prefix: '', encryption: 'none' };
  const file = join(root, `${name}.identity`);
  writeFileSync(file, `${holder.identity}\n`, { mode: 0o600 });
  const encryption = { recipients: [holder.recipient], identity: { file } };
  return { name, provider: 'filesystem', path, prefix: '', encryption };
}

async function within<T>(spec: LocationSpec, body: (location: Location) => Promise<T>): Promise<T> {
  const location = await openLocation(spec);
  try {
    return await body(location);
  } finally {
    await location.close();
  }
}

/** Two points that share content, and a volume repository as its blobs. */
async function fill(spec: LocationSpec, ids: readonly string[] = ['shop-a', 'shop-b']): Promise<void> {
  await within(spec, async (location) => {
    for (const [at, id] of ids.entries()) await commit(location, id, [samples(40), samples(10 * at)]);
  });
}

function create(
  spec: LocationSpec,
  name: string,
  more: { points?: string[]; have?: string[] } = {}
): Promise<CreatedBundle> {
  const { points = [], have = [] } = more;
  return createBundle(spec, {
    ...{ points, have: have.map((one) => join(root, one)), directory: join(root, name), partBytes },
    ...{ landfallVersion: '0.1.0', run: `bundle-${++count}`, onPoint: () => undefined },
  });
}

function bring(spec: LocationSpec, ...directories: string[]): Promise<ImportedBundle> {
  return importBundle(spec, {
    directories: directories.map((one) => join(root, one)),
    ...{ run: `import-${++count}`, onPart: () => undefined, onPoint: () => undefined },
  });
}

const problemsOf = (spec: LocationSpec, id: string): Promise<readonly string[]> =>
  within(spec, async (location) => (await verifyRecoveryPoint(location, id)).problems.map(({ code }) => code));

describe('a bundle', () => {
  it('holds points that another Location then holds, with the same identity and nothing else', async () => {
    const ann = await newHolder();
    const [from, to] = [await place('from', ann), await place('to', ann)];
    await fill(from);
    const { head } = await create(from, 'b');
    expect(head.parts.length).toBeGreaterThan(1);
    expect(head.signer).toMatch(/^[0-9a-f]{64}$/u);
    rmSync(join(root, 'from'), { recursive: true });
    expect((await bring(to, 'b')).points.map(({ id }) => id)).toEqual(['shop-a', 'shop-b']);
    expect([await problemsOf(to, 'shop-a'), await problemsOf(to, 'shop-b')]).toEqual([[], []]);
    expect(await within(to, (location) => readAll(location, 'shop-a'))).toHaveLength(40);
    expect((await bring(to, 'b')).points).toMatchObject([{ copiedObjects: 0 }, { copiedObjects: 0 }]);
  });

  it('may lie on several media, and names every part that is on none of them', async () => {
    const [from, to] = [await place('from'), await place('to')];
    await fill(from);
    await create(from, 'b');
    await mkdir(join(root, 'second'));
    for (const name of ['part-00002', 'part-00003']) renameSync(join(root, 'b', name), join(root, 'second', name));
    await expect(bring(to, 'b')).rejects.toMatchObject({
      code: 'BUNDLE_PART_MISSING',
      problems: [{ ref: 'part-00002' }, { ref: 'part-00003' }],
    });
    expect(readdirSync(join(root, 'to'))).toEqual([]);
    await bring(to, 'b', 'second');
    expect(await problemsOf(to, 'shop-b')).toEqual([]);
  });

  it('is not imported, not a byte, when one bit of any of its files is another one', async () => {
    const ann = await newHolder();
    const [from, to] = [await place('from', ann), await place('to', ann)];
    await fill(from, ['shop-a']);
    await create(from, 'b');
    for (const name of readdirSync(join(root, 'b'))) {
      const path = join(root, 'b', name);
      const bytes = readFileSync(path);
      const at = bytes.byteLength >> 1;
      writeFileSync(
        path,
        bytes.map((byte, place_) => (place_ === at ? byte ^ 1 : byte))
      );
      await expect(bring(to, 'b')).rejects.toThrow(/^BUNDLE_DAMAGED/u);
      writeFileSync(path, bytes);
    }
    expect(readdirSync(join(root, 'to')).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect((await verifyBundle(await openBundle([join(root, 'b')]))).problems).toEqual([]);
  });

  it('repeats nothing of an earlier one, and is refused where that was not imported', async () => {
    const [from, to] = [await place('from'), await place('to')];
    await fill(from, ['shop-a']);
    const first = await create(from, 'first');
    await within(from, (location) => commit(location, 'shop-b', [samples(40), [...samples(41).slice(40)]]));
    const { head, elsewhere } = await create(from, 'second', { points: ['shop-b'], have: ['first'] });
    expect(elsewhere).toBeGreaterThan(0);
    expect(head.needs).toEqual([first.head.id]);
    await expect(bring(to, 'second')).rejects.toThrow('BUNDLE_NEEDS_BASE');
    await expect(problemsOf(to, 'shop-b')).resolves.not.toEqual([]);
    await bring(to, 'first');
    await bring(to, 'second');
    expect(await problemsOf(to, 'shop-b')).toEqual([]);
  });

  it('is not accepted with the signature of somebody else', async () => {
    const [ann, eve] = [await newHolder(), await newHolder()];
    const [from, other, to] = [await place('from', ann), await place('other', eve), await place('to', ann)];
    await fill(from, ['shop-a']);
    await fill(other, ['shop-a']);
    await create(other, 'b');
    await expect(bring(to, 'b')).rejects.toThrow(/^BUNDLE_SIGNER_FOREIGN/u);
    await expect(bring(await place('clear'), 'b')).rejects.toThrow(/^COPY_KEY_DIFFERS/u);
  });

  it('leaves nothing when it cannot be made, and never takes a directory that holds something', async () => {
    const from = await place('from');
    await fill(from, ['shop-a']);
    const segments = join(root, 'from', 'objects', 'segments');
    for (const folder of readdirSync(segments)) rmSync(join(segments, folder), { recursive: true });
    await expect(create(from, 'b')).rejects.toThrow(/^STORED_OBJECT_MISSING/u);
    expect(readdirSync(root)).not.toContain('b');
    await mkdir(join(root, 'taken'));
    writeFileSync(join(root, 'taken', 'mine'), '');
    await expect(create(from, 'taken')).rejects.toThrow(/^BUNDLE_NOT_WRITTEN/u);
    expect(readdirSync(join(root, 'taken'))).toEqual(['mine']);
    await expect(openBundle([join(root, 'taken')])).rejects.toThrow(
      new RegExp(`^BUNDLE_NOT_FOUND: no ${headName}`, 'u')
    );
  });

  it('does not bring back what was deleted where it is imported', async () => {
    const [from, to] = [await place('from'), await place('to')];
    await fill(from);
    await create(from, 'b');
    await within(to, (location) => markPoint(location, 'shop-a', { run: 'prune-1' }));
    expect((await bring(to, 'b')).points).toMatchObject([
      { id: 'shop-a', problem: { code: 'RECOVERY_POINT_DELETED' } },
      { id: 'shop-b', objects: expect.any(Number) as number },
    ]);
  });
});
