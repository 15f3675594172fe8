import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';

/**
 * Bundles the workflows. A forbidden import (Node, I/O, anything outside core) fails here, so a unit test that calls
 * this keeps it out for good.
 */
export async function bundleWorkflows(): Promise<WorkflowBundle> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`../workflows/index${extension}`, import.meta.url)),
    logger: silent,
  });
}

const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string) => void process.stderr.write(`${message}\n`),
  error: (message: string) => void process.stderr.write(`${message}\n`),
};
