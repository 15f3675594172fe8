import { Agent, ProxyAgent, request } from 'undici';
import type { ImageReference } from '../core/image-reference.ts';
import { proxyFor } from '../host/proxy.ts';

/** A registry as this worker reaches it (OCI distribution specification 1.1, `/v2/`). */
export interface Registry {
  /** `https://host[:port]`, without a slash at the end. */
  readonly url: string;
  /** Why it cannot be asked; '' when it can. */
  readonly problem: string;
}

export type RegistryAnswer =
  | { readonly kind: 'found'; readonly architectures: readonly string[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied'; readonly status: number }
  /** It says nothing about the image: unreachable, throttled, broken. */
  | { readonly kind: 'silent'; readonly why: string };

export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

const answerWithinMs = 5_000;
const manifestBytesMax = 4 * 1024 * 1024;
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Finds out whether a registry answers, at its own address or at the one the file gives for it. */
export async function openRegistry(
  registry: string,
  address: string | undefined,
  signal: AbortSignal
): Promise<Registry> {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = (address ?? `https://${host}`).replace(/\/+$/, '');
  try {
    const { status } = await send(`${url}/v2/`, {}, signal);
    if (status === 200 || status === 401) return { url, problem: '' };
    return { url, problem: `it returns ${status} where a registry returns 200 or 401` };
  } catch (error) {
    signal.throwIfAborted();
    const { text } = proxyFor(new URL(url));
    const route = text === '' ? '' : `, asked ${text}`;
    return { url, problem: `not reached from this worker (${reasonOf(error)}${route})` };
  }
}

/** Asks for the manifest of an image, by digest where there is one. Tries each of the credentials; never throws. */
export async function askRegistry(
  { url }: Registry,
  image: ImageReference,
  { credentials, signal }: { readonly credentials: readonly RegistryCredentials[]; readonly signal: AbortSignal }
): Promise<RegistryAnswer> {
  const reference = image.digest === '' ? image.tag || 'latest' : image.digest;
  const target = `${url}/v2/${image.repository}/manifests/${reference}`;
  try {
    let denied = 401;
    for (const own of [undefined, ...credentials]) {
      const answer = await askAs(target, own, signal);
      if (answer.status === 404) return { kind: 'missing' };
      if (answer.status === 200) return { kind: 'found', architectures: architecturesOf(answer.body) };
      if (answer.status !== 401 && answer.status !== 403) return { kind: 'silent', why: `it returns ${answer.status}` };
      denied = answer.status;
    }
    return { kind: 'denied', status: denied };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'silent', why: reasonOf(error) };
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly challenge: string;
}

async function askAs(target: string, own: RegistryCredentials | undefined, signal: AbortSignal): Promise<Answer> {
  const basic = own === undefined ? undefined : basicOf(own);
  const first = await send(target, { accept: manifestTypes, ...(basic && { authorization: basic }) }, signal);
  if (first.status !== 401 || !/^bearer /i.test(first.challenge)) return first;
  const token = await fetchToken(target, { challenge: first.challenge, basic }, signal);
  if (token === undefined) return first;
  return send(target, { accept: manifestTypes, authorization: `Bearer ${token}` }, signal);
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function fetchToken(
  target: string,
  { challenge, basic }: { readonly challenge: string; readonly basic: string | undefined },
  signal: AbortSignal
): Promise<string | undefined> {
  const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = URL.parse(field('realm') ?? '');
  // A registry names whatever realm it likes: over TLS, or itself where it is asked without TLS on purpose.
  if (realm === null || realm.username !== '' || !(realm.protocol === 'https:' || isSame(realm, new URL(target))))
    return undefined;
  for (const name of ['service', 'scope']) {
    const value = field(name);
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  const { status, body } = await send(realm.href, basic === undefined ? {} : { authorization: basic }, signal);
  if (status !== 200) return undefined;
  const parsed = JSON.parse(body) as { token?: unknown; access_token?: unknown };
  const token = parsed.token ?? parsed.access_token;
  return typeof token === 'string' ? token : undefined;
}

function isSame(left: URL, right: URL): boolean {
  return left.protocol === right.protocol && left.host === right.host;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const redirectsMax = 3;

/** Follows a few redirects, never from TLS to none; what authenticates goes to the host it is for and no other. */
async function send(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
  let at = new URL(url);
  let own = headers;
  for (let followed = 0; ; followed += 1) {
    const answer = await ask(at, own, limit);
    const { location } = answer;
    if (!redirects.has(answer.status) || location === '') return answer;
    const next = URL.parse(location, at.href);
    if (next === null || !['http:', 'https:'].includes(next.protocol))
      throw new Error('it redirects without an address');
    if (at.protocol === 'https:' && next.protocol === 'http:') throw new Error('it redirects from https to http');
    if (followed === redirectsMax) throw new Error(`it redirects more than ${redirectsMax} times`);
    if (!isSame(at, next)) own = Object.fromEntries(Object.entries(own).filter(([name]) => name !== 'authorization'));
    at = next;
  }
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal
): Promise<Answer & { readonly location: string }> {
  const { proxy } = proxyFor(url);
  const dispatcher = proxy === undefined ? new Agent() : new ProxyAgent(proxy.href);
  try {
    const answer = await request(url, { headers, signal, dispatcher });
    const text = (name: string): string => String(answer.headers[name] ?? '');
    const body = await bounded(answer.body);
    return { status: answer.statusCode, body, challenge: text('www-authenticate'), location: text('location') };
  } finally {
    void dispatcher.destroy();
  }
}

/** A body of any length is read up to a bound; what is longer is no manifest. */
async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > manifestBytesMax) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Architectures of an index; empty for a manifest of one platform, whose own is in another object. */
function architecturesOf(body: string): readonly string[] {
  try {
    const { manifests = [] } = JSON.parse(body) as {
      manifests?: readonly { platform?: { architecture?: string } }[];
    };
    const names = manifests.flatMap(({ platform }) => platform?.architecture ?? []);
    return [...new Set(names)].filter((name) => name !== 'unknown').sort();
  } catch {
    return [];
  }
}

function basicOf({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no response';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? `no response within ${answerWithinMs / 1000} s` : error.message;
}
