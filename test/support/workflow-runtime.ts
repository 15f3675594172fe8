/**
 * What Temporal does for workflow code, as far as driving a run asks for it, so that the order of a run can be tested
 * without a server: a history that has a length, and one that is continued. Used as
 * `vi.mock('@temporalio/workflow', async (original) => ({ ...(await original<object>()), ...(await import(…)).runtime }))`.
 */
export const server = {
  historyLength: 0,
  /** The arguments a run continued as new with, as they travel. */
  continued: undefined as unknown[] | undefined,
};

export const runtime = {
  CancellationScope: class {
    static nonCancellable = (body: () => unknown): unknown => body();
    static current = () => ({ consideredCancelled: false, cancelRequested: new Promise(() => undefined) });
    run = (body: () => unknown): unknown => body();
    cancel = (): void => undefined;
  },
  setHandler: () => undefined,
  sleep: async () => undefined,
  workflowInfo: () => ({ historyLength: server.historyLength, historySize: 0, continueAsNewSuggested: false }),
  continueAsNew: async (...args: unknown[]) => {
    server.continued = JSON.parse(JSON.stringify(args)) as unknown[];
    throw new Error('continued as new');
  },
};
