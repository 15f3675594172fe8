import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { probeLocation } from '../../src/locations/probe.ts';
import type { Location } from '../../src/ports/location.ts';
import { forwardProxy, type ForwardProxy } from '../support/forward-proxy.ts';
import { quirkyStore } from '../support/quirky-store.ts';
import { certificateFor, onward, tlsFront } from '../support/tls-front.ts';
import { azureSpec, gcsSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

const bytes = Buffer.from('content');

async function opened(spec: LocationSpec): Promise<Location> {
  const location = await openLocation(spec, { retry: { attemptsMax: 1 } });
  onTestFinished(() => location.close());
  return location;
}

/** An address that leads nowhere but through the proxy (RFC 5737); Azurite takes the account from the path at addresses only. */
async function behindProxy(endpoint: string): Promise<{ readonly proxy: ForwardProxy; readonly named: string }> {
  const { hostname, port, pathname } = new URL(endpoint);
  const proxy = await forwardProxy({ host: hostname, port: Number(port) });
  onTestFinished(() => proxy.close());
  return { proxy, named: `http://192.0.2.1:7070${pathname.replace(/\/$/, '')}` };
}

function environment(values: Readonly<Record<string, string>>): void {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, values[name] ?? '');
    vi.stubEnv(name.toLowerCase(), values[name.toLowerCase()] ?? '');
  }
  onTestFinished(() => void vi.unstubAllEnvs());
}

it('writes to a store that refuses the checksums of S3, and says what they are where they are sent', async () => {
  const spec = await s3Spec();
  const store = await quirkyStore(spec.endpoint ?? '', {
    refuse: ({ method, headers }) => {
      const name = Object.keys(headers).find((one) => /^x-amz-(?:checksum-|sdk-checksum|trailer)/.test(one));
      if (method !== 'PUT' || name === undefined) return undefined;
      return [400, 'InvalidArgument', `Unsupported header '${name}' received for this API call.`];
    },
  });
  onTestFinished(() => store.close());
  expect(await probeLocation(await opened({ ...spec, endpoint: store.url }))).toEqual([]);
  const sending = await opened({ ...spec, endpoint: store.url, checksums: 'always' });
  await expect(sending.create('k', bytes)).rejects.toMatchObject({
    code: 'LOCATION_REQUEST_REFUSED',
    detail: { fix: expect.stringContaining('checksums: required') as string },
  });
});

it.each([
  ['s3', s3Spec, { HTTP_PROXY: true }],
  ['s3, lower case', s3Spec, { http_proxy: true }],
  ['azure', azureSpec, { HTTP_PROXY: true }],
  ['gcs', gcsSpec, { HTTP_PROXY: true }],
])('reaches %s through the proxy of the environment', async (_name, specOf, which) => {
  const spec = await specOf();
  const { proxy, named } = await behindProxy(spec.endpoint ?? '');
  const variable = Object.keys(which)[0] ?? '';
  environment({ [variable]: proxy.url });
  const location = await opened({ ...spec, endpoint: named });
  expect(await location.create('k', bytes)).toBe('created');
  expect(Buffer.from(await location.read('k')).toString()).toBe('content');
  expect(proxy.requests.length).toBeGreaterThan(1);
  expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('user:swordfish').toString('base64')}`);
});

it.each([
  ['s3', s3Spec],
  ['azure', azureSpec],
  ['gcs', gcsSpec],
])('says of %s that a proxy is set and not used, or that one was, and never its password', async (_name, specOf) => {
  const spec = await specOf();
  const { proxy, named } = await behindProxy(spec.endpoint ?? '');
  environment({ HTTP_PROXY: proxy.url, NO_PROXY: '192.0.2.0/24' });
  const failure = async (): Promise<string> =>
    (await opened({ ...spec, endpoint: named })).read('k').then(
      () => 'read',
      (error: { detail: { code: string; why: string } }) => `${error.detail.code} ${error.detail.why}`
    );
  expect(await failure()).toMatch(/^LOCATION_UNREACHABLE .*directly, because NO_PROXY exempts 192\.0\.2\.1/);
  environment({ HTTP_PROXY: 'http://user:swordfish@127.0.0.1:1' });
  const through = await failure();
  expect(through).toMatch(/^LOCATION_UNREACHABLE .*through the proxy http:\/\/127\.0\.0\.1:1 of HTTP_PROXY/);
  expect(through).not.toContain('swordfish');
});

async function listening(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it.each([
  ['s3', s3Spec],
  ['azure', azureSpec],
  ['gcs', gcsSpec],
])('reaches %s at an address of IPv6', async (name, specOf) => {
  const spec = await specOf();
  const { pathname, host } = new URL(spec.endpoint ?? '');
  // S3 signs the host; Azurite does not read one of IPv6.
  const shown = name === 's3' ? undefined : host;
  const port = await listening(createServer(onward(spec.endpoint ?? '', shown)), '::1');
  const location = await opened({ ...spec, endpoint: `http://[::1]:${port}${pathname.replace(/\/$/, '')}` });
  expect(await probeLocation(location)).toEqual([]);
});

it.each([
  ['s3', s3Spec],
  ['gcs', gcsSpec],
])(
  'trusts for %s the authority that the Location names, directly and through a proxy, and says when it trusts none',
  async (_name, specOf) => {
    const certificate = certificateFor(['DNS:store.landfall.test', 'IP:127.0.0.1'], temporaryDirectory('authority'));
    const { cert, key } = certificate;
    const spec = await specOf();
    const { port, close } = await tlsFront(spec.endpoint ?? '', certificate);
    onTestFinished(close);
    const direct = { ...spec, endpoint: `https://127.0.0.1:${port}` };
    await expect((await opened(direct)).create('k', bytes)).rejects.toMatchObject({
      code: 'LOCATION_UNREACHABLE',
      detail: { why: expect.stringContaining('not trusted') as string },
    });
    expect(await (await opened({ ...direct, caFile: cert })).create('k', bytes)).toBe('created');
    await expect(openLocation({ ...direct, caFile: key })).rejects.toMatchObject({ code: 'LOCATION_CREDENTIALS' });
    const proxy = await forwardProxy({ host: '127.0.0.1', port });
    onTestFinished(() => proxy.close());
    environment({ HTTPS_PROXY: proxy.url });
    const named = await opened({ ...spec, endpoint: 'https://store.landfall.test:7443', caFile: cert });
    expect(await named.create('named', bytes)).toBe('created');
    expect(proxy.requests).toEqual(['CONNECT store.landfall.test:7443']);
  }
);
