import type { Agent } from 'node:http';
import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import { openRoute, type Route } from '../route.ts';
import { fileClient, machineClient, type HeaderSource } from './auth-client.ts';
import { gcsUrl } from './gcs-url.ts';

/** How requests of a Location get to the store, and by what right. */
export interface GcsAccess {
  readonly url: URL;
  /** For messages; see `Route`. */
  readonly text: string;
  /** Headers that say who asks; none of an anonymous Location. */
  headers(url: URL): Promise<Readonly<Record<string, string>>>;
  agentFor(url: URL): Agent;
  close(): void;
}

/**
 * Opens the access of a Location: its credentials file, or application default credentials. A file is read now, tokens are
 * asked for with the first request. The servers that give tokens are reached by the same rules as the store, each through
 * the proxy that its own name calls for; the metadata server of a Google machine is asked by the SDK itself.
 */
export async function openGcsAccess(spec: GcsLocationSpec): Promise<GcsAccess> {
  const url = gcsUrl(spec);
  const routes = new Map<string, Route>();
  const routeOf = (to: URL): Route => {
    const route = routes.get(to.origin) ?? openRoute(spec.name, to, spec.caFile);
    routes.set(to.origin, route);
    return route;
  };
  const agentFor = (to: URL): Agent => (to.protocol === 'http:' ? routeOf(to).httpAgent : routeOf(to).httpsAgent);
  const client = await clientOf(spec, agentFor);
  return {
    url,
    text: routeOf(url).text,
    headers: async (to) => Object.fromEntries((await client?.getRequestHeaders(to)) ?? []),
    agentFor,
    close: () => {
      for (const route of routes.values()) route.close();
      routes.clear();
    },
  };
}

async function clientOf(
  { name, anonymous, credentials }: GcsLocationSpec,
  agent: (url: URL) => Agent
): Promise<HeaderSource | undefined> {
  if (anonymous === true) return undefined;
  const file = credentials?.file ?? process.env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  return file === '' ? machineClient({ agent }) : fileClient({ location: name, file }, { agent });
}
