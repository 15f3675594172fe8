import type { Client, WorkflowHandle } from '@temporalio/client';
import { LandfallError } from '../core/errors.ts';
import { largePayloads } from '../engine/large-payloads.ts';

/** What a run was started with: the first event of its history. Throws RUN_NOT_FOUND where that is gone. */
export async function inputOf<T>(client: Client, handle: WorkflowHandle, runId: string): Promise<T> {
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  // A history is raw: what was made small on its way is not made whole by the client.
  const [whole] = payload === null || payload === undefined ? [] : await largePayloads.decode([payload]);
  if (whole === undefined) throw new LandfallError('RUN_NOT_FOUND', { what: `the history of ${runId} is gone` });
  return client.options.loadedDataConverter.payloadConverter.fromPayload<T>(whole);
}
