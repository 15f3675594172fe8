import { randomBytes, randomUUID } from 'node:crypto';
import { errorDetail, isLandfallError, type ErrorDetail } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';

export interface ProbeOptions extends StoreOptions {
  /** Whose probe it is: a repeat removes what an attempt has left that was killed in the middle. */
  readonly owner?: string;
}

/**
 * Tries everything a run needs from a location on one scratch key `probe/<owner>-<uuid>`: write, read back, two
 * conditional creates at once on the taken key, list, delete. Answers the problems, none when the location is fit; throws only
 * when aborted. Leaves nothing behind where it may delete.
 */
export async function probeLocation(
  location: Location,
  { owner, ...options }: ProbeOptions = {}
): Promise<ErrorDetail[]> {
  const key = `probe/${owner === undefined ? '' : `${owner}-`}${randomUUID()}`;
  const problems: ErrorDetail[] = [];
  const step = async (run: () => Promise<void>): Promise<boolean> => {
    const before = problems.length;
    await run().catch((error: unknown) => {
      options.signal?.throwIfAborted();
      problems.push(detailOf(error, location.name));
    });
    return problems.length === before;
  };
  const refuse = (why: string): void => {
    problems.push(
      errorDetail('LOCATION_FORBIDDEN', {
        what: `Location ${location.name} cannot be used for recovery points`,
        why,
        ref: key,
        fix,
      })
    );
  };
  try {
    await tryAll(location, key, { step, refuse, options });
    if (owner !== undefined && problems.length === 0) await step(() => removeProbes(location, owner, options));
  } catch (error) {
    // Aborted in between: the key goes all the same, once, since nobody waits for it.
    await location.delete(key).catch(() => undefined);
    throw error;
  }
  return unique(problems);
}

/**
 * Removes the scratch keys of a run whose worker was killed, or may write no more, before it could. For a repeat, and for the
 * end of a run that was never repeated. Idempotent.
 */
export async function removeProbes(location: Location, owner: string, options: StoreOptions = {}): Promise<void> {
  const prefix = `probe/${owner}-`;
  for await (const { key } of location.list(prefix, options)) {
    // Another run's name may begin with all of this one's.
    if (key.length === prefix.length + uuidLength) await location.delete(key, options);
  }
}

const uuidLength = 36;

interface Trying {
  readonly step: (run: () => Promise<void>) => Promise<boolean>;
  readonly refuse: Refuse;
  readonly options: StoreOptions;
}

async function tryAll(location: Location, key: string, { step, refuse, options }: Trying): Promise<void> {
  const bytes = randomBytes(1_024);
  const written = await step(async () => {
    if ((await location.create(key, bytes, options)) !== 'created') refuse('a new key is reported as already in use');
  });
  if (written) {
    await step(() => readBack(location, key, bytes, refuse, options));
    await step(() => createTwice(location, key, bytes, refuse, options));
  }
  await step(() => findListed(location, key, written, refuse, options));
  if (written) await step(() => removeProbe(location, key, refuse, options));
}

const fix =
  'use a store with the conditional create and consistency guarantees of S3, or report the store with this message';

type Refuse = (why: string) => void;

async function readBack(
  location: Location,
  key: string,
  bytes: Uint8Array,
  refuse: Refuse,
  options: StoreOptions
): Promise<void> {
  const read = await location.read(key, options);
  if (Buffer.compare(read, bytes) !== 0) refuse('what was read back differs from what was written');
  const head = await location.head(key, options);
  if (head?.sizeBytes !== bytes.byteLength) refuse('the reported size differs from the size written');
}

async function createTwice(
  location: Location,
  key: string,
  bytes: Uint8Array,
  refuse: Refuse,
  options: StoreOptions
): Promise<void> {
  const others = [randomBytes(1_024), randomBytes(1_025)];
  const outcomes = await Promise.all(others.map((other) => location.create(key, other, options)));
  if (outcomes.includes('created'))
    refuse('the store ignores the condition of a conditional create (If-None-Match: *)');
  const read = await location.read(key, options);
  if (Buffer.compare(read, bytes) !== 0) refuse('a conditional create overwrote an existing key');
}

async function findListed(
  location: Location,
  key: string,
  expected: boolean,
  refuse: Refuse,
  options: StoreOptions
): Promise<void> {
  let found = false;
  for await (const listed of location.list(key, options)) found ||= listed.key === key;
  if (expected && !found) refuse('a listing right after a write does not show what was written');
}

async function removeProbe(location: Location, key: string, refuse: Refuse, options: StoreOptions): Promise<void> {
  await location.delete(key, options);
  if ((await location.head(key, options)) !== undefined) refuse('a deleted key still exists');
}

function detailOf(error: unknown, location: string): ErrorDetail {
  if (isLandfallError(error)) return error.detail;
  return errorDetail('INTERNAL', { what: `the probe of Location ${location} was interrupted`, cause: error });
}

/** A store that is down says the same at every step: once is enough. */
function unique(problems: readonly ErrorDetail[]): ErrorDetail[] {
  const identity = (problem: ErrorDetail): string => `${problem.code} ${problem.why ?? ''}`;
  return problems.filter((problem, at) => problems.findIndex((other) => identity(other) === identity(problem)) === at);
}
