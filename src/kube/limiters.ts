import { createLimiter, type Limiter } from './limiter.ts';

/**
 * One limiter for each API server, whoever asks: what a server bears does not depend on how many runs a worker has. Runs
 * with bounds of their own (`maxRequestsPerSecond`) share with those of the same bound.
 */
export interface Limiters {
  of(server: URL, maxRequestsPerSecond: number | undefined): Limiter;
}

/** Opens the limiters of a process; `connections` is how many requests a server gets at once when it takes all. */
export function createLimiters(connections: number): Limiters {
  const limiters = new Map<string, Limiter>();
  return {
    of({ href }, maxRequestsPerSecond) {
      const key = `${href} ${maxRequestsPerSecond ?? ''}`;
      const limiter = limiters.get(key) ?? createLimiter({ connections, maxRequestsPerSecond });
      limiters.set(key, limiter);
      return limiter;
    },
  };
}
