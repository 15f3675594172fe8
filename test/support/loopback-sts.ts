import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resigned } from './resign.ts';
import { onward } from './tls-front.ts';

/** A role, and whom its trust policy names. */
export interface TrustedRole {
  readonly externalId?: string;
  /** Ids of the access keys that may assume it. */
  readonly keys?: readonly string[];
  /** Tokens that may be exchanged for it. */
  readonly tokens?: readonly string[];
}

/** Keys that a store knows, and how long sessions made of them are good for. */
export interface IssuedKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  sessionMs: number;
}

/** A token service on loopback, and a way to a store that asks for its sessions. */
export interface LoopbackSts {
  readonly url: string;
  /** Parameters of the requests, in the order they came. */
  readonly asked: readonly URLSearchParams[];
  /** By ARN; may be changed while it runs. */
  readonly roles: Map<string, TrustedRole>;
  /** Ends every session it has issued. */
  revoke(): void;
  /** Serves what is at an address to requests with a session that has not ended, as AWS does. */
  guard(endpoint: string): Promise<string>;
  close(): void;
}

/**
 * The answers of AWS STS to AssumeRole and AssumeRoleWithWebIdentity, in the words of its API reference. Signatures are not
 * computed again: who asks is taken from the credential scope of the request.
 */
export async function loopbackSts(keys: IssuedKeys): Promise<LoopbackSts> {
  const asked: URLSearchParams[] = [];
  const roles = new Map<string, TrustedRole>();
  const sessions = new Map<string, number>();
  const servers: ReturnType<typeof createServer>[] = [];
  const listen = async (server: ReturnType<typeof createServer>): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const issue = (): string => {
    const [token, end] = [`session-${randomUUID()}`, Date.now() + keys.sessionMs];
    sessions.set(token, end);
    return `<Credentials><AccessKeyId>${keys.accessKeyId}</AccessKeyId><SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
      <SessionToken>${token}</SessionToken><Expiration>${new Date(end).toISOString()}</Expiration></Credentials>`;
  };
  const url = await listen(
    createServer((request, response) => {
      void textOf(request).then((body) => {
        const wanted = new URLSearchParams(body);
        asked.push(wanted);
        answer(response, refusalOf(wanted, { request, roles }) ?? { action: wanted.get('Action') ?? '', issue });
      });
    })
  );
  return {
    ...{ url, asked, roles },
    revoke: () => sessions.clear(),
    guard: (endpoint) => {
      const onwards = onward(endpoint);
      return listen(
        createServer((request, response) => {
          const end = sessions.get(String(request.headers['x-amz-security-token'])) ?? 0;
          if (end > Date.now()) {
            const { method = '', url: path = '', headers } = request;
            request.headers = resigned({ method, path, headers, keys });
            return onwards(request, response);
          }
          request.resume();
          response.writeHead(400, { 'content-type': 'application/xml' });
          return response.end(
            '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>'
          );
        })
      );
    },
    close: () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function refusalOf(
  wanted: URLSearchParams,
  { request, roles }: { readonly request: IncomingMessage; readonly roles: ReadonlyMap<string, TrustedRole> }
): Refusal | undefined {
  const arn = wanted.get('RoleArn') ?? '';
  const role = roles.get(arn);
  if (wanted.get('Action') === 'AssumeRoleWithWebIdentity') {
    const token = wanted.get('WebIdentityToken') ?? '';
    if (token.startsWith('expired'))
      return {
        status: 400,
        code: 'ExpiredTokenException',
        message: 'Token expired: current date/time must be before the expiration',
      };
    if (role?.tokens?.includes(token) === true) return undefined;
    return { status: 403, code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
  }
  const key = /Credential=([^/]+)\//u.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const isTrusted = role?.keys?.includes(key) === true && (wanted.get('ExternalId') ?? undefined) === role.externalId;
  if (isTrusted) return undefined;
  const message = `User: ${key} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  return { status: 403, code: 'AccessDenied', message };
}

function answer(
  response: ServerResponse,
  what: Refusal | { readonly action: string; readonly issue: () => string }
): void {
  const metadata = `<RequestId>${randomUUID()}</RequestId>`;
  if ('code' in what) {
    response.writeHead(what.status, { 'content-type': 'text/xml' });
    response.end(`<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${what.code}</Code>
      <Message>${what.message}</Message></Error>${metadata}</ErrorResponse>`);
    return;
  }
  const { action, issue } = what;
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(`<${action}Response xmlns="${namespace}"><${action}Result>${issue()}</${action}Result>
    <ResponseMetadata>${metadata}</ResponseMetadata></${action}Response>`);
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
