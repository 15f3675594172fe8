import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { run } from '../src/host/command.ts';

/**
 * Bundles the workflows. A forbidden import (Node, I/O, anything outside core) fails here, so a unit test that calls
 * this keeps it out for good. A worker holds the code three times: its source map goes without the sources, and
 * characters outside of ASCII are escaped, for which V8 would keep two bytes of every character.
 */
export async function bundleWorkflows(): Promise<WorkflowBundle> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`../workflows/index${extension}`, import.meta.url)),
    logger: silent,
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-source-map' }),
  });
  return { code: code.replaceAll(/[^\0-\x7f]/g, escaped) };
}

/** As JavaScript writes a character in a string, a pattern or a name; in a comment nobody reads it. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As `bundleWorkflows`, in a process of its own: the bundler leaves 250 MiB behind, which a worker would keep for good. */
export async function bundleApart(): Promise<WorkflowBundle> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const program = fileURLToPath(new URL(`bundle-main${extension}`, import.meta.url));
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', program]);
  return { code: stdout };
}

const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string) => void process.stderr.write(`${message}\n`),
  error: (message: string) => void process.stderr.write(`${message}\n`),
};
