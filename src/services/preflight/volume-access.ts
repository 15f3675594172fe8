import { isLandfallError, type ErrorDetail } from '../../core/errors.ts';
import type { Finding } from '../../core/run/events.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import { providerOf } from '../../locations/registry.ts';
import { defaultS3Credentials } from '../../locations/s3/default-credentials.ts';
import { repositoryConnection, repositoryPassword } from '../../movers/kopia/connection.ts';
import { podRoute } from '../../movers/kopia/pod-route.ts';

/** What moving volumes needs of this worker, asked before anything is written: the password, and a store that kopia can be given. */
export async function volumeAccess({ location }: Pick<RunSpec, 'location'>): Promise<Finding[]> {
  // What pods cannot reach is refused with the file, but for dry runs, which move no volumes; so is a password that is not named at all.
  if (providerOf(location).pods === undefined) return [];
  const problems = await Promise.all(
    [
      () =>
        location.repositoryPassword === undefined ? Promise.resolve('') : repositoryPassword(location, resolveSecret),
      () => repositoryConnection({ location, resolveSecret, defaultS3Credentials }),
      () => Promise.resolve().then(() => podRoute(location)),
    ].map((check) =>
      check().then(
        () => undefined,
        (error: unknown) => {
          if (isLandfallError(error)) return error.detail;
          throw error;
        }
      )
    )
  );
  return problems.flatMap((problem) => (problem === undefined ? [] : [locationFinding(problem)]));
}

/** A Location that does not do what a run needs of it. */
export function locationFinding({ code, what, why, fix }: ErrorDetail): Finding {
  const message = why === undefined ? what : `${what}: ${why}`;
  return { code, severity: 'blocker', subject: 'location', message, remedy: fix };
}
