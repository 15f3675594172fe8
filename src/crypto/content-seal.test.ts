import { beforeAll, describe, expect, it } from 'vitest';
import { newHolder, sealedLocation, sealedOver, type Holder, type Opener } from '../../test/support/sealed-location.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { createContentSeal } from './content-seal.ts';
import { parseIdentityFile, pinnedSigner, recipientOf } from './identity-file.ts';
import { repositoryKey } from './key-layout.ts';
import { changeRecipients } from './change-recipients.ts';
import { readRecipients } from './recipients.ts';

let ada: Holder;
let bo: Holder;
let eve: Holder;
beforeAll(async () => {
  [ada, bo, eve] = await Promise.all([newHolder(), newHolder(), newHolder()]);
});

const both = (as: Holder, more: Partial<Opener> = {}): Opener => ({ recipients: [ada, bo], as, ...more });
const secret = Buffer.from('hunter2');

/** A store whose key Ada has made by writing to it. */
async function begun(): Promise<{ store: MemoryStore; signer: string; sealed: Uint8Array }> {
  const store: MemoryStore = new Map();
  const opened = await sealedLocation(store, both(ada)).seal.forWriting();
  return { store, signer: opened.signer, sealed: opened.seal('place', secret) };
}

describe('the key of a Location', () => {
  it('is made by the first who writes, and opened by the next with the same identity', async () => {
    const { store, sealed } = await begun();
    expect([...store.keys()].map((key) => key.replaceAll(/[0-9a-f]{32}/gu, 'ID')).toSorted()).toEqual([
      'keys/ID/recipients-1.age',
      'keys/ID/recipients-1.json',
      'keys/ID/vouched-ID.json',
      'keys/repository.json',
    ]);
    const again = await sealedLocation(store, both(ada)).seal.forReading();
    expect(again.open('place', 'k', sealed)).toEqual(secret);
    expect(again.seal('place', secret)).toEqual(sealed);
  });

  it('is opened by every recipient who knows the signer: from the document, or from the identity file', async () => {
    const { store, signer, sealed } = await begun();
    for (const more of [{ signer }, { pins: ['0'.repeat(64), signer] }]) {
      const opened = await sealedLocation(store, both(bo, more)).seal.forReading();
      expect(opened.open('place', 'k', sealed)).toEqual(secret);
    }
  });

  it('is not opened by a recipient who cannot know the signer, and it says which one to compare', async () => {
    const { store, signer } = await begun();
    await expect(sealedLocation(store, both(bo)).seal.forReading()).rejects.toMatchObject({
      code: 'KEY_SIGNER_UNKNOWN',
      detail: { ref: signer, what: expect.stringContaining(signer) },
    });
  });

  it('is opened by nobody else', async () => {
    const { store, signer } = await begun();
    const opener = { recipients: [ada, eve], as: eve, signer };
    await expect(sealedLocation(store, opener).seal.forReading()).rejects.toMatchObject({ code: 'KEY_NOT_RECIPIENT' });
    const nobody = sealedLocation(store, { recipients: [ada], signer }).seal;
    expect(nobody.hasIdentity).toBe(false);
    await expect(nobody.forReading()).rejects.toMatchObject({ code: 'KEY_IDENTITY_MISSING' });
    expect(await nobody.trusted()).toEqual({ signer, by: 'document' });
  });

  it('is one, though many make it at once', async () => {
    const store: MemoryStore = new Map();
    const seals = await Promise.all(
      Array.from({ length: 10 }, () => sealedLocation(store, both(ada)).seal.forWriting())
    );
    expect(new Set(seals.map(({ keyId }) => keyId)).size).toBe(1);
    const [first] = seals;
    expect((await sealedLocation(store, both(ada)).seal.forReading()).keyId).toBe(first?.keyId);
  });

  it('that somebody else has put there is refused, although it opens', async () => {
    const { store, signer } = await begun();
    const foreign: MemoryStore = new Map();
    await sealedLocation(foreign, { recipients: [ada, eve], as: eve }).seal.forWriting();
    for (const [key, bytes] of foreign) store.set(key, bytes);
    await expect(sealedLocation(store, both(ada)).seal.forWriting()).rejects.toMatchObject({
      code: 'KEY_SIGNER_UNKNOWN',
    });
    await expect(sealedLocation(store, both(ada, { signer })).seal.forWriting()).rejects.toMatchObject({
      code: 'KEY_SIGNER_OTHER',
    });
  });

  it('that was exchanged below the name of the old one is refused', async () => {
    const { store } = await begun();
    const foreign: MemoryStore = new Map();
    await sealedLocation(foreign, { recipients: [ada], as: ada }).seal.forWriting();
    const wrapped = (of: MemoryStore): string => [...of.keys()].find((key) => key.endsWith('.age')) ?? '';
    store.set(wrapped(store), foreign.get(wrapped(foreign)) ?? new Uint8Array());
    await expect(sealedLocation(store, both(ada)).seal.forReading()).rejects.toMatchObject({
      code: 'KEY_SIGNER_OTHER',
    });
  });

  it('is not made anew where content is, or where the document expects another', async () => {
    for (const key of ['objects/segments/aa/aa', 'points/a/manifest.json', 'runs/a/spec/x.json']) {
      const store: MemoryStore = new Map([[key, Buffer.from('x')]]);
      const writing = sealedLocation(store, both(ada)).seal.forWriting();
      await expect(writing).rejects.toMatchObject({ code: 'KEY_LOST', detail: { ref: key } });
    }
    const writing = sealedLocation(new Map(), both(ada, { signer: 'a'.repeat(64) })).seal.forWriting();
    await expect(writing).rejects.toMatchObject({ code: 'KEY_LOST' });
    await expect(sealedLocation(new Map(), both(ada)).seal.forReading()).rejects.toMatchObject({ code: 'KEY_LOST' });
  });

  it('of somebody who was faster is taken, although he has written already', async () => {
    const store: MemoryStore = new Map();
    const first = sealedLocation(store, both(ada));
    const inner = createMemoryLocation('m', store);
    const late: Location = {
      ...inner,
      async *list(prefix, options) {
        if (prefix === 'objects/') {
          const opened = await first.seal.forWriting();
          await first.location.put('runs/a/x', opened.seal('runs/a/x', secret));
        }
        yield* inner.list(prefix, options);
      },
    };
    const opened = await sealedOver(late, both(ada)).seal.forWriting();
    expect(opened.keyId).toBe((await first.seal.forReading()).keyId);
    expect([...store.keys()].filter((key) => key.endsWith('.age'))).toHaveLength(1);
  });

  it('is made beside what a sweep has left at the ends of its list', async () => {
    const store: MemoryStore = new Map([['points/~x', Buffer.alloc(0)]]);
    await expect(sealedLocation(store, both(ada)).seal.forWriting()).resolves.toBeDefined();
  });

  it('is not made by somebody who could not open it', async () => {
    const writing = sealedLocation(new Map(), { recipients: [ada], as: bo }).seal.forWriting();
    await expect(writing).rejects.toMatchObject({ code: 'KEY_NOT_RECIPIENT' });
  });

  it.each([
    ['no JSON', '{'],
    ['another form', '{}'],
    ['an id that is not of its signer', undefined],
  ])('whose description is %s is refused', async (_what, text) => {
    const { store } = await begun();
    const whole = Buffer.from(store.get(repositoryKey) ?? []).toString();
    store.set(repositoryKey, Buffer.from(text ?? whole.replace(/"keyId": "../u, '"keyId": "00')));
    await expect(sealedLocation(store, both(ada)).seal.forReading()).rejects.toMatchObject({
      code: 'STORED_OBJECT_CORRUPT',
    });
  });

  it('is looked for again after a failure', async () => {
    const { store } = await begun();
    const text = [''];
    const spec = { recipients: [ada.recipient], identity: { env: 'X' } };
    const resolveSecret = (): Promise<string> => Promise.resolve(text[0] ?? '');
    const seal = createContentSeal(createMemoryLocation('m', store), spec, { resolveSecret });
    await expect(seal.forReading()).rejects.toMatchObject({ code: 'KEY_IDENTITY_INVALID' });
    expect(await seal.trusted()).toMatchObject({ signer: undefined });
    text[0] = ada.identity;
    await expect(seal.forReading()).resolves.toBeDefined();
  });
});

describe('recipients', () => {
  it('are added and removed without writing content again', async () => {
    const { store, signer, sealed } = await begun();
    const { location, seal } = sealedLocation(store, both(ada));
    const key = await seal.repositoryKey();
    const change = (recipients: readonly Holder[]): Promise<unknown> =>
      changeRecipients(location, key, { recipients: recipients.map(({ recipient }) => recipient), nowMs: 0 });
    await change([ada, bo, eve]);
    const byEve = sealedLocation(store, { recipients: [ada, bo, eve], as: eve, signer }).seal;
    expect((await byEve.forReading()).open('place', 'k', sealed)).toEqual(secret);
    await change([ada, bo]);
    const gone = sealedLocation(store, { recipients: [ada, bo], as: eve, signer }).seal;
    await expect(gone.forReading()).rejects.toMatchObject({ code: 'KEY_NOT_RECIPIENT' });
    expect(await readRecipients(location, key.keys)).toMatchObject({
      generation: 3,
      recipients: [ada.recipient, bo.recipient],
    });
    expect([...store.keys()].filter((one) => one.includes('recipients-'))).toHaveLength(2);
  });

  it('are named by nobody but the signer', async () => {
    const { store } = await begun();
    const { location, seal } = sealedLocation(store, both(ada));
    const { keys } = await seal.repositoryKey();
    const name = `keys/${keys.keyId}/recipients-1.json`;
    const text = Buffer.from(store.get(name) ?? []).toString();
    expect((await readRecipients(location, keys)).recipients).toEqual([ada.recipient, bo.recipient]);
    store.set(name, Buffer.from(text.replace(bo.recipient, eve.recipient)));
    expect(await readRecipients(location, keys)).toEqual({ generation: 1 });
    store.delete(name);
    expect(await readRecipients(location, keys)).toEqual({ generation: 1 });
  });

  it('that are none are refused by their name', async () => {
    const { store } = await begun();
    const { location, seal } = sealedLocation(store, both(ada));
    const change = changeRecipients(location, await seal.repositoryKey(), { recipients: ['age1x'], nowMs: 0 });
    await expect(change).rejects.toThrow('CONFIG_INVALID: age1x');
  });
});

describe('an identity file', () => {
  it('is one of the age tools, whose comments pin signers', async () => {
    const signer = 'b'.repeat(64);
    const text = `# created: today\r\n# public key: ${ada.recipient}\r\n${pinnedSigner(signer)} (Location store)\r\n${ada.identity}\r\n`;
    expect(parseIdentityFile(text, 'f')).toEqual({ identities: [ada.identity], signers: [signer] });
    expect(await recipientOf(ada.identity, 'f')).toBe(ada.recipient);
  });

  it('without an identity, or with one that is none, is refused without quoting it', async () => {
    expect(() => parseIdentityFile(ada.recipient, 'the file f')).toThrow('KEY_IDENTITY_INVALID: the file f');
    const broken = `${ada.identity.slice(0, -1)}${ada.identity.endsWith('Q') ? 'P' : 'Q'}`;
    const error: unknown = await recipientOf(broken, 'the file f').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'KEY_IDENTITY_INVALID' });
    expect(JSON.stringify(error)).not.toContain(broken.slice(20, 40));
  });
});
