import { existsSync } from 'node:fs';
import { identify, type Identity } from './identity.ts';
import { labFile } from './lab-file.ts';
import { isAlive } from '../src/host/process-identity.ts';
import { Processes } from './processes.ts';
import { findRegistration, type LabMode } from './registry.ts';

export interface LabStatus {
  readonly identity: Identity;
  /** `down` when nothing is known of the lab, `partial` when a part is dead or `up` has not finished. */
  readonly state: 'up' | 'partial' | 'down';
  readonly mode?: LabMode;
  readonly parts: readonly {
    readonly part: string;
    readonly pid: number;
    readonly alive: boolean;
    readonly logFile: string;
  }[];
}

/** Tells what runs of a lab, by looking at its processes; changes nothing. */
export function status(name = 'default'): LabStatus {
  const identity = identify(name);
  const registration = findRegistration(identity);
  const parts = new Processes(identity)
    .all()
    .map((record) => ({ part: record.part, pid: record.pid, alive: isAlive(record), logFile: record.logFile }))
    .sort((one, other) => one.part.localeCompare(other.part));
  if (registration === undefined) return { identity, state: 'down', parts };
  const complete = existsSync(labFile(identity.stateDirectory)) && parts.every((part) => part.alive);
  return { identity, mode: registration.mode, state: complete ? 'up' : 'partial', parts };
}
