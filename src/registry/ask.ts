import type { ImageReference } from '../core/assess/image-reference.ts';

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
    return { url, problem: `it answers ${status} where a registry answers 200 or 401` };
  } catch (error) {
    signal.throwIfAborted();
    return { url, problem: `not reached from this worker (${reasonOf(error)})` };
  }
}

/** Asks for the manifest of an image, by digest where there is one. Tries each of the credentials; never throws. */
export async function askRegistry(
  { url }: Registry,
  image: ImageReference,
  credentials: readonly RegistryCredentials[],
  signal: AbortSignal
): Promise<RegistryAnswer> {
  const reference = image.digest === '' ? image.tag || 'latest' : image.digest;
  const target = `${url}/v2/${image.repository}/manifests/${reference}`;
  try {
    let denied = 401;
    for (const own of [undefined, ...credentials]) {
      const answer = await askAs(target, own, signal);
      if (answer.status === 404) return { kind: 'missing' };
      if (answer.status === 200) return { kind: 'found', architectures: architecturesOf(answer.body) };
      if (answer.status !== 401 && answer.status !== 403) return { kind: 'silent', why: `it answers ${answer.status}` };
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
  const token = await fetchToken(first.challenge, basic, signal);
  if (token === undefined) return first;
  return send(target, { accept: manifestTypes, authorization: `Bearer ${token}` }, signal);
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function fetchToken(
  challenge: string,
  basic: string | undefined,
  signal: AbortSignal
): Promise<string | undefined> {
  const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = URL.parse(field('realm') ?? '');
  // Credentials go to the realm a registry names: over TLS, or to a registry that is asked without TLS on purpose.
  if (realm === null || !['https:', 'http:'].includes(realm.protocol)) return undefined;
  for (const name of ['service', 'scope']) {
    const value = field(name);
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  const mayCarry = realm.protocol === 'https:' || realm.hostname === 'localhost' || realm.hostname === '127.0.0.1';
  const headers = basic === undefined || !mayCarry ? {} : { authorization: basic };
  const { status, body } = await send(realm.href, headers, signal);
  if (status !== 200) return undefined;
  const parsed = JSON.parse(body) as { token?: string; access_token?: string };
  return parsed.token ?? parsed.access_token;
}

async function send(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
  const answer = await fetch(url, { headers, signal: limit, redirect: 'follow' });
  const length = Number(answer.headers.get('content-length') ?? 0);
  const body = length > manifestBytesMax ? '' : await answer.text();
  return { status: answer.status, body, challenge: answer.headers.get('www-authenticate') ?? '' };
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
  if (!(error instanceof Error)) return 'no answer';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? `no answer within ${answerWithinMs / 1000} s` : error.message;
}
