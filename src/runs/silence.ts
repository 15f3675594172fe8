/** Who has answered a watcher when: the worker of the run, and the Temporal server by itself. In milliseconds since 1970. */
export interface Silence {
  readonly workerMs: number;
  readonly serverMs: number;
  /** The server did not answer when it was asked last. */
  readonly serverFails: boolean;
}

/** Who is said to be silent; '' while nobody is. */
export type Silent = '' | 'server' | 'worker';

/** A query needs a worker; without one it hangs for its whole deadline. */
export const queryDeadlineMs = 5_000;
/** Any question to the server, once a query has failed: it needs no worker. */
export const probeDeadlineMs = 2_000;

/** A server that restarts is back sooner. With a question under way the silence is named within ten seconds. */
const serverSilenceMaxMs = 5_000;
/** A worker takes some seconds to start; together with a question under way this is named within ten seconds too. */
const workerSilenceMaxMs = 8_500;
const deadlineMinMs = 1_000;

/** Begins to watch: both are taken to be there. */
export function startSilence(nowMs: number): Silence {
  return { workerMs: nowMs, serverMs: nowMs, serverFails: false };
}

/** Takes in which of the two answered one round of questions. An answer of the worker comes through the server. */
export function recordContact(
  silence: Silence,
  answered: { worker: boolean; server: boolean },
  nowMs: number
): Silence {
  if (answered.worker) return startSilence(nowMs);
  if (!answered.server) return { ...silence, serverFails: true };
  // Workers find a server that was away only some time after it is back.
  const wasAway = whoIsSilent(silence, nowMs) === 'server';
  return { workerMs: wasAway ? nowMs : silence.workerMs, serverMs: nowMs, serverFails: false };
}

/** Distinguishes the two: a server that does not answer says nothing about workers. */
export function whoIsSilent({ workerMs, serverMs, serverFails }: Silence, nowMs: number): Silent {
  if (serverFails) return nowMs - serverMs > serverSilenceMaxMs ? 'server' : '';
  return nowMs - workerMs >= workerSilenceMaxMs ? 'worker' : '';
}

/** How long the next query may take, so that a silence is named in time and a slow worker still gets its whole time. */
export function nextDeadlineMs({ workerMs, serverFails }: Silence, nowMs: number): number {
  const remainingMs = workerSilenceMaxMs - (nowMs - workerMs);
  if (serverFails) return deadlineMinMs;
  return remainingMs <= 0 ? queryDeadlineMs : Math.min(queryDeadlineMs, Math.max(deadlineMinMs, remainingMs));
}
