import { createVerify, generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openLocation } from '../../src/locations/open-location.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { certificateFor, onward } from '../support/tls-front.ts';
import { cannedServer } from './location-canned-server.ts';
import { bytes, expectError, opened, secret } from './location-failures.ts';
import { gcsSpec, temporaryDirectory } from './location-servers.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

function credentials(content: object | string): { readonly file: string } {
  const file = join(temporaryDirectory('gcs'), 'credentials.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return { file };
}

function serviceAccount(more: object = {}): { readonly file: string } {
  return credentials({
    ...{ type: 'service_account', project_id: 'p', private_key_id: 'k1', private_key: pem },
    ...{ client_email: 'mover@p.iam.gserviceaccount.com', token_uri: 'https://oauth2.googleapis.com/token', ...more },
  });
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The lab's store, taking only requests with one of these tokens, as Google does. */
async function guarded(endpoint: string, tokens: readonly string[]): Promise<string> {
  const onwards = onward(endpoint);
  const server = createServer((request, response) => {
    const { headers } = request;
    if (!tokens.some((token) => headers.authorization === `Bearer ${token}`)) {
      request.resume();
      response.writeHead(401, { 'content-type': 'application/json' });
      const errors = [{ reason: 'authError', message: `Invalid ${headers.authorization}` }];
      return response.end(
        JSON.stringify({ error: { code: 401, message: `Invalid ${headers.authorization}`, errors } })
      );
    }
    return onwards(request, response);
  });
  return `http://${await listening(server)}`;
}

interface TokenServer {
  /** A certificate for Google's server of tokens. */
  readonly caFile: string;
  /** What came, decoded. */
  readonly asked: readonly URLSearchParams[];
  /** `CONNECT host:port`, one for each connection through the proxy. */
  readonly connects: readonly string[];
}

/** Stands where Google's server of tokens is, behind the proxy of the environment. */
async function googleTokens(answers: readonly (readonly [status: number, body: object])[]): Promise<TokenServer> {
  const { cert, key } = certificateFor(['DNS:oauth2.googleapis.com'], temporaryDirectory('authority'));
  const asked: URLSearchParams[] = [];
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const [status, answer] = answers[Math.min(asked.length, answers.length - 1)] ?? [500, {}];
      asked.push(new URLSearchParams(body));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  const [host = '', port] = (await listening(server)).split(':');
  const proxy = await forwardProxy({ host, port: Number(port) });
  onTestFinished(() => proxy.close());
  for (const name of ['HTTP_PROXY', 'NO_PROXY']) for (const one of [name, name.toLowerCase()]) vi.stubEnv(one, '');
  vi.stubEnv('https_proxy', '');
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { caFile: cert, asked, connects: proxy.requests };
}

const token = (name: string): object => ({ access_token: name, token_type: 'Bearer', expires_in: 3_600 });

it('asks Google for a token with the key of a service account, through the proxy and with the authorities of the Location', async () => {
  const spec = await gcsSpec();
  const tokens = await googleTokens([[200, token('ya29.first')]]);
  const endpoint = await guarded(spec.endpoint ?? '', ['ya29.first']);
  const { anonymous: _, ...named } = { ...spec, endpoint, caFile: tokens.caFile, credentials: serviceAccount() };
  const location = await opened(named);
  expect(await location.create('k', bytes)).toBe('created');
  expect(Buffer.from(await location.read('k')).toString()).toBe('content');
  // One token for all requests.
  expect(tokens.asked).toHaveLength(1);
  expect(tokens.connects).toEqual(['CONNECT oauth2.googleapis.com:443']);
  const [head = '', claims = '', signature = ''] = (tokens.asked[0]?.get('assertion') ?? '').split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: 'mover@p.iam.gserviceaccount.com',
    aud: 'https://oauth2.googleapis.com/token',
  });
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  expect(verify.verify(publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
});

it('exchanges the token of an external identity, read from its file each time, for one of Google', async () => {
  const spec = await gcsSpec();
  const sts = await cannedServer();
  onTestFinished(() => sts.close());
  const issued = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', ...token('ya29.federated') };
  sts.answer({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(issued) });
  const subject = join(temporaryDirectory('identity'), 'token');
  writeFileSync(subject, 'the token that the cluster gave');
  const external = credentials({
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${sts.url}/v1/token`,
    credential_source: { file: subject },
  });
  const endpoint = await guarded(spec.endpoint ?? '', ['ya29.federated']);
  const { anonymous: _, ...named } = { ...spec, endpoint, credentials: external };
  expect(await (await opened(named)).create('k', bytes)).toBe('created');
  // The same by the variable that all tools of Google read.
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', external.file);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { credentials: __, ...byDefault } = named;
  expect(await (await opened(byDefault)).create('k', bytes)).toBe('exists');
  sts.answer({
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: 'invalid_grant', error_description: 'ID Token issued at 1 is stale to sign-in.' }),
  });
  await expectError((await opened(named)).create('other', bytes), 'LOCATION_CREDENTIALS', 'invalid_grant');
  rmSync(subject);
  await expectError((await opened(named)).create('other', bytes), 'LOCATION_CREDENTIALS', 'does not exist');
});

it.each([
  ['Invalid JWT Signature.', 'LOCATION_CREDENTIALS'],
  ['Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.', 'CLOCK_SKEW'],
] as const)('says when Google gives no token: %s', async (description, code) => {
  const spec = await gcsSpec();
  const tokens = await googleTokens([[400, { error: 'invalid_grant', error_description: description }]]);
  const { anonymous: _, ...named } = { ...spec, caFile: tokens.caFile, credentials: serviceAccount() };
  await expectError((await opened(named)).create('k', bytes), code, `invalid_grant: ${description.slice(0, 11)}`);
});

it('asks for a new token when the store refuses the one it has', async () => {
  const spec = await gcsSpec();
  const tokens = await googleTokens([
    [200, token('ya29.revoked')],
    [200, token('ya29.new')],
  ]);
  const endpoint = await guarded(spec.endpoint ?? '', ['ya29.new']);
  const { anonymous: _, ...named } = { ...spec, endpoint, caFile: tokens.caFile, credentials: serviceAccount() };
  const location = await opened(named);
  await expectError(location.create('k', bytes), 'LOCATION_CREDENTIALS', '401');
  expect(await location.create('k', bytes)).toBe('created');
});

it('says that Google cannot be reached for a token, and by which way', async () => {
  const spec = await gcsSpec();
  vi.stubEnv('HTTPS_PROXY', 'http://user:swordfish@127.0.0.1:1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { anonymous: _, ...named } = { ...spec, credentials: serviceAccount() };
  await expectError((await opened(named)).create('k', bytes), 'LOCATION_UNREACHABLE', 'no connection');
});

it('names a credentials file that is not there, or none', async () => {
  const { anonymous: _, ...spec } = await gcsSpec();
  const open = (credentialsOf: { readonly file: string }): Promise<unknown> =>
    openLocation({ ...spec, credentials: credentialsOf });
  await expectError(open({ file: '/nonexistent/key.json' }), 'LOCATION_CREDENTIALS');
  await expectError(open(credentials(`not JSON ${secret}`)), 'LOCATION_CREDENTIALS', 'no JSON object with a type');
  await expectError(open(credentials({ private_key: secret })), 'LOCATION_CREDENTIALS', 'no JSON object with a type');
  await expectError(open(credentials({ type: 'service_account' })), 'LOCATION_CREDENTIALS', 'has no client_email');
  await expectError(open(credentials({ type: 'gdch_service_account' })), 'LOCATION_CREDENTIALS', 'none that Landfall');
  const program = { type: 'external_account', credential_source: { executable: { command: '/bin/true' } } };
  await expectError(open(credentials(program)), 'LOCATION_CREDENTIALS', 'would run a program');
  const broken = serviceAccount({ private_key: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n` });
  const location = await opened({ ...spec, credentials: broken });
  await expectError(location.read('k'), 'LOCATION_CREDENTIALS');
});
