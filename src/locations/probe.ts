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
    await tryAll({ location, key, bytes: randomBytes(1_024), options, refuse }, step);
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

/** The scratch key and what is written to it. */
interface Scratch {
  readonly location: Location;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly options: StoreOptions;
  /** Reports a property that the store lacks. */
  readonly refuse: (why: string) => void;
}

/** Runs a part of the probe; false when it found a problem. */
type Step = (run: () => Promise<void>) => Promise<boolean>;

async function tryAll(scratch: Scratch, step: Step): Promise<void> {
  const { location, key, bytes, options, refuse } = scratch;
  const written = await step(async () => {
    if ((await location.create(key, bytes, options)) !== 'created') refuse('a new key is reported as already in use');
  });
  if (written) {
    await step(() => readBack(scratch));
    await step(() => createTwice(scratch));
  }
  await step(() => findListed(scratch, written));
  if (written) await step(() => removeProbe(scratch));
}

const fix =
  'use a store with the conditional create and consistency guarantees of S3, or report the store with this message';

async function readBack({ location, key, bytes, options, refuse }: Scratch): Promise<void> {
  const read = await location.read(key, options);
  if (Buffer.compare(read, bytes) !== 0) refuse('what was read back differs from what was written');
  const head = await location.head(key, options);
  if (head?.sizeBytes !== bytes.byteLength) refuse('the reported size differs from the size written');
}

async function createTwice({ location, key, bytes, options, refuse }: Scratch): Promise<void> {
  const others = [randomBytes(1_024), randomBytes(1_025)];
  const outcomes = await Promise.all(others.map((other) => location.create(key, other, options)));
  if (outcomes.includes('created'))
    refuse('the store ignores the condition of a conditional create (If-None-Match: *)');
  const read = await location.read(key, options);
  if (Buffer.compare(read, bytes) !== 0) refuse('a conditional create overwrote an existing key');
}

async function findListed({ location, key, options, refuse }: Scratch, expected: boolean): Promise<void> {
  let found = false;
  for await (const listed of location.list(key, options)) found ||= listed.key === key;
  if (expected && !found) refuse('a listing right after a write does not show what was written');
}

async function removeProbe({ location, key, options, refuse }: Scratch): Promise<void> {
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
