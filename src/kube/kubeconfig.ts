import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';
import { LandfallError } from '../core/errors.ts';
import type { ClusterSpec } from '../core/spec/spec.ts';
import { proxyFor } from '../host/proxy.ts';
import { findEntry, namesOf, type KubeconfigCluster, type KubeconfigUser } from './kubeconfig-entries.ts';

/** What the chosen context of a kubeconfig names, files by absolute paths, and how its server is reached. */
export interface LoadedKubeconfig {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly server: URL;
  readonly proxyUrl: string | undefined;
  /** The kubeconfig names the proxy, not the environment. */
  readonly isProxyWritten: boolean;
  /** For messages: through which proxy, or that one is set and not used; '' when none is set. */
  readonly route: string;
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
    cluster: { ...cluster, ...absolute(cluster, ['certificate-authority']) },
    user: {
      ...user,
      ...absolute(user, ['client-certificate', 'client-key', 'tokenFile']),
      ...execOf(path, user),
    },
    server,
    ...routeOf(spec, server, cluster['proxy-url']),
  };
}

/** A command with a slash is named from where the kubeconfig lies; any other is looked for on PATH. */
function execOf(path: string, { exec }: KubeconfigUser): Pick<KubeconfigUser, 'exec'> {
  const command = exec?.['command'];
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return {};
  return { exec: { ...exec, command: resolve(dirname(path), command) } };
}

/** Files of a kubeconfig are named from where it lies. */
function absoluteIn(directory: string) {
  return <K extends string>(entry: { readonly [P in K]?: string }, keys: readonly K[]): { [P in K]?: string } => {
    const files = keys.flatMap((key) => (isGiven(entry[key]) ? [[key, resolve(directory, entry[key])]] : []));
    return Object.fromEntries(files) as { [P in K]?: string };
  };
}

/** What is written empty counts as absent, as in kubectl. */
export function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
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

/** The context that is asked for and what it names; the latter undefined where the file has no such entry. */
function select(
  spec: ClusterSpec,
  document: Record<string, unknown>
): {
  readonly context: string;
  readonly cluster: KubeconfigCluster | undefined;
  readonly user: KubeconfigUser | undefined;
} {
  const { path, context: asked } = spec.kubeconfig;
  const context = asked ?? document['current-context'];
  if (typeof context !== 'string' || context === '')
    throw invalid(spec, `${path} has no current-context and none is named`);
  try {
    const chosen = findEntry(document, 'contexts', context);
    if (chosen !== undefined) {
      const { cluster, user = '' } = chosen;
      return { context, cluster: findEntry(document, 'clusters', cluster), user: findEntry(document, 'users', user) };
    }
  } catch (cause) {
    throw invalid(spec, `the kubeconfig ${path} is not valid`, cause);
  }
  const known = namesOf(document, 'contexts').join(', ') || 'none';
  throw invalid(spec, `${path} has no context ${context}; it has: ${known}`);
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
  if (!isGiven(proxyUrl)) return undefined;
  if (/^https?:\/\//.test(proxyUrl)) return proxyUrl;
  throw invalid(spec, `proxy-url "${proxyUrl}" in ${spec.kubeconfig.path} is not an http or https proxy`);
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
