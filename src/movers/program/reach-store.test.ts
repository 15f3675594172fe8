import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { reachStore } from './reach-store.ts';

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (listener: RequestListener): Promise<string> => listening(createServer(listener));

test('any answer of a store will do, directly and through a proxy', async () => {
  const asked: (string | undefined)[] = [];
  const url = await answering((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(403).end();
  });
  await reachStore(url, {});
  await reachStore('http://store.landfall.test', { proxy: url });
  expect(asked).toEqual(['HEAD /', 'HEAD http://store.landfall.test/']);
});

test('a store that does not answer has its code and its reason', async () => {
  const refused = { code: 'LOCATION_UNREACHABLE', detail: { why: 'no connection (ECONNREFUSED)' } };
  await expect(reachStore('http://127.0.0.1:9', {})).rejects.toMatchObject(refused);
  await expect(reachStore('https://127.0.0.1:9', {})).rejects.toMatchObject(refused);
  const silent = await listening(createRawServer((socket) => onTestFinished(() => void socket.destroy())));
  await expect(reachStore(silent, {}, 200)).rejects.toMatchObject({
    code: 'LOCATION_UNREACHABLE',
    detail: { why: 'no response in time' },
  });
});
