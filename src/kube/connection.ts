import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { openCredentials, type TlsMaterial } from './credentials.ts';
import { askBeforeSend } from './before-send.ts';
import { loadKubeconfig, type LoadedKubeconfig } from './kubeconfig.ts';

/** Everything a request needs to be sent as the user of the kubeconfig. */
export interface Connection {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Path of the server URL, '' or `/k8s/clusters/x`: API servers behind a gateway have one. */
  readonly pathPrefix: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** For messages about a server that does not answer: through which proxy, or that one is set and not used. */
  readonly route: string;
  /** Counts up with every reload of the kubeconfig. */
  readonly generation: number;
}

export interface Connections {
  /** Of the kubeconfig as it was opened. */
  readonly server: URL;
  /** The connection as of now: tokens are asked for again every few seconds, client-node renews the expired ones. */
  current(): Promise<Connection>;
  /** After a 401 with `stale`: reads the kubeconfig again and runs its plugin, once for all who ask at the same time. */
  renew(stale: Connection): Promise<Connection>;
  close(): Promise<void>;
}

/** Token files and plugins are asked at most this often; 401 asks at once. */
const CREDENTIALS_MAX_AGE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Below the idle timeout of cloud load balancers (60 s). */
const KEEP_ALIVE_MS = 30_000;
/** The API server ends requests itself after 60 s. */
export const ANSWER_TIMEOUT_MS = 75_000;
const CLOSE_GRACE_MS = 2_000;

/** Reads a kubeconfig, also again after a 401; may refuse it. */
export type LoadKubeconfig = (spec: ClusterSpec) => Promise<LoadedKubeconfig>;

/** Opens the connections of one cluster: one pool, rebuilt only when certificates change. Reads the kubeconfig. */
export async function openConnections(
  spec: ClusterSpec,
  connectionsMax: number,
  load: LoadKubeconfig = loadKubeconfig
): Promise<Connections> {
  let loaded = await load(spec);
  let credentials = openCredentials(spec, loaded);
  let generation = 0;
  let poolKey = '';
  let pool: Dispatcher | undefined;
  let cached: { readonly connection: Connection; readonly atMs: number } | undefined;
  let pending: Promise<Connection> | undefined;

  async function build(): Promise<Connection> {
    const { headers, tls } = await credentials();
    const key = JSON.stringify([tls, loaded.proxyUrl]);
    if (pool === undefined || key !== poolKey) {
      // Requests under way finish on the old pool.
      void pool?.close();
      pool = createPool(loaded, tls, connectionsMax);
      poolKey = key;
    }
    const { origin, pathname } = loaded.server;
    const pathPrefix = pathname.replace(/\/+$/, '');
    return {
      dispatcher: pool,
      origin,
      pathPrefix,
      headers,
      route: loaded.route,
      generation,
    };
  }

  function refresh(reload: boolean): Promise<Connection> {
    pending ??= (async () => {
      if (reload) {
        loaded = await load(spec);
        credentials = openCredentials(spec, loaded);
        generation += 1;
      }
      const connection = await build();
      cached = { connection, atMs: performance.now() };
      return connection;
    })().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return {
    server: loaded.server,
    current: async () => {
      if (cached !== undefined && performance.now() - cached.atMs < CREDENTIALS_MAX_AGE_MS) return cached.connection;
      return refresh(false);
    },
    renew: async (stale) => {
      // Somebody else's reload, done or under way, serves as well.
      if (pending !== undefined) await pending.catch(() => undefined);
      if (cached !== undefined && cached.connection.generation > stale.generation) return cached.connection;
      return refresh(true);
    },
    close: async () => {
      const closing = pool;
      if (closing === undefined) return;
      const timer = setTimeout(() => void closing.destroy(), CLOSE_GRACE_MS);
      await closing.close().catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

function createPool(loaded: LoadedKubeconfig, tls: TlsMaterial, connectionsMax: number): Dispatcher {
  const common = {
    connections: connectionsMax,
    pipelining: 1,
    // HTTP/2 measured half the creates a second at twice the API server's CPU.
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  };
  const connect = { timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (loaded.proxyUrl === undefined) {
    return new Agent({ ...common, connect: { ...connect, ...tls } }).compose(askBeforeSend);
  }
  return new ProxyAgent({ ...common, uri: loaded.proxyUrl, requestTls: tls, connect }).compose(askBeforeSend);
}
