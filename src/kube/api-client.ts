import { AsyncResource } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { RetryNotice } from '../ports/cluster.ts';
import type { FollowRequest, RequestFollower } from '../ports/remote.ts';
import { classifyRefusal, type Failure, type RequestSubject } from './classify.ts';
import { classifyConnectionFailure } from './connection-failure.ts';
import { ANSWER_TIMEOUT_MS, type Connection, type Connections } from './connection.ts';
import { followAnswers, notifyFailure } from './follow-answers.ts';
import type { Limiter } from './limiter.ts';
import { IncompleteJson } from './json-scan.ts';
import { beforeSend, NotSent } from './before-send.ts';
import { pause } from './pause.ts';
import { createLivenessProbe, type LivenessProbe } from './liveness-probe.ts';
import { queryString, type QueryValue } from './paths.ts';
import { readRefusal } from './refusal.ts';
import { attemptsRemainingMs, briefPolicy, nextAttempt, type RetryKind, type RetryPolicy } from './retry-policy.ts';

/** One call of the API, before credentials. */
export interface ApiRequest<T> extends Omit<RequestSubject, 'clusterName'> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Sending it twice does no more than sending it once. Others are repeated only when the first cannot have arrived. */
  readonly repeatable: boolean;
  /** Answers besides 2xx that `read` understands; the others become errors. */
  readonly understands?: (answer: ApiAnswer) => boolean;
  /** Takes the answer; an IncompleteJson from here counts as a broken connection. */
  readonly read: (answer: ApiAnswer) => T;
  /** Answers that grow beyond it are abandoned with ResponseTooLarge. */
  readonly bytesMax?: number;
  /** A first contact, which ends soon either way. */
  readonly brief?: boolean;
  /** The same for all requests that cost the server the same: how long these take shows how busy it is. */
  readonly kind?: string;
  readonly signal?: AbortSignal | undefined;
}

/** One attempt of a brief request: long for any server that is well, short for a person who waits. */
const BRIEF_ATTEMPT_MS = 4_000;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Local time half way between question and answer. */
  readonly atMs: number;
}

/** An answer is larger than the caller wants to hold; not retried. */
export class ResponseTooLarge extends Error {}

/** Structured log of rare events; a pino logger fits. */
export interface KubeLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ApiClientParts {
  readonly clusterName: string;
  readonly connections: Connections;
  readonly limiter: Limiter;
  readonly policy: RetryPolicy;
  readonly onRetry: ((notice: RetryNotice) => void) | undefined;
  readonly logger: KubeLogger | undefined;
  readonly followRequest?: FollowRequest | undefined;
  /**
   * Asked for each attempt of everything but a GET right before its bytes go to the socket, behind every queue: the request
   * limiter, credentials, the pool of connections. What it throws ends the request, and nothing is sent.
   */
  readonly sending?: (() => void) | undefined;
}

export interface ApiClient {
  readonly clusterName: string;
  readonly logger: KubeLogger | undefined;
  /** Sends with retries; throws LandfallError, ResponseTooLarge or the signal's reason. */
  send<T>(request: ApiRequest<T>): Promise<T>;
  /** Opens an answer of unknown length, once and outside the limiter: watches would fill it. */
  open(request: Omit<ApiRequest<never>, 'read' | 'repeatable'>): Promise<AsyncIterable<Buffer>>;
  connection(): Promise<Connection>;
  /** For what is sent beside `send` and may be quiet for long: looks meanwhile whether the server still answers. */
  listen<T>(request: Asked, during: () => Promise<T>): Promise<T>;
  /** See ApiClientParts: for what is sent beside `send`. */
  readonly sending: (() => void) | undefined;
}

/** When this cluster last failed to answer. */
interface Health {
  troubleAtMs: number;
}

type Parts = ApiClientParts & { readonly health: Health; readonly livenessProbe: LivenessProbe };

type Asked = Omit<RequestSubject, 'clusterName'>;

/** What a stream may be quiet for in any case: the liveness probe says whether its server still answers. */
const STREAM_MS = 15_000;

/** The one way to a cluster's API: credentials, limiter, completeness, error codes and retries. */
export function createApiClient(given: ApiClientParts): ApiClient {
  const livenessProbe = createLivenessProbe((signal) => askForLife(given, signal));
  const parts: Parts = { ...given, health: { troubleAtMs: Number.NEGATIVE_INFINITY }, livenessProbe };
  return {
    clusterName: parts.clusterName,
    logger: parts.logger,
    send: (request) => sendWithRetries(parts, request),
    open: (request) => openStream(parts, request),
    connection: () => parts.connections.current(),
    listen: (request, during) => listen(parts, request, during),
    sending: parts.sending,
  };
}

async function sendWithRetries<T>(parts: Parts, request: ApiRequest<T>): Promise<T> {
  const { deadlineMs } = request.brief === true ? briefPolicy : parts.policy;
  const lastMs = request.brief === true ? BRIEF_ATTEMPT_MS : ANSWER_TIMEOUT_MS;
  const followed = follow(parts, request, deadlineMs + lastMs);
  try {
    return await sendFollowed(parts, request, followed);
  } finally {
    followed?.ended();
  }
}

