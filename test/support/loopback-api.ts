import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterSpec } from '../../src/core/spec/spec.ts';

/** A request as the loopback server got it. */
interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  /** Path as sent, with its escapes. */
  readonly rawPath: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** 1 for the first request of this method and path. */
  readonly count: number;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A server on loopback that answers what a test says: for faults no real API server can be brought to. */
export interface LoopbackApi {
  readonly spec: ClusterSpec;
  readonly seen: SeenRequest[];
  readonly directory: string;
  close(): Promise<void>;
}

export interface LoopbackOptions {
  /** An address of IPv6 of this machine; default: 127.0.0.1. */
  readonly host?: string;
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex) => void;
  /** Merged into the kubeconfig's user. */
  readonly user?: Readonly<Record<string, unknown>>;
}

export async function startLoopbackApi(answer: Answer, options: LoopbackOptions = {}): Promise<LoopbackApi> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const rawPath = request.url ?? '/';
      const method = request.method ?? 'GET';
      const one: SeenRequest = {
        method,
        url: new URL(rawPath, 'http://loopback'),
        rawPath,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        count: seen.filter((other) => other.rawPath === rawPath && other.method === method).length + 1,
      };
      seen.push(one);
      void answer(one, response);
    });
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  if (options.onUpgrade !== undefined) server.on('upgrade', options.onUpgrade);
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve));
  const host = options.host === undefined ? '127.0.0.1' : `[${options.host}]`;
  const directory = await mkdtemp(join(tmpdir(), 'landfall-loopback-'));
  const path = join(directory, 'kubeconfig');
  await writeFile(path, kubeconfig(`http://${host}:${(server.address() as AddressInfo).port}`, options.user ?? {}));
  return {
    spec: { name: 'loopback', kubeconfig: { path }, platform: 'generic' },
    seen,
    directory,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig as JSON (which is YAML) for a server without TLS. */
export function kubeconfig(server: string, user: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'loopback',
    clusters: [{ name: 'loopback', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'loopback', context: { cluster: 'loopback', user: 'tester' } }],
    users: [{ name: 'tester', user }],
  });
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {}
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Answers with a Status as the API server does. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Readonly<Record<string, string>> = {}
): void {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code }, headers);
}
