import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commit, sample } from '../../../test/contract/location-capture.ts';
import { parseIdentityFile } from '../../crypto/identity-file.ts';
import type { EncryptionSpec, LocationSpec } from '../../core/spec/spec.ts';
import { openLocation } from '../../locations/open-location.ts';
import { addRecipients, removeRecipients } from './change.ts';
import { checkKey } from './check.ts';
import { createIdentity, writeNew } from './create.ts';
import { exportLines } from './export.ts';
import { withKeys, type OpenedLocation } from './open.ts';
import { changedLines, checkedLines, createdLines } from './text.ts';

let root: string;
let worker: string;
let offline: string;
const at = (name: string): string => join(root, name);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-keys-'));
  [worker, offline] = await Promise.all([createIdentity(at('worker.txt'), 0), createIdentity(at('offline.txt'), 0)]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function spec(change: Partial<EncryptionSpec> = {}): LocationSpec {
  const encryption = { recipients: [worker, offline], identity: { file: at('worker.txt') }, ...change };
  return { name: 'store', provider: 'filesystem', path: root, prefix: 'store/', encryption };
}

async function withPoint(): Promise<void> {
  const location = await openLocation(spec());
  await commit(location, 'shop-1', [[sample('web', '{"a":1}')]]);
  await location.close();
}

const on = <T>(body: (opened: OpenedLocation) => Promise<T>, change?: Partial<EncryptionSpec>): Promise<T> =>
  withKeys(spec(change), body);

describe('an identity file', () => {
  it('is readable by its owner alone, and never overwritten', async () => {
    expect(statSync(at('worker.txt')).mode & 0o777).toBe(0o600);
    const before = readFileSync(at('worker.txt'), 'utf8');
    await expect(createIdentity(at('worker.txt'), 0)).rejects.toMatchObject({ code: 'KEY_EXISTS' });
    expect(readFileSync(at('worker.txt'), 'utf8')).toBe(before);
    await expect(createIdentity(at('nowhere/x.txt'), 0)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('is not in what is printed about it', () => {
    const [identity = ''] = parseIdentityFile(readFileSync(at('worker.txt'), 'utf8'), 'f').identities;
    const text = createdLines({ file: at('worker.txt'), recipient: worker }).join('\n');
    expect(text).toContain(worker);
    expect(text).not.toContain(identity);
  });
});

describe('a check of a key', () => {
  it('reads one object of the newest point, by the identity of the document or another one', async () => {
    await withPoint();
    const found = await on((opened) => checkKey(opened, undefined));
    expect(found).toMatchObject({
      recipients: [worker],
      point: { id: 'shop-1', objects: 1, volumes: 0, read: 'ConfigMap shop/web' },
    });
    expect(checkedLines(found).join('\n')).toContain('shop-1');
    expect(await on((opened) => checkKey(opened, at('offline.txt')))).toMatchObject({ recipients: [offline] });
  });

  it('says that there is no key yet, or no point', async () => {
    await expect(on((opened) => checkKey(opened, undefined))).rejects.toMatchObject({ code: 'KEY_NOT_MADE' });
    const location = await openLocation(spec());
    await location.seal?.forWriting();
    await location.close();
    const found = await on((opened) => checkKey(opened, undefined));
    expect(checkedLines(found).join('\n')).toContain('no recovery point yet');
  });

  it('fails as a restore would: for a stranger, and without knowing the signer', async () => {
    await withPoint();
    await createIdentity(at('eve.txt'), 0);
    const strange = on((opened) => checkKey(opened, at('eve.txt')));
    await expect(strange).rejects.toMatchObject({ code: 'KEY_NOT_RECIPIENT' });
    const unknown = on((opened) => checkKey(opened, undefined), { identity: { file: at('offline.txt') } });
    await expect(unknown).rejects.toMatchObject({ code: 'KEY_SIGNER_UNKNOWN' });
  });
});

describe('what an offline holder keeps', () => {
  it('opens the Location when nothing else is left', async () => {
    await withPoint();
    await writeNew(at('kit.txt'), await on((opened) => exportLines(opened, { file: at('offline.txt') })));
    rmSync(at('worker.txt'));
    rmSync(at('offline.txt'));
    const left = { identity: { file: at('kit.txt') }, recipients: [offline] };
    expect((await on((opened) => checkKey(opened, undefined), left)).point?.read).toBe('ConfigMap shop/web');
    // With a document that still names what is gone.
    expect((await on((opened) => checkKey(opened, at('kit.txt')))).point?.read).toBe('ConfigMap shop/web');
    expect(readFileSync(at('kit.txt'), 'utf8')).toContain(`where: filesystem, ${root}, prefix store/`);
  });

  it('may be without the identity, for its holder to add', async () => {
    await withPoint();
    const lines = await on((opened) => exportLines(opened, 'none'));
    expect(lines.every((line) => line.startsWith('#'))).toBe(true);
    writeFileSync(at('offline.txt'), `${readFileSync(at('offline.txt'), 'utf8')}${lines.join('\n')}\n`);
    const holder = { identity: { file: at('offline.txt') } };
    expect((await on((opened) => checkKey(opened, undefined), holder)).point?.id).toBe('shop-1');
  });

  it('is not given out for a signer that nobody knows here', async () => {
    await withPoint();
    const lines = on((opened) => exportLines(opened, 'none'), { identity: { file: at('offline.txt') } });
    await expect(lines).rejects.toMatchObject({ code: 'KEY_SIGNER_UNKNOWN' });
    const other = on((opened) => exportLines(opened, 'none'), { signer: 'a'.repeat(64) });
    await expect(other).rejects.toMatchObject({ code: 'KEY_SIGNER_OTHER' });
  });
});

describe('recipients', () => {
  it('are added once, and removed, and what was stored is read by who is left', async () => {
    await withPoint();
    const eve = await createIdentity(at('eve.txt'), 0);
    const added = await on((opened) => addRecipients(opened, [eve, worker], 0));
    expect(added).toEqual({ recipients: [worker, offline, eve], isChanged: true, removed: [], isOldGone: true });
    expect((await on((opened) => addRecipients(opened, [eve], 0))).isChanged).toBe(false);
    expect((await on((opened) => checkKey(opened, at('eve.txt')))).point?.id).toBe('shop-1');
    const removed = await on((opened) => removeRecipients(opened, [eve], 0));
    expect(changedLines(removed).join('\n')).toContain('may have kept the key');
    await expect(on((opened) => checkKey(opened, at('eve.txt')))).rejects.toMatchObject({ code: 'KEY_NOT_RECIPIENT' });
    expect((await on((opened) => checkKey(opened, undefined))).point?.id).toBe('shop-1');
  });

  it.each<[string, () => readonly string[], string]>([
    ['that are none', () => [`age1${'q'.repeat(58)}`], 'is no recipient'],
    ['without whom runs could read nothing', () => [worker], 'nothing could be read or written any more'],
    ['who are all', () => [worker, offline], 'nothing could be read or written any more'],
  ])('%s are not removed', async (_what, who, message) => {
    await withPoint();
    await expect(on((opened) => removeRecipients(opened, who(), 0))).rejects.toThrow(message);
  });

  it('are not changed where the list of them is not true: somebody would be dropped in silence', async () => {
    await withPoint();
    const { keyId } = await on((opened) => checkKey(opened, undefined));
    rmSync(at(`store/keys/${keyId}/recipients-1.json`));
    const change = on((opened) => addRecipients(opened, [offline], 0));
    await expect(change).rejects.toMatchObject({ code: 'STORED_OBJECT_CORRUPT' });
  });
});

it('a Location in clear has no key', async () => {
  const clear = { ...spec(), encryption: 'none' } as const;
  const work = withKeys(clear, (opened) => checkKey(opened, undefined));
  await expect(work).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
