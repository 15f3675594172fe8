import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
// By file: the package's entry loads a client of every kind, a hundred megabytes of which nothing is used here.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { LandfallError } from '../core/errors.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { proxyFor } from '../host/proxy.ts';

/** What the chosen context of a kubeconfig names, in client-node's model, and what that model leaves out. */
export interface LoadedKubeconfig {
  readonly cluster: Cluster;
  readonly user: User;
  readonly server: URL;
  readonly proxyUrl: string | undefined;
  /** The kubeconfig names the proxy, not the environment. */
  readonly isProxyWritten: boolean;
  /** For messages: through which proxy, or that one is set and not used; '' when none is set. */
  readonly route: string;
  /** `as-groups`, `as-uid`, `as-user-extra`: client-node reads only `as`, and would impersonate with too few groups. */
  readonly impersonation: Readonly<Record<string, string | string[]>>;
  /** What of the cluster only a credential plugin wants to know. */
  readonly execConfig: { readonly config?: unknown; readonly disableCompression: boolean };
}

interface RawCluster {
  readonly name?: unknown;
  readonly cluster?: {
    readonly 'disable-compression'?: unknown;
    readonly extensions?: readonly { readonly name?: unknown; readonly extension?: unknown }[] | null;
  } | null;
}

interface RawUser {
  readonly name?: unknown;
  readonly user?: Record<string, unknown> | null;
}

/** Reads the kubeconfig of a cluster and selects its context. Throws KUBECONFIG_INVALID naming the file and the problem. */
export async function loadKubeconfig(spec: ClusterSpec): Promise<LoadedKubeconfig> {
  const { path } = spec.kubeconfig;
  const document = await readDocument(spec);
  const { context, cluster, user } = select(spec, document);
  if (cluster === undefined) throw invalid(spec, `context ${context} of ${path} names a cluster that is not in it`);
  if (user === undefined) throw invalid(spec, `context ${context} of ${path} names a user that is not in it`);
  const server = URL.parse(cluster.server);
  if (server === null || !['http:', 'https:'].includes(server.protocol)) {
    throw invalid(spec, `server "${cluster.server}" in ${path} is not an http or https address`);
  }
  const absolute = absoluteIn(dirname(path));
  return {
    cluster: { ...cluster, ...absolute('caFile', cluster.caFile) },
    user: {
      ...user,
      ...absolute('certFile', user.certFile),
      ...absolute('keyFile', user.keyFile),
      ...execOf(path, user),
    },
    server,
    ...routeOf(spec, server, cluster.proxyUrl),
    impersonation: impersonation(document, user.name),
    execConfig: execConfig(document, cluster.name),
  };
}

/** A command with a slash is named from where the kubeconfig lies; any other is looked for on PATH. */
function execOf(path: string, { exec }: User): Pick<User, 'exec'> {
  const { command } = (exec ?? {}) as { command?: unknown };
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return {};
  return { exec: { ...(exec as object), command: resolve(dirname(path), command) } };
}

/** `extensions` and `disable-compression`, which client-node's model leaves out. */
function execConfig(document: Record<string, unknown>, name: string): LoadedKubeconfig['execConfig'] {
  const entries = Array.isArray(document['clusters']) ? (document['clusters'] as RawCluster[]) : [];
  const { cluster } = entries.find((entry) => entry.name === name) ?? {};
  const found = (cluster?.extensions ?? []).find((one) => one.name === 'client.authentication.k8s.io/exec');
  return {
    disableCompression: cluster?.['disable-compression'] === true,
    ...(found === undefined ? {} : { config: found.extension }),
  };
}

/** Files of a kubeconfig are named from where it lies. */
function absoluteIn(directory: string) {
  return <K extends string>(key: K, file: string | undefined): { [P in K]?: string } =>
    file === undefined || file === ''
      ? {}
      : ({ [key]: isAbsolute(file) ? file : join(directory, file) } as { [P in K]: string });
}

async function readDocument(spec: ClusterSpec): Promise<Record<string, unknown>> {
  const { path } = spec.kubeconfig;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw invalid(spec, missing ? `there is no kubeconfig ${path}` : `the kubeconfig ${path} cannot be read`, cause);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw invalid(spec, `the kubeconfig ${path} is not YAML`, cause);
  }
  if (typeof document !== 'object' || document === null || !('contexts' in document)) {
    throw invalid(spec, `${path} is not a kubeconfig: it has no contexts`);
  }
  return document as Record<string, unknown>;
}

