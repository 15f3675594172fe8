import { TransportError } from '@temporalio/worker';

/** Why a worker ended, in words: whoever starts one by hand reads this and not a stack. */
export function reasonOf(error: unknown, address: string | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TransportError)) return message;
  return `no Temporal server answers at ${address ?? 'the configured address'}; start it, or correct --address, TEMPORAL_ADDRESS or the profile (${message})`;
}
