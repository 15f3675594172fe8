import { createGate, type Gate } from './gate.ts';

/**
 * One gate for each API server, whoever asks: what a server bears does not depend on how many runs a worker has. Runs
 * with bounds of their own (`maxRequestsPerSecond`) share with those of the same bound.
 */
export interface Gates {
  of(server: URL, maxRequestsPerSecond: number | undefined): Gate;
}

/** Opens the gates of a process; `connections` is how many requests a server gets at once when it takes all. */
export function createGates(connections: number): Gates {
  const gates = new Map<string, Gate>();
  return {
    of({ href }, maxRequestsPerSecond) {
      const key = `${href} ${maxRequestsPerSecond ?? ''}`;
      const gate = gates.get(key) ?? createGate({ connections, maxRequestsPerSecond });
      gates.set(key, gate);
      return gate;
    },
  };
}
