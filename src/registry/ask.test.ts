import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { askRegistry, openRegistry } from './ask.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

interface Loopback {
  readonly url: string;
  readonly seen: IncomingMessage[];
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Loopback> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const { signal } = new AbortController();
const image = { registry: 'r', repository: 'shop/web', tag: '1', digest: '' } as never;
const own = [{ user: 'eve', password: 'swordfish' }];
const ask = (url: string) => askRegistry({ url, problem: '' }, image, { credentials: own, signal });

it('gives credentials to the realm of the registry itself, and to no other without TLS', async () => {
  const other = await serve((_, response) => response.end('{"token":"stolen"}'));
  let realm = '';
  const registry = await serve((request, response) => {
    if (request.url?.startsWith('/token') === true) return response.end('{"token":"good"}');
    if (request.headers.authorization === 'Bearer good') return response.end('{}');
    return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}/token",service="s"` }).end();
  });
  realm = other.url;
  expect(await ask(registry.url)).toEqual({ kind: 'denied', status: 401 });
  expect(other.seen).toHaveLength(0);
  realm = registry.url;
  expect(await ask(registry.url)).toEqual({ kind: 'found', architectures: [] });
});

it('follows a redirect without what authenticates, and not for ever', async () => {
  const store = await serve((_, response) => response.end('{"manifests":[{"platform":{"architecture":"arm64"}}]}'));
  const registry = await serve((request, response) => {
    const location = request.headers.authorization === undefined ? '' : `${store.url}/blob`;
    return location === '' ? response.writeHead(401).end() : response.writeHead(307, { location }).end();
  });
  expect(await ask(registry.url)).toEqual({ kind: 'found', architectures: ['arm64'] });
  expect(store.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  const circle = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
  expect(await ask(circle.url)).toMatchObject({ kind: 'silent', why: 'it redirects more than 3 times' });
  expect(circle.seen.length).toBe(4);
});

it('reads no body without end', async () => {
  const endless = await serve((_, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(256 * 1024, ' ')));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  });
  expect(await ask(endless.url)).toEqual({ kind: 'found', architectures: [] });
});

it('says that a registry is not reached', async () => {
  expect((await openRegistry('r', 'http://127.0.0.1:1', signal)).problem).toContain('ECONNREFUSED');
});
