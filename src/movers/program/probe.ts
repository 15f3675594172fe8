import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { probeVariable } from '../../core/probe-protocol.ts';
import type { ProbeConfig, ProbeResult } from '../../core/probe-protocol.ts';
import { askAddress } from './first-packet.ts';

const parallel = 16;

/** Does what a probe of an assessment asks for and gives each result as it comes. Never throws. */
export async function runProbe(config: ProbeConfig, report: (result: ProbeResult) => void): Promise<void> {
  if (config.mode !== 'addresses') return report(tryFile(config));
  const open = [...config.addresses];
  const lane = async () => {
    for (let address = open.shift(); address !== undefined; address = open.shift()) report(await askAddress(address));
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

/** Writes a token through to the storage, or reads it back. */
function tryFile({ mode, path, token }: Extract<ProbeConfig, { path: string }>): ProbeResult {
  try {
    if (mode === 'write') writeThrough(path, token);
    const problem = readFileSync(path, 'utf8') === token ? '' : 'the data read differs from the data written';
    return { subject: path, step: 'file', problem };
  } catch (error) {
    return { subject: path, step: 'file', problem: error instanceof Error ? error.message : String(error) };
  }
}

function writeThrough(path: string, token: string): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, token);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

if (import.meta.main) {
  const config = JSON.parse(process.env[probeVariable] ?? '{}') as ProbeConfig;
  await runProbe(config, (result) => process.stdout.write(`${JSON.stringify(result)}\n`));
}
