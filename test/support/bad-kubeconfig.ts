import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CliRig } from './cli-rig.ts';

export type Side = 'source' | 'target';

interface Kubeconfig {
  readonly clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  readonly users: [{ user: Record<string, string> }];
}

const other = { source: 'target', target: 'source' } as const;
let written = 0;

/** The spec of a Cluster whose kubeconfig is that of the lab with a change. */
export function changedCluster(rig: CliRig, side: Side, change: (own: Kubeconfig, others: Kubeconfig) => void): object {
  const read = (name: Side): Kubeconfig => parse(readFileSync(rig.lab.clusters[name].kubeconfig, 'utf8')) as Kubeconfig;
  const own = read(side);
  change(own, read(other[side]));
  const path = join(rig.directory, `kubeconfig-${side}-${++written}`);
  writeFileSync(path, JSON.stringify(own));
  return { kubeconfig: { path } };
}

/** Nothing listens there: the connection is refused at once. */
export function closedPort(rig: CliRig, side: Side): object {
  return changedCluster(rig, side, ({ clusters: [{ cluster }] }) => (cluster.server = 'https://127.0.0.1:9'));
}

/** Something listens there and never says a word, as behind a firewall that drops. */
export function silentServer(rig: CliRig, side: Side, port: number): object {
  return changedCluster(rig, side, ({ clusters: [{ cluster }] }) => (cluster.server = `https://127.0.0.1:${port}`));
}

/** The authority of another cluster. */
export function wrongAuthority(rig: CliRig, side: Side): object {
  const key = 'certificate-authority-data';
  return changedCluster(rig, side, (own, others) => (own.clusters[0].cluster[key] = others.clusters[0].cluster[key]));
}

/** A client certificate that another authority signed: the server answers 401, as it does to an expired one. */
export function foreignUser(rig: CliRig, side: Side): object {
  return changedCluster(rig, side, (own, others) => (own.users[0].user = others.users[0].user));
}

/** A token nobody has issued, in place of the certificate. */
export function unknownToken(rig: CliRig, side: Side): object {
  return changedCluster(rig, side, (own) => (own.users[0].user = { token: 'expired-long-ago' }));
}

/** Takes connections and never answers; ends with the rig. */
export async function startSilence(rig: CliRig): Promise<number> {
  const server: Server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  rig.onEnd(async () => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
