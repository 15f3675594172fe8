import { BlockList, isIP } from 'node:net';

/** How requests to a host go, as the environment of this process says; kubectl and other programs in Go read it so. */
export interface ProxyRoute {
  /** Absent: directly. */
  readonly proxy?: URL;
  /** For messages, without user and password: which proxy, or that one is set and not used; '' when none is set. */
  readonly text: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Chooses the proxy for a URL: HTTPS_PROXY or HTTP_PROXY by its scheme, unless NO_PROXY names its host; upper case before lower.
 * This machine itself is always reached directly. A proxy that is no http or https URL is not used, and the text says so.
 */
export function proxyFor(url: URL, environment: Environment = process.env): ProxyRoute {
  const name = url.protocol === 'https:' || url.protocol === 'wss:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const [variable, value] = read(environment, name);
  if (value === '') return { text: '' };
  const host = hostOf(url);
  if (isThisMachine(host)) return { text: '' };
  const proxy = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//iu.test(value) ? value : `http://${value}`);
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol)) {
    return { text: `${variable} is set but not used, because it is not an http or https address` };
  }
  const [exceptions, list] = read(environment, 'NO_PROXY');
  if (list.split(/[\s,]+/u).some((entry) => entry !== '' && isExcepted(entry.toLowerCase(), host, portOf(url)))) {
    return { text: `directly, because ${exceptions} exempts ${host} from the proxy of ${variable}` };
  }
  return { proxy, text: `through the proxy ${proxy.protocol}//${proxy.host} of ${variable}` };
}

function read(environment: Environment, name: string): readonly [variable: string, value: string] {
  for (const variable of [name, name.toLowerCase()]) {
    const value = environment[variable]?.trim() ?? '';
    if (value !== '') return [variable, value];
  }
  return [name, ''];
}

/** The host of a URL, IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return unbracketed(hostname.toLowerCase()).replace(/\.$/u, '');
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' || protocol === 'wss:' ? '443' : '80') : port;
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function isThisMachine(host: string): boolean {
  if (host === 'localhost') return true;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return contains(loopback, host);
}

/** One entry of NO_PROXY: `*`, an address, a network, a domain with what is below it, `.domain` for what is below only. */
function isExcepted(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const network = /^(.+)\/(\d{1,3})$/u.exec(entry);
  if (network !== null) return isInside(host, unbracketed(network[1] ?? ''), Number(network[2]));
  const [name, onPort] = splitPort(entry);
  if (onPort !== '' && onPort !== port) return false;
  if (isIP(name) !== 0) return isInside(host, name, isIP(name) === 6 ? 128 : 32);
  const domain = name.replace(/^\*/u, '').replace(/\.$/u, '');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function splitPort(entry: string): readonly [name: string, port: string] {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/u.exec(entry);
  if (bracketed !== null) return [bracketed[1] ?? '', bracketed[2] ?? ''];
  if (isIP(entry) !== 0) return [entry, ''];
  const [, name = entry, port = ''] = /^(.*):(\d+)$/u.exec(entry) ?? [];
  return [name, port];
}

function isInside(host: string, address: string, bits: number): boolean {
  const family = isIP(address);
  if (family === 0 || bits > (family === 6 ? 128 : 32)) return false;
  const network = new BlockList();
  network.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  return contains(network, host);
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
