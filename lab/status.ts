import { existsSync } from 'node:fs';
import { identify, type ClusterName, type Identity } from './identity.ts';
import { labFile } from './lab-file.ts';
import { isAlive } from '../src/host/process-identity.ts';
import { Processes } from './processes.ts';
import { findRegistration, type LabMode } from './registry.ts';

export interface LabStatus {
  readonly identity: Identity;
  /** `down` when nothing is known of the lab, `partial` when a part is dead or `up` has not finished. */
  readonly state: 'up' | 'partial' | 'down';
  readonly mode?: LabMode;
  /** Kubernetes version of each side, where it is known. */
  readonly kubernetes?: Readonly<Record<ClusterName, string>>;
  readonly parts: readonly {
    readonly part: string;
    readonly pid: number;
    readonly alive: boolean;
    readonly logFile: string;
  }[];
}

/** Reports what runs of a lab, by looking at its processes; changes nothing. */
export function status(name = 'default'): LabStatus {
  const identity = identify(name);
  const registration = findRegistration(identity);
  const parts = new Processes(identity)
    .all()
    .map((record) => ({ part: record.part, pid: record.pid, alive: isAlive(record), logFile: record.logFile }))
    .sort((one, other) => one.part.localeCompare(other.part));
  if (registration === undefined) return { identity, state: 'down', parts };
  const complete = existsSync(labFile(identity.stateDirectory)) && parts.every((part) => part.alive);
  const { mode, kubernetes } = registration;
  return {
    identity,
    mode,
    ...(kubernetes === undefined ? {} : { kubernetes }),
    state: complete ? 'up' : 'partial',
    parts,
  };
}
