import type { ResolvedBinary } from '../src/binaries/spec.ts';
import { addressesOf, type Addresses, type Identity } from './identity.ts';
import { Processes } from './processes.ts';
import type { Progress } from './progress.ts';
import type { LabMode, Registration } from './registry.ts';

/** What every part of a lab is started with. */
export interface LabContext {
  readonly identity: Identity;
  readonly mode: LabMode;
  readonly addresses: Addresses;
  readonly processes: Processes;
  readonly progress: Progress;
  /** Returns the path of a resolved executable; fails when the mode did not ask for it. */
  readonly binary: (name: string) => string;
}

export function labContext(
  registration: Registration,
  binaries: readonly ResolvedBinary[],
  progress: Progress
): LabContext {
  const byName = new Map(binaries.map((binary) => [binary.name, binary.path]));
  return {
    identity: registration.identity,
    mode: registration.mode,
    addresses: addressesOf(registration.index),
    processes: new Processes(registration.identity),
    progress,
    binary: (name) => {
      const path = byName.get(name);
      if (path === undefined)
        throw new Error(`${name} is not among the resolved executables of a ${registration.mode} lab`);
      return path;
    },
  };
}

/** Says whether a part was started or found running, for its progress line. */
export function outcome(started: boolean): string {
  return started ? 'ready' : 'already up';
}