function follow(
  { clusterName, connections, followRequest }: ApiClientParts,
  asked: Asked,
  failsAfterMs: number
): RequestFollower | undefined {
  return followAnswers({ clusterName, server: connections.server, followRequest }, asked, failsAfterMs);
}

async function sendFollowed<T>(
  parts: Parts,
  request: ApiRequest<T>,
  followed: RequestFollower | undefined
): Promise<T> {
  const startedAtMs = performance.now();
  const failures = new Map<RetryKind, number>();
  let renewed = false;
  for (;;) {
    const attemptedAtMs = performance.now();
    const outcome = await attempt(parts, request, followed);
    if ('value' in outcome) {
      followed?.answered();
      return outcome.value;
    }
    const { connection } = outcome;
    const failure = inView(parts, outcome.failure);
    if (failure.error.code === 'CLUSTER_CREDENTIALS_EXPIRED' && connection !== undefined && !renewed) {
      renewed = true;
      parts.logger?.debug(
        { cluster: parts.clusterName, subject: request.subject },
        'credentials rejected, reading them again'
      );
      await parts.connections.renew(connection);
      continue;
    }
    const count = (failures.get(failure.kind) ?? 0) + 1;
    failures.set(failure.kind, count);
    const isBrief = request.brief === true && failure.kind === 'transient';
    const policy = isBrief ? { ...parts.policy, ...briefPolicy } : parts.policy;
    const endedAtMs = performance.now();
    const question = {
      kind: failure.mayHaveHappened && !request.repeatable ? 'never' : failure.kind,
      failures: count,
      elapsedMs: endedAtMs - startedAtMs,
      retryAfterMs: failure.retryAfterMs,
      random: Math.random(),
    };
    const remainingMs = attemptsRemainingMs(policy, { ...question, attemptMs: endedAtMs - attemptedAtMs });
    notifyFailure(followed, { failure, isAnswered: connection !== undefined, remainingMs });
    const answer = nextAttempt(policy, question);
    if (answer === undefined) throw failure.error;
    const { delayMs, attemptsMax } = answer;
    const subject = `${request.subject} on cluster ${parts.clusterName}`;
    parts.onRetry?.({ subject, code: failure.error.code, attempt: count, attemptsMax, delayMs });
    await pause(delayMs, request.signal);
  }
}

type Outcome<T> = { readonly value: T } | { readonly failure: Failure; readonly connection: Connection | undefined };

async function attempt<T>(
  parts: ApiClientParts,
  request: ApiRequest<T>,
  followed: RequestFollower | undefined
): Promise<Outcome<T>> {
  const { clusterName } = parts;
  const subject: RequestSubject = { clusterName, action: request.action, subject: request.subject };
  let connection: Connection | undefined;
  const place = await parts.limiter.enter(request.signal);
  let throttled: { retryAfterMs: number } | undefined;
  let kind: string | undefined;
  let answered = false;
  const limit = request.brief === true ? AbortSignal.timeout(BRIEF_ATTEMPT_MS) : undefined;
  try {
    followed?.sent('its credentials are being read');
    connection = await parts.connections.current();
    followed?.sent();
    const answer = await within(limit, exchange(parts, { connection, request: limitedBy(request, limit), followed }));
    answered = answer.status < 500;
    if (succeeded(answer.status) || request.understands?.(answer) === true) {
      ({ kind } = request);
      return { value: request.read(answer) };
    }
    const failure = classifyRefusal(readRefusal(answer), subject);
    if (failure.kind === 'throttled') throttled = { retryAfterMs: failure.retryAfterMs ?? 1_000 };
    return { failure, connection };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof ResponseTooLarge) throw error;
    if (error instanceof NotSent) throw error.cause;
    const cause = limit?.aborted === true ? noAnswer(error) : error;
    const asked = connection === undefined ? subject : { ...subject, route: connection.route };
    return { failure: classifyConnectionFailure(cause, asked), connection: undefined };
  } finally {
    place.leave({ throttled, kind, answered });
  }
}

/**
 * A 403 means one thing from a server that is well and another from one that was away a moment ago: it answers before
 * its authorizer has read the roles and refuses everybody. So it is asked again, for a while.
 */
function inView({ health, policy }: Parts, failure: Failure): Failure {
  const nowMs = performance.now();
  if (failure.kind === 'transient') health.troubleAtMs = nowMs;
  const isJustBack = nowMs - health.troubleAtMs < policy.justBackWaitMs;
  return failure.error.code === 'CLUSTER_FORBIDDEN' && isJustBack ? { ...failure, kind: 'justBack' } : failure;
}

function limitedBy<T>(request: ApiRequest<T>, limit: AbortSignal | undefined): ApiRequest<T> {
  if (limit === undefined) return request;
  return { ...request, signal: request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]) };
}

