import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the sockets that containerd's shims keep outside of its state directory; the state says which are its own. */
export function removeShimSockets(runtimeDirectory: string): void {
  const states = join(runtimeDirectory, '*/containerd/state/io.containerd.runtime.v2.task/*/*');
  for (const file of globSync(join(states, 'address'))) removeSocket(readFileSync(file, 'utf8'));
  // Newer versions write the address into a JSON file instead.
  for (const file of globSync(join(states, 'bootstrap.json'))) {
    removeSocket((JSON.parse(readFileSync(file, 'utf8')) as { address?: string }).address ?? '');
  }
}

function removeSocket(address: string): void {
  const path = address.trim().replace(/^unix:\/\//, '');
  if (path.startsWith('/run/containerd/s/') && existsSync(path)) rmSync(path, { force: true });
}
