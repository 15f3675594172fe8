import { readFile } from 'node:fs/promises';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';
import { LandfallError } from '../core/errors.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { openExecPlugin, type ExecCluster, type ExecSettings } from './exec-plugin.ts';
import { invalid, type LoadedKubeconfig } from './kubeconfig.ts';

/** What a TLS connection to the server needs. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** What client-node's authenticators fill in. */
interface Filled {
  readonly headers: Record<string, unknown>;
  auth?: string;
  cert?: string | Buffer;
  key?: string | Buffer;
}

/**
 * Opens the credentials of the user of a kubeconfig. Each call gives them as of now: tokens of plugins are kept until they
 * end, token files for a minute. Throws KUBECONFIG_INVALID, or CLUSTER_CREDENTIALS_EXPIRED when a plugin
 * gives none.
 */
export function openCredentials(spec: ClusterSpec, loaded: LoadedKubeconfig): () => Promise<Credentials> {
  const authenticate = openAuthenticator(spec, loaded);
  return async () => {
    try {
      return await read(loaded, authenticate);
    } catch (cause) {
      if (cause instanceof LandfallError) throw cause;
      throw invalid(spec, `the credentials in ${spec.kubeconfig.path} cannot be used`, cause);
    }
  };
}

type Authenticate = (filled: Filled) => Promise<void>;

/**
 * Plugins as kubectl runs them, token files by client-node's own class. What is left are the providers that kubectl itself has dropped
 * or soon will, such as `oidc`: for one of these the whole of client-node is loaded.
 */
function openAuthenticator(spec: ClusterSpec, loaded: LoadedKubeconfig): Authenticate | undefined {
  const { cluster, user } = loaded;
  if (user.exec !== undefined) {
    const plugin = openExecPlugin(spec, user.exec as ExecSettings, () => clusterInfo(loaded));
    return async (filled) => {
      const { token, ...pair } = await plugin();
      Object.assign(filled, pair);
      if (token !== undefined) filled.headers['Authorization'] = `Bearer ${token}`;
    };
  }
  const file = new FileAuth();
  if (file.isAuthProvider(user)) return (filled) => file.applyAuthentication(user, filled as object);
  if (user.authProvider === undefined) return undefined;
  const whole = import('@kubernetes/client-node').then(({ KubeConfig }) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user);
    return config;
  });
  whole.catch(() => undefined);
  return async (filled) => (await whole).applyToHTTPSOptions(filled as object);
}

/** What `provideClusterInfo` gives a plugin (ConfigToExecCluster of client-go). */
async function clusterInfo({ cluster, proxyUrl, isProxyWritten, execConfig }: LoadedKubeconfig): Promise<ExecCluster> {
  const ca = await contentOf(cluster.caFile, cluster.caData);
  return {
    server: cluster.server,
    ...(isGiven(cluster.tlsServerName) && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': ca.toString('base64') }),
    ...(isProxyWritten && proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    ...(execConfig.disableCompression && { 'disable-compression': true }),
    ...(execConfig.config !== undefined && { config: execConfig.config }),
  };
}

async function read({ cluster, user }: LoadedKubeconfig, authenticate: Authenticate | undefined): Promise<Credentials> {
  const filled: Filled = { headers: {} };
  const ca = await contentOf(cluster.caFile, cluster.caData);
  const cert = await contentOf(user.certFile, user.certData);
  const key = await contentOf(user.keyFile, user.keyData);
  if (isGiven(user.impersonateUser)) filled.headers['impersonate-user'] = user.impersonateUser;
  await authenticate?.(filled);
  if (isGiven(user.token)) filled.headers['Authorization'] = `Bearer ${user.token}`;
  if (isGiven(user.username)) filled.auth = `${user.username}:${user.password ?? ''}`;
  return {
    headers: headersOf(filled),
    tls: {
      ...present('ca', ca),
      ...present('cert', filled.cert ?? cert),
      ...present('key', filled.key ?? key),
      ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
      ...(isGiven(cluster.tlsServerName) ? { servername: cluster.tlsServerName } : {}),
    },
  };
}

function headersOf({ headers: written, auth }: Filled): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) headers[name.toLowerCase()] = String(value).trim();
  if (auth !== undefined) headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return headers;
}

function present<K extends string>(name: K, value: string | Buffer | undefined): { [P in K]?: string | Buffer } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: string | Buffer });
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** A file goes before data, as in client-node. */
async function contentOf(file: string | undefined, base64: string | undefined): Promise<Buffer | undefined> {
  if (isGiven(file)) return readFile(file);
  return isGiven(base64) ? Buffer.from(base64, 'base64') : undefined;
}