/** Beside the signal: a connection that is just being made does not listen to it. */
function within<T>(limit: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (limit === undefined) return work;
  const over = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(noAnswer(limit.reason)), { once: true });
  });
  return Promise.race([work, over]);
}

function noAnswer(cause: unknown): Error {
  const message = `no response within ${BRIEF_ATTEMPT_MS / 1000} s`;
  return Object.assign(new Error(message, { cause }), { code: 'ETIMEDOUT' });
}

function dispatch(
  { sending }: Pick<ApiClientParts, 'sending'>,
  connection: Connection,
  request: Omit<ApiRequest<never>, 'read' | 'repeatable'>
): Promise<Dispatcher.ResponseData> {
  return connection.dispatcher.request({
    origin: connection.origin,
    path: `${connection.pathPrefix}${request.path}${queryString(request.query ?? {})}`,
    method: request.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'landfall',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
      ...connection.headers,
    },
    body: request.body ?? null,
    signal: request.signal ?? null,
    // Bound to its caller: a connection calls back in a context of its own.
    ...(sending === undefined || request.method === 'GET' ? {} : { [beforeSend]: AsyncResource.bind(sending) }),
  });
}

/** What goes over one connection once: a request, and who follows its answer. */
interface Exchange {
  readonly connection: Connection;
  readonly request: ApiRequest<unknown>;
  readonly followed: RequestFollower | undefined;
}

async function exchange(parts: ApiClientParts, { connection, request, followed }: Exchange): Promise<ApiAnswer> {
  const sentAtMs = Date.now();
  const response = await dispatch(parts, connection, request as ApiRequest<never>);
  const atMs = (sentAtMs + Date.now()) / 2;
  const body = await collect(response.body, request.bytesMax ?? Number.POSITIVE_INFINITY, followed);
  return { status: response.statusCode, headers: response.headers, body, atMs };
}

/** Events instead of `for await`: the iterator costs as much as the rest of a small request. */
function collect(body: Readable, bytesMax: number, followed?: RequestFollower): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      followed?.received();
      // Ends the connection with it: the rest of the answer is on its way.
      if (bytes > bytesMax) body.destroy(new ResponseTooLarge());
    });
    body.on('error', reject);
    // Always a copy: a chunk is a view of a 64 KiB read buffer, which a kept 1 KiB object would keep alive.
    let ended = false;
    body.on('end', () => {
      ended = true;
      resolve(Buffer.concat(chunks, bytes));
    });
    // Closes after every answer; an error that nobody sees would still cost its stack.
    body.on('close', () => {
      if (!ended) reject(new IncompleteJson('the connection was closed', bytes));
    });
  });
}

async function openStream(
  parts: Parts,
  request: Omit<ApiRequest<never>, 'read' | 'repeatable'>
): Promise<AsyncIterable<Buffer>> {
  const subject: RequestSubject = { clusterName: parts.clusterName, action: request.action, subject: request.subject };
  const followed = follow(parts, request, STREAM_MS);
  try {
    followed?.sent();
    const response = await dispatch(parts, await parts.connections.current(), request);
    followed?.answered();
    if (succeeded(response.statusCode)) return listened(parts, response.body, followed);
    const body = await collect(response.body, Number.POSITIVE_INFINITY);
    throw classifyRefusal(readRefusal({ status: response.statusCode, headers: response.headers, body }), subject).error;
  } catch (error) {
    followed?.ended();
    request.signal?.throwIfAborted();
    throw classifyConnectionFailure(error, subject).error;
  }
}

async function* listened(
  { livenessProbe }: Parts,
  body: AsyncIterable<Buffer>,
  followed: RequestFollower | undefined
): AsyncGenerator<Buffer> {
  const end = livenessProbe.begin();
  try {
    yield* body;
  } finally {
    end();
    followed?.ended();
  }
}

async function listen<T>(parts: Parts, request: Asked, during: () => Promise<T>): Promise<T> {
  const followed = follow(parts, request, STREAM_MS);
  const end = parts.livenessProbe.begin();
  try {
    return await during();
  } finally {
    end();
    followed?.ended();
  }
}

/** The smallest question there is, once: everybody may ask it. */
async function askForLife(parts: ApiClientParts, signal: AbortSignal): Promise<void> {
  const asked = { action: 'get', subject: '/version' };
  const request = { ...asked, method: 'GET', path: '/version', repeatable: true, brief: true, signal } as const;
  const followed = follow(parts, asked, BRIEF_ATTEMPT_MS);
  try {
    const outcome = await attempt<void>(parts, { ...request, read: () => undefined }, followed);
    if ('value' in outcome) followed?.answered();
    else
      notifyFailure(followed, {
        failure: outcome.failure,
        isAnswered: outcome.connection !== undefined,
        remainingMs: 0,
      });
  } finally {
    followed?.ended();
  }
}

function succeeded(status: number): boolean {
  return status >= 200 && status < 300;
}
