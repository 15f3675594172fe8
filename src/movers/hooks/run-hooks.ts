import { setTimeout as sleep } from 'node:timers/promises';
import { isLandfallError, LandfallError } from '../../core/errors.ts';
import { withoutSecretForms } from '../../core/secret-forms.ts';
import type { HookSpec } from '../../core/spec/spec.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { StoredPod } from '../snapshot/kinds.ts';
import { listAll } from '../snapshot/objects.ts';
import { pods } from '../snapshot/resources.ts';
import { withoutSecretsOf, type HookedPod } from './hook-output.ts';

/** What a hook did in one pod. */
export interface HookResult {
  readonly hook: string;
  /** `namespace/pod`; '' when no pod matched. */
  readonly pod: string;
  readonly ok: boolean;
  /** undefined when the command did not end. */
  readonly exitCode?: number;
  readonly durationMs: number;
  /** Last output of a command that failed, both streams, without secrets; '' where it went well. */
  readonly output: string;
  /** Set where the API and not the command is why: another try may go well. */
  readonly transient?: LandfallError;
}

const outputKeptChars = 600;
const triesMax = 3;
const tryAgainMs = 2_000;

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
  for (const pod of running) results.push(await runInPod(cluster, { hook, pod }, signal));
  return results;
}

/**
 * Runs hooks in their order. `pre`: the first failure of a hook with `onError: fail` ends it, so the caller can thaw.
 * `post`: all of them run whatever happens, since a thaw excluded keeps the application frozen. Then throws HOOK_FAILED
 * for the first hook with `onError: fail` that failed, or the error of the API where that is why: whoever calls tries that
 * again. Every hook is tried three times before, a `pre` hook only where the API did not answer.
 */
export async function runHooks(
  cluster: Cluster,
  hooks: readonly HookSpec[],
  options: RunOptions
): Promise<HookResult[]> {
  const results: HookResult[] = [];
  let failure: LandfallError | undefined;
  for (const hook of hooks) {
    const ran = await runPatiently(cluster, hook, options);
    results.push(...ran);
    const failed = ran.find(({ ok }) => !ok);
    if (failed === undefined || hook.onError === 'continue') continue;
    failure ??= failed.transient ?? hookFailed(hook, failed);
    if (options.when === 'pre') break;
  }
  if (failure !== undefined) throw failure;
  return results;
}

interface RunOptions {
  readonly when: 'pre' | 'post';
  readonly signal?: AbortSignal;
  readonly tryAgainMs?: number;
}

async function runPatiently(cluster: Cluster, hook: HookSpec, options: RunOptions): Promise<HookResult[]> {
  for (let tries = 1; ; tries += 1) {
    const ran = await runHook(cluster, hook, options.signal).catch((error: unknown): HookResult[] => {
      if (options.signal?.aborted === true) throw error;
      return [{ hook: hook.name, pod: '', ok: false, durationMs: 0, ...failureOf(error) }];
    });
    const failed = ran.find(({ ok }) => !ok);
    const isWorthIt = failed !== undefined && (options.when === 'post' || failed.transient !== undefined);
    if (!isWorthIt || tries === triesMax) return ran;
    await sleep(options.tryAgainMs ?? tryAgainMs, undefined, { signal: options.signal });
  }
}

async function runInPod(cluster: Cluster, hooked: HookedPod, signal?: AbortSignal): Promise<HookResult> {
  const { hook, pod } = hooked;
  const startMs = performance.now();
  const { name } = pod.metadata;
  const base = { hook: hook.name, pod: `${hook.namespace}/${name}` };
  try {
    const { exitCode, stdout, stderr } = await cluster.exec({
      namespace: hook.namespace,
      pod: name,
      ...(hook.container === '' ? {} : { container: hook.container }),
      command: hook.command,
      timeoutMs: hook.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const durationMs = Math.round(performance.now() - startMs);
    if (exitCode === 0) return { ...base, ok: true, exitCode, durationMs, output: '' };
    // Secrets go before the cut: half a password has no form.
    const output = await withoutSecretsOf(cluster, hooked, `${stdout}${stderr}`.trim());
    return { ...base, ok: false, exitCode, durationMs, output: output.slice(-outputKeptChars) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { ...base, ok: false, durationMs: Math.round(performance.now() - startMs), ...failureOf(error) };
  }
}

function failureOf(error: unknown): Pick<HookResult, 'output' | 'transient'> {
  if (!isLandfallError(error)) {
    return { output: withoutSecretForms(error instanceof Error ? error.message : String(error)) };
  }
  const output = withoutSecretForms(error.detail.what);
  // WAIT_TIMED_OUT is the command's: it goes on in the container, and a second one beside it helps nobody.
  const isOfApi = error.code.startsWith('CLUSTER_') && error.detail.retry !== 'never';
  return isOfApi ? { output, transient: error } : { output };
}

/** What happened to a hook that failed, in one sentence. */
export function describeFailure({ hook, pod, exitCode }: HookResult): string {
  const where = pod === '' ? '' : ` in Pod ${pod}`;
  const how = exitCode === undefined ? 'did not finish' : `ended with exit code ${exitCode}`;
  return `hook ${hook}${where} ${how}`;
}

function hookFailed(hook: HookSpec, result: HookResult): LandfallError {
  return new LandfallError('HOOK_FAILED', { what: describeFailure(result), why: result.output, ref: hook.name });
}
