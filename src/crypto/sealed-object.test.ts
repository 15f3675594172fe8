import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKeys, keyIdOf, signWith } from './derived-keys.ts';
import { isSealed, openBytes, sealBytes, sealOverheadBytes } from './sealed-object.ts';
import { isSignedBy } from './signature.ts';

const secret = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
const keys = deriveKeys(secret);
const place = { context: 'objects/segments', key: 'objects/segments/aa/aa' };
const content = Buffer.from('kind: Secret, password: hunter2');

describe('what follows from the key of a repository', () => {
  it('is what docs/formats-keys.md says, for the key 00 01 … 1f', () => {
    expect({
      ...keys,
      signing: undefined,
      naming: keys.naming.toString('hex'),
      encryption: keys.encryption.toString('hex'),
    }).toEqual({
      keyId: 'ede01b14bfbfd5e1f28b159d9bdce159',
      signer: '4dbf9b5ba4e41506a5340cc6250de70400b2742c7f2632a7cdb42d864f7517c0',
      naming: 'ff7ca54d9e941722444c9eb7849ed52f2f1615b5218214879d3bfb3a0e8d2bba',
      encryption: '9227156d19580074dbba624bc67dd97592ec225124494b28674d023e4006cf25',
      signing: undefined,
      volumePassword: 'FofR3XIG7fGaRl6GM5jPl54VZaSkxnYjcTotwMgPwco',
    });
    expect(keyIdOf(keys.signer)).toBe(keys.keyId);
  });

  it('differs in everything for another key', () => {
    const other = deriveKeys(Buffer.alloc(32));
    for (const name of ['keyId', 'signer', 'volumePassword'] as const) expect(other[name]).not.toBe(keys[name]);
    expect(other.naming.equals(keys.naming)).toBe(false);
    expect(other.encryption.equals(keys.encryption)).toBe(false);
  });
});

