import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createExclusive } from './errors.ts';
import { createQuiesce, resumeStopped, type Quiesce } from './quiesce.ts';
import { openCollection, type Collection, type SnapshotRecord, type VolumeRecord } from './store.ts';

/** The label of a node that volumes are reachable from. */
export const TOPOLOGY_KEY = 'topology.lab.landfall.dev/node';

/** What one running driver is configured with. */
export interface DriverOptions {
  readonly driverName: string;
  readonly nodeId: string;
  readonly root: string;
  readonly topology: boolean;
}

/** Everything the services share. */
export interface Driver extends DriverOptions {
  readonly volumes: Collection<VolumeRecord>;
  readonly snapshots: Collection<SnapshotRecord>;
  readonly exclusive: ReturnType<typeof createExclusive>;
  readonly quiesce: Quiesce;
}

/** Opens a driver's root folder with all that earlier runs left in it; lets go what a crashed one had stopped. */
export async function openDriver(options: DriverOptions): Promise<Driver> {
  const root = resolve(options.root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const journal = join(root, 'stopped-processes.json');
  await resumeStopped(journal);
  return {
    ...options,
    root,
    volumes: await openCollection<VolumeRecord>(join(root, 'volumes'), 'vol'),
    snapshots: await openCollection<SnapshotRecord>(join(root, 'snapshots'), 'snap'),
    exclusive: createExclusive(),
    quiesce: createQuiesce(journal),
  };
}

/** The topology of this driver's volumes and node; empty when topology is off. */
export function topologyOf(driver: Driver): readonly { segments: Record<string, string> }[] {
  return driver.topology ? [{ segments: { [TOPOLOGY_KEY]: driver.nodeId } }] : [];
}
