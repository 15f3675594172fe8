import { randomBytes, randomUUID } from 'node:crypto';
import type { CheckedPart } from '../../src/core/assess/contract.ts';
import type { RawFinding } from '../../src/core/assess/finding.ts';
import type { Progress } from '../lib/progress.ts';
import type { Session } from '../lib/session.ts';
import { made, storePart } from './part.ts';

/** Enough for a number that is more than the time of one request, little enough for a slow line. */
const trialBytes = 8 * 1024 * 1024;
/** Below this a TiB takes two and a half days. */
const slowBytesPerSecond = 5 * 1024 * 1024;

/** Measures writing and reading of the Location from this worker, with one object that is removed again. */
export async function measureLocation(session: Session, progress: Progress): Promise<CheckedPart> {
  const { location } = session;
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
      message: `it writes ${mib(write)} and reads ${mib(read)} MiB a second from this worker`,
      evidence: `one object of ${trialBytes / 2 ** 20} MiB, written, read and removed`,
    };
    return await storePart(session, {
      findings: Math.min(write, read) < slowBytesPerSecond ? [slow] : [],
      outcomes: [made('location/throughput', 'location')],
      measures: { locationWriteBytesPerSecond: write, locationReadBytesPerSecond: read },
    });
  } finally {
    await location.delete(key);
  }
}
