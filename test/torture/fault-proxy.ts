import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with a request that passes. Plain data: it is part of a printed, replayable trial. */
export type ProxyFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number; readonly code?: string }
  /** Nothing is forwarded; the connection is reset. */
  | { readonly kind: 'reset-before' }
  /** Half of the request's body reaches the server, then both connections end. */
  | { readonly kind: 'half-request' }
  /** Forwarded; half of the answer, then a reset. */
  | { readonly kind: 'reset-mid' }
  /** Forwarded and done by the server; the connection is reset before anything of the answer. */
  | { readonly kind: 'dropped-answer' }
  /** Half of the answer's body, as if that were all of it. */
  | { readonly kind: 'truncated' }
  /** Nothing is forwarded and nothing answered until the fault is over. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly delayMs: number };

/** Which requests a fault meets. */
export type ProxyMatch = 'all' | 'reads' | 'writes';

export interface FaultProxy {
  readonly port: number;
  /** Every matching request goes wrong until `heal`, at most `count` of them. */
  fail(fault: ProxyFault, options?: { readonly match?: ProxyMatch; readonly count?: number }): void;
  /** Nobody listens any more; open connections end. */
  goAway(): Promise<void>;
  /** Everything passes again. Idempotent. */
  heal(): Promise<void>;
  /** Runs before a request is forwarded, e.g. to have a list expire between two of its pages. */
  onRequest(probe: ((request: IncomingMessage) => Promise<void>) | undefined): void;
  /** Requests that went wrong since the last `fail`. */
  readonly struck: number;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Where requests go, `https://127.0.0.1:6443`. */
  readonly upstream: string;
  /** TLS on both sides: the proxy shows this certificate, and logs in upstream with the client's. */
  readonly tls?: {
    readonly authorityFile: string;
    readonly server: { readonly certificateFile: string; readonly keyFile: string };
    readonly client: { readonly certificateFile: string; readonly keyFile: string };
  };
  /** Changes the path before it is forwarded, e.g. to make pages small. */
  readonly rewrite?: (url: string) => string;
  /** Body of an answer that the proxy makes up. */
  readonly refusal: (status: number, code: string) => { readonly type: string; readonly text: string };
}

/** A proxy on a free loopback port that passes everything on unchanged, until asked to fail. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { tls, upstream } = options;
  const agentOptions = { keepAlive: true, maxSockets: 128 };
  const agent =
    tls === undefined
      ? new http.Agent(agentOptions)
      : new https.Agent({
          ...agentOptions,
          ca: readFileSync(tls.authorityFile),
          cert: readFileSync(tls.client.certificateFile),
          key: readFileSync(tls.client.keyFile),
        });
  let fault: ProxyFault | undefined;
  let match: ProxyMatch = 'all';
  let remaining = 0;
  let struck = 0;
  let probe: ((request: IncomingMessage) => Promise<void>) | undefined;
  let healed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();

  const take = (request: IncomingMessage): ProxyFault | undefined => {
    if (fault === undefined || remaining <= 0) return undefined;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if ((match === 'reads' && !isRead) || (match === 'writes' && isRead)) return undefined;
    remaining -= 1;
    struck += 1;
    return fault;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    await probe?.(request);
    const what = take(request);
    if (what?.kind === 'status') {
      const { type, text } = options.refusal(what.status, what.code ?? '');
      const after = what.retryAfterSeconds === undefined ? {} : { 'retry-after': String(what.retryAfterSeconds) };
      response.writeHead(what.status, { 'content-type': type, ...after }).end(text);
      return;
    }
    if (what?.kind === 'reset-before') return reset(request.socket);
    if (what?.kind === 'hang') {
      await healed.promise;
      return reset(request.socket);
    }
    if (what?.kind === 'half-request') {
      await sendHalf(request, body);
      return reset(request.socket);
    }
    if (what?.kind === 'slow') await sleep(what.delayMs);
    await forward({ request, response, body, what });
  };

  const sendHalf = ({ method, url = '/', headers }: IncomingMessage, body: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const outgoing = (tls === undefined ? http : https).request(upstream + url, { method, headers, agent });
      outgoing.on('error', () => undefined);
      outgoing.on('close', resolve);
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () =>
        // Long enough for the server to have begun with it.
        setTimeout(() => outgoing.destroy(), 100)
      );
    });

  const forward = ({ request, response, body, what }: Exchange): Promise<void> =>
    new Promise((resolve) => {
      const broken = (): void => {
        reset(request.socket);
        resolve();
      };
      const outgoing = (tls === undefined ? http : https).request(
        upstream + (options.rewrite?.(request.url ?? '/') ?? request.url ?? '/'),
        { method: request.method, headers: request.headers, agent },
        (answer) => {
          answer.on('error', broken);
          answer.on('end', resolve);
          if (what === undefined || what.kind === 'slow') {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            response.flushHeaders();
            answer.pipe(response);
            // A watch lasts until the client goes.
            response.on('close', () => answer.destroy());
            response.on('close', resolve);
            return;
          }
          void bodyOf(answer).then((whole) => spoil(what, { request, response, answer, whole }), broken);
        }
      );
      outgoing.on('error', broken);
      outgoing.end(body);
    });

  const listener: RequestListener = (request, response) => {
    handle(request, response).catch(() => reset(request.socket));
  };
  const server =
    tls === undefined
      ? http.createServer(listener)
      : https.createServer(
          { cert: readFileSync(tls.server.certificateFile), key: readFileSync(tls.server.keyFile) },
          listener
        );
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const endAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port,
    get struck() {
      return struck;
    },
    fail(wanted, { match: which = 'all', count = Number.POSITIVE_INFINITY } = {}) {
      healed = Promise.withResolvers();
      struck = 0;
      [fault, match, remaining] = [wanted, which, count];
    },
    async goAway() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      endAll();
      await closed;
    },
    async heal() {
      fault = undefined;
      healed.resolve();
      if (!server.listening) await listen(port);
    },
    onRequest: (wanted) => void (probe = wanted),
    async close() {
      fault = undefined;
      healed.resolve();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      endAll();
      agent.destroy();
      await closed;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly what: ProxyFault | undefined;
}

interface Answered {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: IncomingMessage;
  readonly whole: Buffer;
}

/** Gives an answer the server has made in a way that spoils it. */
function spoil(what: ProxyFault, { request, response, answer, whole }: Answered): void {
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const { 'content-length': _, 'transfer-encoding': _chunked, ...headers } = answer.headers;
  if (what.kind === 'dropped-answer') return reset(request.socket);
  if (what.kind === 'reset-mid') {
    response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': whole.length });
    response.write(half, () => reset(request.socket));
    return;
  }
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': half.length }).end(half);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Ends a connection with RST. A socket of TLS cannot do so itself; the one it is wrapped around can. */
function reset(socket: Socket): void {
  const raw = (socket as Socket & { readonly _parent?: Socket | null })._parent ?? socket;
  try {
    if (!raw.destroyed) raw.resetAndDestroy();
  } catch {
    raw.destroy();
  }
  socket.destroy();
}
