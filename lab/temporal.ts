import { join } from 'node:path';
import { attempt } from '../src/host/command.ts';
import { outcome, type LabContext } from './context.ts';

/** Starts a Temporal development server on SQLite and returns its address; its runs survive its restart. */
export async function startTemporal(lab: LabContext): Promise<{ address: string; namespace: string; binary: string }> {
  const binary = lab.binary('temporal');
  const address = `127.0.0.1:${lab.addresses.ports.temporal}`;
  await lab.progress.part('temporal', 3, async () => {
    const { record, started } = await lab.processes.ensure({
      part: 'temporal',
      command: binary,
      args: [
        'server',
        'start-dev',
        '--headless',
        '--ip=127.0.0.1',
        `--port=${lab.addresses.ports.temporal}`,
        `--db-filename=${join(lab.identity.stateDirectory, 'temporal.db')}`,
        '--log-level=warn',
      ],
    });
    const describe = ['operator', 'namespace', 'describe', '--namespace', 'default', '--address', address];
    await lab.processes.waitReady(record, () => attempt(binary, describe, { timeoutMs: 5000 }));
    return outcome(started);
  });
  return { address, namespace: 'default', binary };
}
