import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { parse } from 'yaml';

/** What a bare client needs of a kubeconfig with certificates. */
interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

/** A keep-alive pool to one API server and nothing else: no retries, no checks, no parsing. The floor stands on it. */
export interface BareApi {
  send(
    method: 'GET' | 'POST',
    path: string,
    body?: string
  ): Promise<{ readonly status: number; readonly body: Buffer }>;
  close(): Promise<void>;
}

/** Connections of the pool; the number the cluster port opens. */
export const bareConnections = 48;

export function openBareApi(kubeconfigFile: string): BareApi {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
  const pem = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const pool = new Pool(cluster.server, {
    connections: bareConnections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    },
  });
  return {
    async send(method, path, body) {
      const response = await pool.request({
        method,
        path,
        headers: { accept: 'application/json', 'user-agent': 'bench-floor', 'content-type': 'application/json' },
        body: body ?? null,
      });
      return { status: response.statusCode, body: await collect(response.body) };
    },
    close: () => pool.close(),
  };
}

function collect(body: NodeJS.ReadableStream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('error', reject);
    body.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

/** Runs `work` on the items, `parallel` at a time: what a pool does and no more. */
export async function inParallel<T>(
  items: Iterable<T>,
  parallel: number,
  work: (item: T) => Promise<void>
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}
