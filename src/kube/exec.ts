import { WebSocket } from 'undici';
import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { ExecOptions, ExecResult } from '../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import type { Connection } from './connection.ts';
import { objectPath, podResource, queryString } from './paths.ts';
import { readRefusal } from './refusal.ts';

const CONNECT_TIMEOUT_MS = 30_000;

/** Channels of the remote command protocol (k8s.io/apimachinery remotecommand). v4 and v5 differ only in closing stdin. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/**
 * See Cluster.exec. Throws WAIT_TIMED_OUT when the command takes longer than `timeoutMs` (it goes on in the container:
 * Kubernetes has no way to end it), CLUSTER_SERVER_ERROR when the connection ends without an exit code.
 */
export async function execInPod(client: ApiClient, options: ExecOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const path = execPath(options);
  const query = { container: options.container, command: options.command, stdout: true, stderr: true };
  const connection = await client.connection();
  client.sending?.();
  const socket = openSocket(connection, `${path}${queryString(query)}`);
  try {
    return await client.listen({ action: 'exec in', subject: subjectOfExec(options) }, async () => {
      await opened(client, socket, options);
      return finished(client, socket, options);
    });
  } finally {
    socket.close();
  }
}

function execPath({ namespace, pod }: ExecOptions): string {
  return objectPath({ resource: podResource, namespace, name: pod }, 'exec');
}

function subjectOfExec({ namespace, pod, container }: ExecOptions): string {
  return container === undefined ? `Pod ${namespace}/${pod}` : `container ${container} of Pod ${namespace}/${pod}`;
}

function openSocket(connection: Connection, path: string): WebSocket {
  const url = `${connection.origin.replace(/^http/, 'ws')}${connection.pathPrefix}${path}`;
  const headers = Object.entries(connection.headers).flatMap(([name, value]): [string, string][] =>
    Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]]
  );
  const socket = new WebSocket(url, { protocols, dispatcher: connection.dispatcher, headers });
  socket.binaryType = 'arraybuffer';
  return socket;
}

/**
 * Waits for the handshake. A WebSocket client does not learn why it was refused, so the same path is asked for without an
 * upgrade: the server checks the same permissions and the same pod, and runs nothing.
 */
async function opened(client: ApiClient, socket: WebSocket, options: ExecOptions): Promise<void> {
  const reached = await within(CONNECT_TIMEOUT_MS, options.signal, (settle) => {
    socket.addEventListener('open', () => settle(true));
    socket.addEventListener('error', () => settle(false));
    socket.addEventListener('close', () => settle(false));
  });
  if (reached === true) return;
  const subject = subjectOfExec(options);
  const why = await client.send({
    action: 'exec in',
    subject,
    method: 'GET',
    path: execPath(options),
    query: { container: options.container, command: options.command, stdout: true },
    repeatable: true,
    understands: (answer) => answer.status === 400 && readRefusal(answer).message.includes('Upgrade request required'),
    read: (answer) => readRefusal(answer).message,
    signal: options.signal,
  });
  throw new LandfallError('CLUSTER_SERVER_ERROR', {
    what: `no command channel to ${subject} on cluster ${client.clusterName}`,
    why,
    fix: 'check that the kubelet is running and that proxies in front of the API server support WebSockets',
    ref: subject,
  });
}

async function finished(client: ApiClient, socket: WebSocket, options: ExecOptions): Promise<ExecResult> {
  const stdout = new CappedOutput();
  const stderr = new CappedOutput();
  const status: Buffer[] = [];
  const ended = await within(options.timeoutMs, options.signal, (settle) => {
    socket.addEventListener('message', (event) => {
      const frame = Buffer.from(event.data as ArrayBuffer);
      const channel = frame[0];
      if (channel === STDOUT) stdout.add(frame.subarray(1));
      else if (channel === STDERR) stderr.add(frame.subarray(1));
      else if (channel === STATUS) {
        status.push(frame.subarray(1));
        settle(true);
      }
    });
    socket.addEventListener('error', () => settle(true));
    socket.addEventListener('close', () => settle(true));
  });
  const subject = subjectOfExec(options);
  if (ended === undefined) {
    throw new LandfallError('WAIT_TIMED_OUT', {
      what: `${commandText(options)} in ${subject} has not finished after ${options.timeoutMs / 1000} s`,
      why: `last output: ${(stderr.text() || stdout.text() || '(none)').slice(-500)}`,
      ref: subject,
    });
  }
  const end = readEnd(client, Buffer.concat(status).toString('utf8'), subject);
  return { exitCode: end.exitCode, stdout: stdout.text(), stderr: `${stderr.text()}${end.message}` };
}

/** The first 64 KiB of a stream. */
class CappedOutput {
  readonly #parts: Buffer[] = [];
  #room = limits.outputBytes;

  add(part: Buffer): void {
    const kept = part.subarray(0, this.#room);
    this.#room -= kept.length;
    if (kept.length > 0) this.#parts.push(kept);
  }

  text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }
}

/**
 * The Status on channel 3: success, or a NonZeroExitCode failure with the code among its causes. A program that cannot
 * be started comes as an internal error of the runtime; it is reported as a shell reports it (127), since asking again does
 * not help.
 */
function readEnd(client: ApiClient, text: string, subject: string): { exitCode: number; message: string } {
  const status = parseStatus(text);
  if (status?.status === 'Success') return { exitCode: 0, message: '' };
  const code = status?.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (code !== undefined && /^\d+$/.test(code)) return { exitCode: Number(code), message: '' };
  const message = status?.message ?? 'the connection was closed';
  if (/executable file not found|no such file or directory|permission denied/.test(message))
    return { exitCode: 127, message };
  throw new LandfallError('CLUSTER_SERVER_ERROR', {
    what: `the command channel to ${subject} on cluster ${client.clusterName} ended without an exit code`,
    why: message,
    ref: subject,
  });
}

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

function parseStatus(text: string): ExecStatus | undefined {
  try {
    return JSON.parse(text) as ExecStatus;
  } catch {
    return undefined;
  }
}

function commandText({ command }: ExecOptions): string {
  return `"${command.join(' ').slice(0, 200)}"`;
}

/** Waits for `settle`; undefined when the time is over. Throws the signal's reason. */
function within(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  start: (settle: (value: boolean) => void) => void
): Promise<boolean | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => finish(() => reject(signal?.reason as Error));
    const timer = setTimeout(() => finish(() => resolve(undefined)), timeoutMs);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    start((value) => finish(() => resolve(value)));
  });
}
