import { describe, expect, it } from 'vitest';
import { createMemoryLocation } from '../../test/support/memory-location.ts';
import { withFault } from '../../test/support/with-fault.ts';
import { LandfallError, type ErrorCode } from '../core/errors.ts';
import type { S3LocationSpec } from '../core/spec/spec.ts';
import type { Location } from '../ports/location.ts';
import { withLadder, type RungChange } from './with-ladder.ts';

const spec: S3LocationSpec = {
  ...{
    name: 'backups',
    provider: 's3',
    bucket: 'b',
    prefix: '',
    region: 'r',
    forcePathStyle: true,
    encryption: 'none',
  },
  credentials: { file: 'own' },
  access: [
    { name: 'cross-account', way: { file: 'second' } },
    { name: 'break-glass', way: { file: 'third' } },
    { name: 'offline', copy: 'another' },
  ],
};

/** The same store on every rung, and what each credentials file is answered with. */
async function ladder(answers: Readonly<Record<string, ErrorCode>>): Promise<{
  readonly location: Location;
  readonly changes: RungChange[];
  readonly asked: string[];
}> {
  const store = createMemoryLocation('backups');
  const [changes, asked]: [RungChange[], string[]] = [[], []];
  const location = await withLadder(spec, {
    open: ({ credentials }: typeof spec & object) => {
      const file = (credentials as { file: string }).file;
      const faulty = withFault(store, ({ operation }) => {
        asked.push(`${file} ${operation}`);
        const code = answers[file];
        return code && { kind: 'fail-before', error: new LandfallError(code, { what: `refused by ${file}` }) };
      });
      return Promise.resolve(faulty);
    },
    onChange: (change) => changes.push(change),
  } as Parameters<typeof withLadder>[1]);
  return { location, changes, asked };
}

describe('a ladder', () => {
  it('asks by the first rung alone while it is let in', async () => {
    const { location, changes, asked } = await ladder({});
    expect(await location.create('k', Buffer.from('x'))).toBe('created');
    expect([changes, asked]).toEqual([[], ['own create']]);
  });

  it.each(['LOCATION_CREDENTIALS', 'LOCATION_IDENTITY_REFUSED', 'LOCATION_IDENTITY_UNREACHABLE'] as const)(
    'tries the next rung after %s, says so once, and stays there',
    async (code) => {
      const { location, changes, asked } = await ladder({ own: code, second: 'LOCATION_CREDENTIALS' });
      expect(await location.create('k', Buffer.from('x'))).toBe('created');
      const keys: string[] = [];
      for await (const { key } of location.list('')) keys.push(key);
      expect(keys).toEqual(['k']);
      expect(changes.map(({ failed, next }) => `${failed} to ${next}`)).toEqual(['own to break-glass']);
      expect(asked.slice(2).every((one) => one.startsWith('third '))).toBe(true);
    }
  );

  it('reads by another rung what the first has no right to, and does not write by it', async () => {
    const { location, changes } = await ladder({ own: 'LOCATION_FORBIDDEN' });
    await expect(location.create('k', Buffer.from('x'))).rejects.toMatchObject({ code: 'LOCATION_FORBIDDEN' });
    await expect(location.delete('k')).rejects.toMatchObject({ code: 'LOCATION_FORBIDDEN' });
    expect(changes).toEqual([]);
    expect(await location.head('k')).toBeUndefined();
    expect(changes).toMatchObject([{ failed: 'own', next: 'cross-account' }]);
    await expect(location.create('k', Buffer.from('x'))).rejects.toMatchObject({ code: 'LOCATION_FORBIDDEN' });
  });

  it('throws the refusal of the first rung when none is let in, and says what became of the others', async () => {
    const { location } = await ladder({
      ...{ own: 'LOCATION_FORBIDDEN', second: 'LOCATION_CREDENTIALS', third: 'LOCATION_IDENTITY_REFUSED' },
    });
    await expect(location.read('k')).rejects.toMatchObject({
      code: 'LOCATION_FORBIDDEN',
      detail: { why: expect.stringMatching(/own: .*; cross-account: .*; break-glass: /u) as string },
    });
  });

  it('does not take a store that is down, or an object that is missing, for a refusal', async () => {
    const down = await ladder({ own: 'LOCATION_UNREACHABLE' });
    await expect(down.location.read('k')).rejects.toMatchObject({ code: 'LOCATION_UNREACHABLE' });
    const missing = await ladder({});
    await expect(missing.location.read('k')).rejects.toMatchObject({ code: 'STORED_OBJECT_MISSING' });
    expect([...down.changes, ...missing.changes]).toEqual([]);
  });
});
