import { expect, it } from 'vitest';
import { commit, sample } from '../../test/contract/location-capture.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import { newHolder, sealedLocation } from '../../test/support/sealed-location.ts';
import { LandfallError } from '../../src/core/errors.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';
import type { Session } from '../../src/services/session.ts';
import { checkCopies } from './check-copies.ts';

const progress = { signal: new AbortController().signal } as Progress;

/** What is found of a backup to the first Location that is to be copied to the second. */
async function found(location: Location, to: Location | LandfallError): Promise<readonly string[]> {
  const session = { location, spec: { copies: { quorum: 1, to: [{ location: { name: 'second' } }] } } };
  const open = (): Promise<Location> => (to instanceof LandfallError ? Promise.reject(to) : Promise.resolve(to));
  const { findings } = await checkCopies({ session: session as unknown as Session<never>, open }, progress);
  return findings.map(({ code, severity, subject }) => `${severity} ${code} ${subject}`);
}

it('refuses what can never hold the copy before anything is captured, and takes what is empty', async () => {
  const ada = await newHolder();
  const open = (store: MemoryStore): Location => sealedLocation(store, { recipients: [ada], as: ada }).location;
  const [first, other]: [MemoryStore, MemoryStore] = [new Map(), new Map()];
  expect(await found(open(first), open(new Map()))).toEqual([]);
  expect(await found(createMemoryLocation('a'), createMemoryLocation('b'))).toEqual([]);
  await commit(open(other), 'own', [[sample('a', '{}')]]);
  await expect(found(open(first), open(other))).rejects.toThrow('COPY_KEY_DIFFERS');
  await expect(found(createMemoryLocation('a'), open(other))).rejects.toThrow('COPY_KEY_DIFFERS');
  await expect(found(open(first), createMemoryLocation('b'))).rejects.toThrow('COPY_KEY_DIFFERS');
  expect(first.size).toBe(0);
});

it('says what does not answer now, and goes on', async () => {
  const silent = new LandfallError('LOCATION_UNREACHABLE', { what: 'no answer' });
  expect(await found(createMemoryLocation('a'), silent)).toEqual([
    'warning LOCATION_UNREACHABLE copy in Location second',
  ]);
});
