import { readFile } from 'node:fs/promises';
import { LandfallError } from '../core/errors.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { openExecPlugin, type ExecCluster } from './exec-plugin.ts';
import { invalid, isGiven, type LoadedKubeconfig } from './kubeconfig.ts';
import type { KubeconfigUser } from './kubeconfig-entries.ts';

/** What a TLS connection to the server needs. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
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
 * end. Throws KUBECONFIG_INVALID, or CLUSTER_CREDENTIALS_EXPIRED when a plugin
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
 * Plugins as kubectl runs them and token files. What is left are the providers that kubectl itself has dropped or soon will,
 * such as `oidc`: only for one of these client-node is loaded, which has a client of every kind and takes 90 MB.
 */
function openAuthenticator(spec: ClusterSpec, loaded: LoadedKubeconfig): Authenticate | undefined {
  const { cluster, user } = loaded;
  if (user.exec !== undefined) {
    const plugin = openExecPlugin(spec, user.exec, () => clusterInfo(loaded));
    return async (filled) => {
      const { token, ...pair } = await plugin();
      Object.assign(filled, pair);
      if (token !== undefined) filled.headers['Authorization'] = `Bearer ${token}`;
    };
  }
  const { tokenFile } = user;
  if (isGiven(tokenFile) && user.token === undefined) {
    return async ({ headers }) => {
      headers['Authorization'] = `Bearer ${await readFile(tokenFile, 'utf8')}`;
    };
  }
  if (user['auth-provider'] === undefined) return undefined;
  const whole = import('@kubernetes/client-node').then(({ KubeConfig }) => {
    const [name, config] = ['landfall', new KubeConfig()];
    const contexts = [{ name, context: { cluster: name, user: name } }];
    const named = { clusters: [{ name, cluster }], users: [{ name, user }], contexts, 'current-context': name };
    config.loadFromString(JSON.stringify(named));
    return config;
  });
  whole.catch(() => undefined);
  return async (filled) => (await whole).applyToHTTPSOptions(filled as object);
}

/** What `provideClusterInfo` gives a plugin (ConfigToExecCluster of client-go). */
async function clusterInfo({ cluster, proxyUrl, isProxyWritten }: LoadedKubeconfig): Promise<ExecCluster> {
  const ca = await contentOf(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const serverName = cluster['tls-server-name'];
  const extension = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec');
  return {
    server: cluster.server.replace(/\/$/, ''),
    ...(isGiven(serverName) && { 'tls-server-name': serverName }),
    ...(cluster['insecure-skip-tls-verify'] === true && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': ca.toString('base64') }),
    ...(isProxyWritten && proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
    ...(cluster['disable-compression'] === true && { 'disable-compression': true }),
    ...(extension !== undefined && { config: extension.extension }),
  };
}

async function read({ cluster, user }: LoadedKubeconfig, authenticate: Authenticate | undefined): Promise<Credentials> {
  const filled: Filled = { headers: {} };
  const ca = await contentOf(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const cert = await contentOf(user['client-certificate'], user['client-certificate-data']);
  const key = await contentOf(user['client-key'], user['client-key-data']);
  await authenticate?.(filled);
  if (isGiven(user.token)) filled.headers['Authorization'] = `Bearer ${user.token}`;
  if (isGiven(user.username)) filled.auth = `${user.username}:${user.password ?? ''}`;
  const serverName = cluster['tls-server-name'];
  return {
    headers: { ...headersOf(filled), ...impersonation(user) },
    tls: {
      ...present('ca', ca),
      ...present('cert', filled.cert ?? cert),
      ...present('key', filled.key ?? key),
      ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
      ...(isGiven(serverName) ? { servername: serverName } : {}),
    },
  };
}

function impersonation(user: KubeconfigUser): Record<string, string | string[]> {
  const extra = Object.entries(user['as-user-extra'] ?? {});
  return {
    ...(isGiven(user.as) && { 'impersonate-user': user.as }),
    ...(isGiven(user['as-uid']) && { 'impersonate-uid': user['as-uid'] }),
    ...(user['as-groups'] !== undefined && { 'impersonate-group': user['as-groups'] }),
    ...Object.fromEntries(extra.map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values])),
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

/** A file goes before data, as in client-node. */
async function contentOf(file: string | undefined, base64: string | undefined): Promise<Buffer | undefined> {
  if (isGiven(file)) return readFile(file);
  return isGiven(base64) ? Buffer.from(base64, 'base64') : undefined;
}