describe('a sealed object', () => {
  const sealed = sealBytes(keys, place.context, content);

  it('has the bytes that docs/formats-keys.md says', () => {
    expect(sealed.toString('hex')).toBe(
      '4c46534501000000ede01b14bfbfd5e1f28b159d9bdce159b1d41e06e6ef8b9da7d5fe9ab157e48576d29feba5a709077a7b5a1ae10dd9ab65c0f8585b140dcdd2c1e2d8c69642184536c25b2b93af46a9925cf70bb47f817f9e050a30b40fc5b6f8c572c6f963'
    );
    expect(sealed.toString('latin1', 0, 4)).toBe('LFSE');
    expect(sealed.readUInt16LE(4)).toBe(1);
    expect(sealed.toString('hex', 8, 24)).toBe(keys.keyId);
    expect(sealed.byteLength).toBe(content.byteLength + sealOverheadBytes);
  });

  it('can be opened by hand with what the page says', () => {
    const context = Buffer.from(`\x10\0\0\0${place.context}`, 'latin1');
    const synthetic = createHmac('sha256', keys.naming).update(context).update(content).digest();
    expect(sealed.subarray(24, 56)).toEqual(synthetic);
    const key = createHmac('sha256', keys.encryption).update(synthetic).digest();
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12), { authTagLength: 16 });
    decipher.setAAD(Buffer.concat([sealed.subarray(0, 24), context])).setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(56, -16)), decipher.final()])).toEqual(content);
  });

  it('is the same for the same content, and another one in another context or for another key', () => {
    expect(sealBytes(keys, place.context, Buffer.from(content))).toEqual(sealed);
    const others = [
      sealBytes(keys, 'objects/indexes', content),
      sealBytes(deriveKeys(Buffer.alloc(32, 1)), place.context, content),
      sealBytes(keys, place.context, Buffer.from('another')),
    ];
    const parts = [sealed, ...others].map((one) => one.subarray(24, 56).toString('hex'));
    expect(new Set(parts).size).toBe(4);
  });

  it('gives back any content, empty ones too', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, context) => {
      const one = sealBytes(keys, context, bytes);
      expect(isSealed(one)).toBe(true);
      expect(openBytes(keys, { context, key: 'k' }, one)).toEqual(Buffer.from(bytes));
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('of several pieces is the same as one of one piece', () => {
    const large = Buffer.alloc(600_000, 'landfall');
    const one = sealBytes(keys, place.context, large);
    const context = Buffer.from(`\x10\0\0\0${place.context}`, 'latin1');
    const key = createHmac('sha256', keys.encryption).update(one.subarray(24, 56)).digest();
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12));
    cipher.setAAD(Buffer.concat([one.subarray(0, 24), context]));
    expect(one.subarray(56)).toEqual(Buffer.concat([cipher.update(large), cipher.final(), cipher.getAuthTag()]));
    expect(openBytes(keys, place, one)).toEqual(large);
  });

  it('is opened by nothing else than its bytes: every single flipped bit is refused', () => {
    for (let bit = 0; bit < sealed.byteLength * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      const expected =
        bit >> 3 === 4 || bit >> 3 === 5 ? /FORMAT_TOO_NEW|STORED_OBJECT_CORRUPT/u : /STORED_OBJECT_CORRUPT/u;
      expect(() => openBytes(keys, place, flipped), `bit ${bit}`).toThrow(expected);
    }
  });

  it.each<[string, Buffer]>([
    ['cut off at its end', sealed.subarray(0, -1)],
    ['cut down to its header', sealed.subarray(0, 56)],
    ['empty', Buffer.alloc(0)],
    ['longer', Buffer.concat([sealed, Buffer.alloc(1)])],
    ['not sealed at all', Buffer.from(`{"kind":"Secret"}${' '.repeat(80)}`)],
    ['two joined', Buffer.concat([sealed, sealed])],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => openBytes(keys, place, bytes)).toThrow('STORED_OBJECT_CORRUPT: objects/segments/aa/aa is damaged');
  });

  it('is refused in another place, and with another key, which is named', () => {
    expect(() => openBytes(keys, { ...place, context: 'runs/a/plan' }, sealed)).toThrow('STORED_OBJECT_CORRUPT');
    const other = deriveKeys(Buffer.alloc(32, 1));
    const open = (): Buffer => openBytes(other, place, sealed);
    expect(open).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ why: expect.stringContaining(keys.keyId) }) })
    );
  });

  it('tells nothing of its content in an error', () => {
    const flipped = Buffer.from(sealed);
    flipped.writeUInt8((flipped[60] ?? 0) ^ 1, 60);
    const attempt = (): Buffer => openBytes(keys, place, flipped);
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });
});

describe('a signature', () => {
  const signature = signWith(keys, Buffer.from('manifest'));

  it('is Ed25519 of RFC 8032: the first vector of its section 7.1 holds', () => {
    const signer = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
    const of =
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';
    expect(isSignedBy(signer, '', of)).toBe(true);
    expect(isSignedBy(signer, 'x', of)).toBe(false);
  });

  it('is the same each time, and holds for these bytes and this signer alone', () => {
    expect(signWith(keys, Buffer.from('manifest'))).toBe(signature);
    expect(isSignedBy(keys.signer, 'manifest', signature)).toBe(true);
    expect(isSignedBy(keys.signer, 'manifesto', signature)).toBe(false);
    expect(isSignedBy(deriveKeys(Buffer.alloc(32)).signer, 'manifest', signature)).toBe(false);
    for (const broken of ['', 'zz', signature.slice(2), `${signature}00`, '0'.repeat(128)])
      expect(isSignedBy(keys.signer, 'manifest', broken)).toBe(false);
    for (const signer of ['', '0'.repeat(64), 'f'.repeat(64)])
      expect(isSignedBy(signer, 'manifest', signature)).toBe(false);
  });
});
