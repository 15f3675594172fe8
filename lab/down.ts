import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeCgroup } from './cgroups.ts';
import { identify, type Identity } from './identity.ts';
import { withLock } from '../src/host/lock.ts';
import { unmountBelow } from './mounts.ts';
import { removeNetworks } from './network.ts';
import { removeShimSockets } from './node/shim-sockets.ts';
import { endProcess } from '../src/host/end-process.ts';
import { Processes } from './processes.ts';
import { silentProgress, type Progress } from './progress.ts';
import { findRegistration, labLock, registrations, unregister, type Registration } from './registry.ts';

/** Takes a lab down and removes everything it owns, also what a crash has left. Idempotent. */
export async function down(options: { name?: string; progress?: Progress } = {}): Promise<void> {
  const identity = identify(options.name ?? 'default');
  const progress = options.progress ?? silentProgress;
  await withLock(
    labLock(identity.id),
    { deadlineMs: 60_000, onWait: () => progress.note('another up or down of this lab is running, waiting for it') },
    async () => {
      // Without a registration there may still be leavings, after a restart of the machine for example.
      const registration = findRegistration(identity) ?? { identity, mode: 'whole', index: -1 };
      await progress.part('lab', 3, async () => {
        await removeLab(registration);
        return 'removed';
      });
    }
  );
}

/** Removes one lab; its registration goes last, so that an interrupted removal is found and finished by the next `up`. */
export async function removeLab(registration: Registration): Promise<void> {
  const { identity } = registration;
  const isRoot = process.getuid?.() === 0;
  await endProcesses(new Processes(identity));
  if (isRoot) await removeMachineParts(identity);
  rmSync(identity.stateDirectory, { recursive: true, force: true });
  removeIfEmpty(dirname(identity.stateDirectory));
  unregister(identity);
}

/** Removes what only root can have made: containers, mounts, networks, and the directories outside the checkout. */
async function removeMachineParts(identity: Identity): Promise<void> {
  for (const tag of [`lf${identity.id}s`, `lf${identity.id}t`]) await removeCgroup(tag);
  removeShimSockets(identity.runtimeDirectory);
  await unmountBelow(identity.runtimeDirectory);
  await removeNetworks(identity.id);
  rmSync(identity.runtimeDirectory, { recursive: true, force: true });
  removeIfEmpty(dirname(identity.runtimeDirectory));
  removeDevicePlugins(identity);
}

/** The kubelet has this one directory at a fixed place, whatever its root: it goes with the last lab, unless a real node uses it. */
function removeDevicePlugins(identity: Identity): void {
  const others = registrations().some((one) => one.mode === 'whole' && one.identity.id !== identity.id);
  const kubelet = '/var/lib/kubelet';
  if (others || !existsSync(kubelet) || readdirSync(kubelet).join() !== 'device-plugins') return;
  const plugins = readdirSync(join(kubelet, 'device-plugins'));
  if (plugins.every((name) => name === 'kubelet.sock' || name === 'kubelet_internal_checkpoint')) {
    rmSync(kubelet, { recursive: true, force: true });
  }
}

/** Ends what is recorded, then what only its marker gives away; state is thrown away, so nobody is asked politely. */
async function endProcesses(processes: Processes): Promise<void> {
  await Promise.all(processes.all().map((record) => endProcess(record, 0)));
  for (let marked = processes.marked(); marked.length > 0; marked = processes.marked()) {
    await Promise.all(marked.map((process) => endProcess(process, 0)));
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Other labs of this checkout live there.
  }
}