/** kubectl reads `tokenFile`; client-node knows it only as the auth provider of in-cluster configurations. */
function withTokenFiles(document: Record<string, unknown>, directory: string): readonly RawUser[] {
  return rawUsers(document).map((entry) => {
    const tokenFile = entry.user?.['tokenFile'];
    if (typeof tokenFile !== 'string' || entry.user?.['token'] !== undefined) return entry;
    const file = isAbsolute(tokenFile) ? tokenFile : join(directory, tokenFile);
    return { ...entry, user: { ...entry.user, 'auth-provider': { name: 'tokenFile', config: { tokenFile: file } } } };
  });
}

function rawUsers(document: Record<string, unknown>): RawUser[] {
  return Array.isArray(document['users']) ? (document['users'] as RawUser[]) : [];
}

/** The context that is asked for and what it names; the latter undefined where the file has no such entry. */
function select(
  spec: ClusterSpec,
  document: Record<string, unknown>
): { readonly context: string; readonly cluster: Cluster | undefined; readonly user: User | undefined } {
  const { path, context } = spec.kubeconfig;
  const { contexts, clusters, users } = readEntries(spec, document);
  const known = contexts.map((one) => one.name);
  const wanted = context ?? document['current-context'];
  if (typeof wanted !== 'string' || wanted === '')
    throw invalid(spec, `${path} has no current-context and none is named`);
  const chosen = contexts.find(({ name }) => name === wanted);
  if (chosen === undefined) {
    throw invalid(spec, `${path} has no context ${wanted}; it has: ${known.join(', ') || 'none'}`);
  }
  return {
    context: wanted,
    cluster: clusters.find(({ name }) => name === chosen.cluster),
    user: withoutNulls(users.find(({ name }) => name === chosen.user)),
  };
}

/** client-node writes null for what an entry without `user` lacks, where its types say that it is absent. */
function withoutNulls(user: User | undefined): User | undefined {
  if (user === undefined) return undefined;
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== null)) as unknown as User;
}

function readEntries(spec: ClusterSpec, document: Record<string, unknown>) {
  const { path } = spec.kubeconfig;
  try {
    return {
      contexts: newContexts(document['contexts']),
      clusters: newClusters(document['clusters']),
      users: newUsers(withTokenFiles(document, dirname(path))),
    };
  } catch (cause) {
    throw invalid(spec, `the kubeconfig ${path} is not valid`, cause);
  }
}

/** `proxy-url` of the kubeconfig, else what the environment says, as kubectl. */
function routeOf(
  spec: ClusterSpec,
  server: URL,
  written: string | undefined
): Pick<LoadedKubeconfig, 'proxyUrl' | 'isProxyWritten' | 'route'> {
  const proxyUrl = proxyOf(spec, written);
  if (proxyUrl !== undefined) {
    const { protocol, host } = new URL(proxyUrl);
    return { proxyUrl, isProxyWritten: true, route: `through the proxy ${protocol}//${host} of its kubeconfig` };
  }
  const { proxy, text } = proxyFor(server);
  return { proxyUrl: proxy?.href, isProxyWritten: false, route: text };
}

function proxyOf(spec: ClusterSpec, proxyUrl: string | undefined): string | undefined {
  if (proxyUrl === undefined || proxyUrl === '') return undefined;
  if (/^https?:\/\//.test(proxyUrl)) return proxyUrl;
  throw invalid(spec, `proxy-url "${proxyUrl}" in ${spec.kubeconfig.path} is not an http or https proxy`);
}

function impersonation(document: Record<string, unknown>, userName: string): Record<string, string | string[]> {
  const user = rawUsers(document).find((entry) => entry.name === userName)?.user ?? {};
  const headers: Record<string, string | string[]> = {};
  const groups = user['as-groups'];
  if (Array.isArray(groups)) headers['impersonate-group'] = groups.map(String);
  if (typeof user['as-uid'] === 'string') headers['impersonate-uid'] = user['as-uid'];
  for (const [key, values] of Object.entries((user['as-user-extra'] ?? {}) as Record<string, unknown>)) {
    if (Array.isArray(values)) headers[`impersonate-extra-${encodeURIComponent(key)}`] = values.map(String);
  }
  return headers;
}

/** A KUBECONFIG_INVALID about this cluster's file. */
export function invalid(spec: ClusterSpec, problem: string, cause?: unknown): LandfallError {
  const why = cause instanceof Error ? { why: cause.message.split('\n')[0] ?? '', cause } : {};
  return new LandfallError('KUBECONFIG_INVALID', {
    what: `cluster ${spec.name}: ${problem}`,
    ref: spec.kubeconfig.path,
    fix: `check spec.kubeconfig of the Cluster with: kubectl --kubeconfig ${spec.kubeconfig.path} config get-contexts`,
    ...why,
  });
}
