import { storeJson } from '../src/archive/run-objects.ts';
import type { RunEvent } from '../src/core/run/events.ts';
import type { Location } from '../src/ports/location.ts';
import type { RunContext } from '../src/core/run/context.ts';
import type { Progress } from '../src/services/progress.ts';

interface KeepRequest {
  readonly context: RunContext;
  readonly events: readonly RunEvent[];
}

/** Stores events that have no room in the stream of their run; gives the folder they are in. Idempotent by content. */
export async function keepEvents(
  location: Location,
  progress: Progress,
  { context, events }: KeepRequest
): Promise<string> {
  const folder = `runs/${context.runId}/events`;
  await storeJson({ location, path: folder }, events, { signal: progress.signal });
  return folder;
}
