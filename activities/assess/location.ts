import { randomBytes, randomUUID } from 'node:crypto';
import type { CheckOutcome } from '../../src/assess/checks/index.ts';
import type { CheckedPart } from '../../src/assess/contract.ts';
import type { RawFinding } from '../../src/core/findings/finding.ts';
import { judgeProtection } from '../../src/assess/checks/location.ts';
import { isLandfallError } from '../../src/core/errors.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { providerOf } from '../../src/locations/registry.ts';
import { made, notMade, storePart } from '../../src/services/assess/part.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

/** Enough for a number that is more than the time of one request, little enough for a slow line. */
const trialBytes = 8 * 1024 * 1024;
/** Below this a TiB takes two and a half days. */
const slowBytesPerSecond = 5 * 1024 * 1024;

/**
 * Measures writing and reading of the Location from this worker, with one object that is removed again, and asks its
 * store for versions and locks.
 */
export async function measureLocation(session: Session<never>, progress: Progress): Promise<CheckedPart> {
  const { location, spec } = session;
  const { signal } = progress;
  const key = `probe/${randomUUID()}`;
  const bytes = randomBytes(trialBytes);
  progress.update({ note: 'throughput' });
  const rate = async (work: () => Promise<unknown>): Promise<number> => {
    const startedMs = performance.now();
    await work();
    return Math.round((trialBytes * 1000) / Math.max(1, performance.now() - startedMs));
  };
  try {
    const write = await rate(() => location.create(key, bytes, { signal }));
    const read = await rate(() => location.read(key, { signal }));
    const mib = (value: number) => Math.round(value / 104_857.6) / 10;
    const slow: RawFinding = {
      code: 'LOCATION_SLOW',
      subject: `Location ${location.name}`,
      namespace: '',
      message: `it writes ${mib(write)} and reads ${mib(read)} MiB per second from this worker`,
      evidence: `one object of ${trialBytes / 2 ** 20} MiB, written, read and removed`,
    };
    const lock = await protectionOf(spec.location, signal);
    return await storePart(session, {
      findings: [...(Math.min(write, read) < slowBytesPerSecond ? [slow] : []), ...lock.findings],
      outcomes: [made('location/throughput', 'location'), lock.outcome],
      measures: { locationWriteBytesPerSecond: write, locationReadBytesPerSecond: read, ...lock.measures },
    });
  } finally {
    await location.delete(key);
  }
}

interface Locked {
  readonly findings: readonly RawFinding[];
  readonly outcome: CheckOutcome;
  readonly measures: Readonly<Record<string, number>>;
}

/** Keys that may write may still be refused to look at the bucket: then it is said, and the run goes on. */
async function protectionOf(spec: LocationSpec, signal: AbortSignal): Promise<Locked> {
  const id = 'location/lock';
  try {
    const protection = await providerOf(spec).protection(spec, signal);
    return {
      findings: judgeProtection(spec.name, protection),
      outcome: made(id, 'location'),
      measures: { locationLockDays: protection.retention?.days ?? 0 },
    };
  } catch (error) {
    if (!isLandfallError(error)) throw error;
    const { code, what, why = '' } = error.detail;
    return { findings: [], outcome: notMade(id, 'location', `${code}: ${what}: ${why}`), measures: {} };
  }
}
