import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a repository answers: an index of architectures, `denied` or nothing. */
export type Repositories = Readonly<Record<string, readonly string[] | 'denied'>>;

/** A registry on loopback that speaks as much of `/v2/` as a pull begins with, by fixed answers. */
export async function startRegistry(repositories: Repositories): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const [, repository] = /^\/v2\/(.+)\/manifests\/[^/]+$/.exec(request.url ?? '') ?? [];
    if (repository === undefined) return void response.writeHead(request.url === '/v2/' ? 200 : 404).end();
    const known = repositories[repository];
    if (known === undefined) return void response.writeHead(404).end();
    if (known === 'denied') return void response.writeHead(403).end();
    const manifests = known.map((architecture) => ({ platform: { os: 'linux', architecture } }));
    response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' });
    response.end(JSON.stringify({ schemaVersion: 2, manifests }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
