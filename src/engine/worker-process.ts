import { fileURLToPath } from 'node:url';

/**
 * How a worker process is started. The young generation is kept small: a capture makes short-lived buffers by the
 * hundred megabytes, and V8's default lets them pile up before it looks (453 MiB at 200,000 objects, against 295-349).
 */
export function workerArguments(more: readonly string[] = []): readonly string[] {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const main = fileURLToPath(new URL(`../../worker/main${extension}`, import.meta.url));
  return ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8', main, ...more];
}
