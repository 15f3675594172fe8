import { LandfallError } from '../core/errors.ts';
import type { Cluster } from '../ports/cluster.ts';

type Side = 'source' | 'target';

/**
 * Puts into every error of a cluster which side it came from: the exit code and the reader need to know, and no caller
 * has to remember it. Everything else passes unchanged.
 */
export function withSide(cluster: Cluster, side: Side): Cluster {
  const reported =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      call(...args).catch((error: unknown) => {
        throw onSide(error, side);
      });
  return {
    name: cluster.name,
    identity: reported(cluster.identity),
    discover: reported(cluster.discover),
    async *list(resource, options) {
      try {
        yield* cluster.list(resource, options);
      } catch (error) {
        throw onSide(error, side);
      }
    },
    get: reported(cluster.get),
    create: reported(cluster.create),
    replace: reported(cluster.replace),
    patch: reported(cluster.patch),
    delete: reported(cluster.delete),
    waitFor: reported(cluster.waitFor),
    exec: reported(cluster.exec),
    logs: reported(cluster.logs),
    can: reported(cluster.can),
    close: () => cluster.close(),
  };
}

/** The same error with its side; errors of others, and those that know theirs, stay as they are. */
export function onSide(error: unknown, side: Side): unknown {
  if (!(error instanceof LandfallError) || error.detail.side !== undefined) return error;
  const { code, detail, problems, cause, stack } = error;
  const known = new LandfallError(code, {
    ...detail,
    side,
    ...(cause === undefined ? {} : { cause }),
    ...(problems.length === 1 ? {} : { problems }),
  });
  return Object.assign(known, stack === undefined ? {} : { stack });
}
