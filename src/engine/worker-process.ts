import { fileURLToPath } from 'node:url';

/**
 * Flags of a worker process. The young generation is kept small and the old one may grow by a quarter before it is
 * looked through: a run makes short-lived buffers by the hundred megabytes, and V8's defaults let them pile up.
 */
export const workerFlags: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=8',
  '--heap-growing-percent=25',
];

/** How a worker process is started. */
export function workerArguments(more: readonly string[] = []): readonly string[] {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const main = fileURLToPath(new URL(`../../worker/main${extension}`, import.meta.url));
  return [...workerFlags, main, ...more];
}

/**
 * The environment a worker process is started with, on top of `base`; what the user has set stays. glibc keeps a heap
 * for each thread that allocates, and raises the size from which it gives buffers back to the system: pages and
 * segments, which come from the threads of zlib and of Temporal's core, would stay in it. Peak at 2,000 objects: 379 MB,
 * with two heaps 343 MB, with a fixed size as well 311 MB.
 */
export function workerEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
    ...base,
  };
}
