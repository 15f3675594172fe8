import type { ResolvedBinary } from '../src/binaries/spec.ts';
import { addressesOf, type Addresses, type ClusterName, type Identity } from './identity.ts';
import type { SideControlPlanes } from './kubernetes-versions.ts';
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
  /** Returns the path of an executable in the Kubernetes version of that side. */
  readonly controlPlaneBinary: (side: ClusterName, name: string) => string;
  /** Returns the version of Kubernetes of that side, `1.34.4`. */
  readonly kubernetes: (side: ClusterName) => string;
}

/** What a lab is made of: the executables, and which of them each side runs. */
export interface LabBinaries {
  readonly binaries: readonly ResolvedBinary[];
  readonly controlPlanes: SideControlPlanes;
}

export function labContext(
  registration: Registration,
  { binaries, controlPlanes }: LabBinaries,
  progress: Progress
): LabContext {
  const pathOf = (name: string, version?: string): string => {
    const found = binaries.find((one) => one.name === name && (version === undefined || one.version === version));
    if (found !== undefined) return found.path;
    throw new Error(`${name} is not among the resolved executables of a ${registration.mode} lab`);
  };
  return {
    identity: registration.identity,
    mode: registration.mode,
    addresses: addressesOf(registration.index),
    processes: new Processes(registration.identity),
    progress,
    binary: (name) => pathOf(name),
    controlPlaneBinary: (side, name) => pathOf(name, controlPlanes[side].version),
    kubernetes: (side) => controlPlanes[side].version,
  };
}

/** Says whether a part was started or found running, for its progress line. */
export function outcome(started: boolean): string {
  return started ? 'ready' : 'already up';
}
