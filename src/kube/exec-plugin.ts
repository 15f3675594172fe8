import { X509Certificate } from 'node:crypto';
import { spawn } from 'node:child_process';
import { LandfallError } from '../core/errors.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { invalid } from './kubeconfig.ts';

/** `users[].user.exec` as kubectl reads it (client.authentication.k8s.io, v1beta1 and v1). */
export interface ExecSettings {
  readonly apiVersion?: unknown;
  readonly command?: unknown;
  readonly args?: unknown;
  readonly env?: unknown;
  readonly interactiveMode?: unknown;
  readonly provideClusterInfo?: unknown;
  readonly installHint?: unknown;
}

/** What a plugin may learn of its cluster. */
export interface ExecCluster {
  readonly server: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: true;
  /** Base64. */
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly 'disable-compression'?: true;
  /** The extension `client.authentication.k8s.io/exec` of the cluster. */
  readonly config?: unknown;
}

export interface ExecCredentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

const versions: ReadonlySet<string> = new Set([
  'client.authentication.k8s.io/v1beta1',
  'client.authentication.k8s.io/v1',
]);
/** kubectl waits for ever; a worker cannot. */
const answerWithinMs = 120_000;
const outputBytesMax = 1024 * 1024;

/**
 * Opens a credential plugin as kubectl runs it: KUBERNETES_EXEC_INFO is always set, with the cluster where the plugin asks for
 * it; what it answers is kept until it expires. Throws KUBECONFIG_INVALID for what cannot be run by a worker, and
 * CLUSTER_CREDENTIALS_EXPIRED when it returns no credentials.
 */
export function openExecPlugin(
  spec: ClusterSpec,
  exec: ExecSettings,
  clusterInfo: () => Promise<ExecCluster>
): () => Promise<ExecCredentials> {
  let kept: { readonly credentials: ExecCredentials; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.credentials;
    const plugin = checked(spec, exec);
    const cluster = exec.provideClusterInfo === true ? { cluster: await clusterInfo() } : {};
    const info = { kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec: { ...cluster, interactive: false } };
    const output = await run(spec, plugin, JSON.stringify(info));
    kept = read(spec, plugin, output);
    return kept.credentials;
  };
}

interface Plugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
}

function checked(spec: ClusterSpec, exec: ExecSettings): Plugin {
  const { command, apiVersion = 'client.authentication.k8s.io/v1', interactiveMode } = exec;
  if (typeof command !== 'string' || command === '')
    throw invalid(spec, 'its user has a credential plugin without a command');
  if (typeof apiVersion !== 'string' || !versions.has(apiVersion)) {
    throw refused(
      spec,
      `the credential plugin "${command}" has the version ${String(apiVersion)}, which is not supported`,
      {
        fix: `set exec.apiVersion of the user to one of: ${[...versions].join(', ')}`,
      }
    );
  }
  if (interactiveMode === 'Always') {
    throw refused(spec, `the credential plugin "${command}" needs a terminal, which a worker does not have`, {
      why: 'exec.interactiveMode of the user is Always',
      fix: 'give the Cluster a kubeconfig whose user logs in non-interactively, such as with a ServiceAccount token',
    });
  }
  const env = Array.isArray(exec.env) ? (exec.env as { name?: unknown; value?: unknown }[]) : [];
  return {
    apiVersion,
    command,
    args: Array.isArray(exec.args) ? exec.args.map(String) : [],
    env: Object.fromEntries(env.map(({ name, value }) => [String(name), isScalar(value) ? String(value) : ''])),
    installHint: typeof exec.installHint === 'string' ? exec.installHint.trim() : '',
  };
}

async function run(spec: ClusterSpec, plugin: Plugin, info: string): Promise<string> {
  const { command, args } = plugin;
  const env = { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: info };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, answerWithinMs);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(0, outputBytesMax)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-outputBytesMax)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (isLate) throw noCredentials(spec, command, `it did not respond within ${answerWithinMs / 1_000} s`);
    if (code === 0) return output;
    const last = errors.trim().split('\n').at(-1)?.trim() ?? '';
    throw noCredentials(spec, command, last === '' ? `it ended with exit code ${code}` : last);
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    throw notStarted(spec, plugin, cause);
  } finally {
    clearTimeout(timer);
  }
}

function notStarted(spec: ClusterSpec, { command, installHint }: Plugin, cause: unknown): LandfallError {
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const hint = installHint === '' ? {} : { fix: installHint.slice(0, 500) };
  if (code === 'ENOENT') {
    const what = `the credential plugin "${command}" is not installed on this worker`;
    return refused(spec, what, { why: 'there is no such program', ...hint });
  }
  return refused(spec, `the credential plugin "${command}" cannot be started (${code})`, hint);
}

/** `status` of an ExecCredential, and until when it may be used. */
function read(spec: ClusterSpec, { command, apiVersion }: Plugin, output: string) {
  const answer = parsed(output);
  const refuse = (why: string): LandfallError => noCredentials(spec, command, why);
  if (answer === undefined) throw refuse('what it prints is not an ExecCredential');
  if (answer.apiVersion !== undefined && answer.apiVersion !== apiVersion) {
    throw refuse(`it responds in version ${JSON.stringify(answer.apiVersion)}, but is configured for ${apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  if (isText(cert) !== isText(key))
    throw refuse('it returns a client certificate without its key, or a key without its certificate');
  if (!isText(token) && !isText(cert)) throw refuse('it returns neither a token nor a client certificate');
  const credentials = { ...(isText(token) && { token }), ...(isText(cert) && isText(key) && { cert, key }) };
  const untilMs = isText(expirationTimestamp) ? Date.parse(expirationTimestamp) : endOf(cert);
  return { credentials, untilMs: Number.isNaN(untilMs) ? 0 : untilMs };
}

interface Answer {
  readonly apiVersion?: unknown;
  readonly status?: Readonly<
    Partial<Record<'token' | 'clientCertificateData' | 'clientKeyData' | 'expirationTimestamp', unknown>>
  > | null;
}

function parsed(output: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(output);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A certificate ends by itself; a token without a time is good until it is refused. */
function endOf(cert: unknown): number {
  if (!isText(cert)) return Infinity;
  try {
    return new X509Certificate(cert).validToDate.getTime();
  } catch {
    return Infinity;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function noCredentials(spec: ClusterSpec, command: string, why: string): LandfallError {
  return new LandfallError('CLUSTER_CREDENTIALS_EXPIRED', {
    what: `cluster ${spec.name}: the credential plugin "${command}" returns no credentials`,
    why,
    fix: `run "${command}" by hand as the user of this worker and log in again, then start the run again`,
    ref: spec.kubeconfig.path,
  });
}

function refused(
  spec: ClusterSpec,
  problem: string,
  say: { readonly why?: string; readonly fix?: string }
): LandfallError {
  return new LandfallError('KUBECONFIG_INVALID', {
    what: `cluster ${spec.name}: ${problem}`,
    ref: spec.kubeconfig.path,
    ...say,
  });
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
