import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../host/process-identity.ts';

/** What is known of the local engine's processes; each may be dead. */
export interface EngineRecord {
  readonly port: number;
  readonly server?: ProcessIdentity;
  readonly worker?: ProcessIdentity;
  /** When a command last asked for the engine, ms since the epoch: what is asked for is not idle. */
  readonly usedAtMs?: number;
  /** When a person stopped it: whoever watches a run must not start it again by itself. */
  readonly stoppedAtMs?: number;
}

export function readEngine(stateDirectory: string): EngineRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(stateDirectory), 'utf8')) as EngineRecord;
  } catch {
    return undefined;
  }
}

/** Replaces the record as a whole: a reader sees the old one or the new one. */
export function writeEngine(stateDirectory: string, record: EngineRecord): void {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const file = recordFile(stateDirectory);
  writeFileSync(`${file}.new`, JSON.stringify(record, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function engineLog(stateDirectory: string, part: 'server' | 'worker'): string {
  return join(stateDirectory, 'logs', `${part}.log`);
}

function recordFile(stateDirectory: string): string {
  return join(stateDirectory, 'engine.json');
}
