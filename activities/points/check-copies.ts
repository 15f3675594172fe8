import { checkKeys } from '../../src/archive/copy-keys.ts';
import { isLandfallError, type ErrorDetail } from '../../src/core/errors.ts';
import type { Finding } from '../../src/core/run/events.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';
import type { Session } from '../../src/services/session.ts';

interface CheckedCopies {
  readonly session: Session<never>;
  /** Opens it without much patience: what does not answer now may do so when the point is there. */
  readonly open: (spec: LocationSpec) => Promise<Location>;
}

/**
 * Looks whether the Locations that the point of a backup is to be copied to can hold it, before anything is captured. One that has
 * another key never can, and throws COPY_KEY_DIFFERS; one that does not answer is a finding. Changes nothing.
 */
export async function checkCopies(
  { session, open }: CheckedCopies,
  { signal }: Progress
): Promise<{ readonly findings: readonly Finding[] }> {
  const { spec, location: from } = session;
  const findings: Finding[] = [];
  for (const { location: asked } of spec.copies?.to ?? []) {
    try {
      const to = await open(asked);
      try {
        await checkKeys({ from, to }, from.seal !== undefined, { signal });
      } finally {
        await to.close();
      }
    } catch (error) {
      if (!isLandfallError(error) || signal.aborted || error.code === 'COPY_KEY_DIFFERS') throw error;
      findings.push(findingOf(asked, error.detail));
    }
  }
  return { findings };
}

function findingOf({ name }: LocationSpec, { code, what, fix }: ErrorDetail): Finding {
  return { code, severity: 'warning', subject: `copy in Location ${name}`, message: what, remedy: fix };
}
