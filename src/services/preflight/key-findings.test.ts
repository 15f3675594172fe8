import { expect, it } from 'vitest';
import { createMemoryLocation, type MemoryStore } from '../../../test/support/memory-location.ts';
import { newHolder, sealedLocation, type Holder } from '../../../test/support/sealed-location.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { keyFindings } from './key-findings.ts';

const specOf = (holders: readonly Holder[]): LocationSpec => ({
  ...{ name: 'm', provider: 'filesystem', path: '/', prefix: '' },
  encryption: { recipients: holders.map(({ recipient }) => recipient) },
});

it('one recipient alone is a warning, and so are others than the document says', async () => {
  const [ada, bo] = await Promise.all([newHolder(), newHolder()]);
  const codes = async (stored: readonly Holder[], written: readonly Holder[]): Promise<string[]> => {
    const { location } = sealedLocation(new Map(), { recipients: stored, as: ada });
    await location.seal?.forWriting();
    const found = await keyFindings(location, specOf(written));
    expect(found.every(({ severity }) => severity === 'warning')).toBe(true);
    return found.map(({ code }) => code);
  };
  expect(await codes([ada, bo], [bo, ada])).toEqual([]);
  expect(await codes([ada], [ada])).toEqual(['KEY_ONE_RECIPIENT']);
  expect(await codes([ada], [ada, bo])).toEqual(['KEY_ONE_RECIPIENT', 'KEY_RECIPIENTS_DIFFER']);
  expect(await codes([ada, bo], [ada])).toEqual(['KEY_RECIPIENTS_DIFFER']);
});

it('a document that says none of a Location that is encrypted is a blocker', async () => {
  const store: MemoryStore = new Map();
  const clear = { ...specOf([]), encryption: 'none' } as const;
  expect(await keyFindings(createMemoryLocation('m', store), clear)).toEqual([]);
  const ada = await newHolder();
  await sealedLocation(store, { recipients: [ada], as: ada }).seal.forWriting();
  expect(await keyFindings(createMemoryLocation('m', store), clear)).toMatchObject([
    { code: 'LOCATION_ENCRYPTED', severity: 'blocker' },
  ]);
});
