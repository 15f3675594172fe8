import { isLandfallError, LandfallError } from '../../core/errors.ts';
import type { HookSpec } from '../../core/spec/spec.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { StoredPod } from '../snapshot/kinds.ts';
import { listAll } from '../snapshot/objects.ts';
import { pods } from '../snapshot/resources.ts';

/** What a hook did in one pod. */
export interface HookResult {
  readonly hook: string;
  /** `namespace/pod`; '' when no pod matched. */
  readonly pod: string;
  readonly ok: boolean;
  /** undefined when the command did not end. */
  readonly exitCode?: number;
  readonly durationMs: number;
  /** Last output, both streams. */
  readonly output: string;
}

const outputKeptChars = 600;

/**
 * Runs a hook in every running pod its selector matches, one after the other. Not idempotent by itself: a freeze or a
 * thaw must be idempotent. Does not throw for a command that fails; a selector without a pod counts as failed,
 * because a freeze that freezes nothing is a mistake.
 */
export async function runHook(cluster: Cluster, hook: HookSpec, signal?: AbortSignal): Promise<HookResult[]> {
  const found = await listAll<StoredPod>({ cluster, ...(signal === undefined ? {} : { signal }) }, pods, {
    namespace: hook.namespace,
    labelSelector: hook.podSelector,
  });
  const running = found.filter(
    ({ metadata, status }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined
  );
  if (running.length === 0) {
    const output = `no running pod in ${hook.namespace} matches ${hook.podSelector}`;
    return [{ hook: hook.name, pod: '', ok: false, durationMs: 0, output }];
  }
  const results: HookResult[] = [];
  for (const { metadata } of running) results.push(await runInPod(cluster, hook, metadata.name, signal));
  return results;
}

/**
 * Runs hooks in their order. `pre`: the first failure of a hook with `onError: fail` ends it, so the caller can thaw.
 * `post`: all of them run whatever happens, since a thaw left out keeps the application frozen. Then throws HOOK_FAILED
 * for the first hook with `onError: fail` that failed.
 */
export async function runHooks(
  cluster: Cluster,
  hooks: readonly HookSpec[],
  options: { readonly when: 'pre' | 'post'; readonly signal?: AbortSignal }
): Promise<HookResult[]> {
  const results: HookResult[] = [];
  let failure: LandfallError | undefined;
  for (const hook of hooks) {
    const ran = await runHook(cluster, hook, options.signal).catch((error: unknown): HookResult[] => {
      if (options.signal?.aborted === true) throw error;
      return [{ hook: hook.name, pod: '', ok: false, durationMs: 0, output: wordsOf(error) }];
    });
    results.push(...ran);
    const failed = ran.find(({ ok }) => !ok);
    if (failed === undefined || hook.onError === 'continue') continue;
    failure ??= hookFailed(hook, failed);
    if (options.when === 'pre') break;
  }
  if (failure !== undefined) throw failure;
  return results;
}

async function runInPod(cluster: Cluster, hook: HookSpec, pod: string, signal?: AbortSignal): Promise<HookResult> {
  const startMs = performance.now();
  const base = { hook: hook.name, pod: `${hook.namespace}/${pod}` };
  try {
    const { exitCode, stdout, stderr } = await cluster.exec({
      namespace: hook.namespace,
      pod,
      ...(hook.container === '' ? {} : { container: hook.container }),
      command: hook.command,
      timeoutMs: hook.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const output = `${stdout}${stderr}`.trim().slice(-outputKeptChars);
    return { ...base, ok: exitCode === 0, exitCode, durationMs: Math.round(performance.now() - startMs), output };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { ...base, ok: false, durationMs: Math.round(performance.now() - startMs), output: wordsOf(error) };
  }
}

function wordsOf(error: unknown): string {
  if (isLandfallError(error)) return error.detail.what;
  return error instanceof Error ? error.message : String(error);
}

function hookFailed(hook: HookSpec, { pod, exitCode, output }: HookResult): LandfallError {
  const where = pod === '' ? '' : ` in Pod ${pod}`;
  const how = exitCode === undefined ? 'did not run to its end' : `ended with exit code ${exitCode}`;
  return new LandfallError('HOOK_FAILED', { what: `hook ${hook.name}${where} ${how}`, why: output, ref: hook.name });
}
