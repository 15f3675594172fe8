import type { ObjectRef } from '../core/resource.ts';
import { isPrivateAddress } from '../core/image-reference.ts';
import type { Protocol } from '../core/probe-protocol.ts';

/** A place the application talks to. Never more than host and port: no path, user or password. */
export interface Address {
  readonly host: string;
  /** 0 = not written and not known from the scheme. */
  readonly port: number;
  readonly protocol: Protocol;
}

/** An address and where it stands: the object, and the key or variable in it. */
export interface AddressUse extends Address {
  readonly ref: ObjectRef;
  readonly where: string;
}

/** Text looked through for one value; what lies beyond is counted by the reader as not observed. */
const addressTextMax = 256 * 1024;
const addressesMax = 200;

const schemes: Readonly<Record<string, readonly [Protocol, number]>> = {
  postgres: ['postgresql', 5432],
  postgresql: ['postgresql', 5432],
  mysql: ['mysql', 3306],
  mariadb: ['mysql', 3306],
  redis: ['redis', 6379],
  rediss: ['tls', 6379],
  kafka: ['kafka', 9092],
  http: ['http', 80],
  ws: ['http', 80],
  https: ['https', 443],
  wss: ['https', 443],
  amqp: ['tcp', 5672],
  amqps: ['tls', 5671],
  mongodb: ['tcp', 27_017],
  nats: ['tcp', 4222],
  ldap: ['tcp', 389],
  ldaps: ['tls', 636],
  smtp: ['tcp', 587],
  smtps: ['tls', 465],
  sqlserver: ['tcp', 1433],
  ftp: ['tcp', 21],
  sftp: ['tcp', 22],
  tcp: ['tcp', 0],
  grpc: ['tcp', 0],
};

const wellKnown: Readonly<Record<number, Protocol>> = {
  5432: 'postgresql',
  3306: 'mysql',
  6379: 'redis',
  9092: 'kafka',
  80: 'http',
  8080: 'http',
  443: 'https',
  8443: 'https',
};

/** What a DNS name looks like here: at least one dot, letters in the last part. */
const dnsName = /^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ipv4 = /^(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}$/;
/** A key whose whole value is a host: `DB_HOST`, `server`, `SMTP_RELAY_ADDR`. */
const hostKey =
  /(^|[_.\-/ ])(host|hostname|server|servers|address|addr|endpoint|endpoints|broker|brokers|bootstrap)s?$/i;
/** Ends of file names and such that look like names of hosts. */
const notHosts =
  /\.(conf|cfg|json|ya?ml|xml|html?|css|js|ts|sh|py|go|java|class|jar|txt|md|log|pem|crt|key|properties|sql|lua|php|svg|png|so|sock|tmpl|toml|ini|service|socket|local\.conf)$/;
const namesOfSpecifications: ReadonlySet<string> = new Set([
  'www.w3.org',
  'json-schema.org',
  'schemas.xmlsoap.org',
  'xml.apache.org',
  'www.springframework.org',
  'localhost.localdomain',
]);

/**
 * Finds the places a text talks to: URLs (also of JDBC), `host:port` lists, `host=` and `Server=` of connection
 * strings, and a bare host where the key says that it is one. Linear; at most 200 of a text.
 */
export function findAddresses(key: string, text: string): readonly Address[] {
  const found = new Map<string, Address>();
  // What Knative, Tekton and others write beside their settings to explain them; nothing reads it (knative.dev/pkg, ExampleKey).
  if (key === '_example') return [];
  const cut = text.slice(0, addressTextMax);
  const take = (host: string, port: number, protocol: Protocol): void => {
    const name = host.toLowerCase().replace(/\.$/, '');
    if (found.size >= addressesMax || !isHost(name)) return;
    const known = port === 0 ? protocol : protocol === 'tcp' ? (wellKnown[port] ?? protocol) : protocol;
    found.set(`${name}:${port}`, { host: name, port, protocol: known });
  };
  for (const [, scheme = '', authority = ''] of cut.matchAll(
    /\b([a-z][a-z0-9+]{1,15}):\/\/([^\s"'<>/?#\\]{1,1024})/gi
  )) {
    const [protocol, port] = schemes[scheme.toLowerCase()] ?? (['tcp', 0] as const);
    for (const part of authority.slice(authority.lastIndexOf('@') + 1).split(',')) {
      const [host, written] = splitPort(part);
      take(host, written === 0 ? port : written, protocol);
    }
  }
  for (const [, host = '', port = ''] of cut.matchAll(
    /(?<![\w.@/:-])([a-z0-9][a-z0-9_.-]{0,252}):([0-9]{2,5})(?![\w.:-])/gi
  )) {
    if (Number(port) <= 65_535 && (ipv4.test(host) || host.includes('.'))) take(host, Number(port), 'tcp');
  }
  for (const [, host = '', port = ''] of cut.matchAll(
    /\b(?:host|server|data source|addr)\s?=\s?(?:tcp:)?([a-z0-9][a-z0-9_.-]{0,252})(?:[,:]([0-9]{2,5}))?/gi
  ))
    take(host, Number(port), 'tcp');
  const settings = hostKey.test(key) && cut.length < 4096 ? [[key, cut.trim()] as const] : settingsOf(cut);
  for (const [name, value] of settings) {
    if (!hostKey.test(name)) continue;
    for (const part of value.split(/[\s,;]+/)) {
      const [host, port] = splitPort(part);
      take(host, port, 'tcp');
    }
  }
  return preferPorts([...found.values()]);
}

/** Lines of the form `name = value` or `name: value` of a file. */
function settingsOf(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/^[ \t"']*([A-Za-z0-9_.-]{1,80})["']?[ \t]*[=:][ \t]*["']?([^\s"']{1,500})/gm)].map(
    ([, name = '', value = '']) => [name, value] as const
  );
}

/** A host found with a port is not reported a second time without one. */
function preferPorts(addresses: readonly Address[]): readonly Address[] {
  const withPort = new Set(addresses.filter(({ port }) => port !== 0).map(({ host }) => host));
  return addresses.filter(({ host, port }) => port !== 0 || !withPort.has(host));
}

function splitPort(text: string): readonly [string, number] {
  const [, host = text, port = '0'] = /^(.*?)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  return [host, Number(port) <= 65_535 ? Number(port) : 0];
}

function isHost(name: string): boolean {
  if (ipv4.test(name)) return !name.startsWith('127.') && !name.startsWith('0.') && name !== '255.255.255.255';
  return dnsName.test(name) && !notHosts.test(name) && !namesOfSpecifications.has(name);
}

export function isAddress(host: string): boolean {
  return ipv4.test(host);
}

/** Whether an address is in a network such as `10.244.0.0/24`. IPv4 only. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  if (!ipv4.test(address) || !ipv4.test(base) || !/^[0-9]{1,2}$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(base) / size);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Where an address leads, for sorting and words. */
export function isPrivate(host: string): boolean {
  return isPrivateAddress(host);
}
