import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { waitFor } from '../../src/host/wait.ts';
import { endWithUs } from './children.ts';

/** A Temporal server on SQLite, which can be killed and comes back with what it had. */
export interface TemporalServer {
  readonly address: string;
  /** SIGKILL: server and database are gone at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a development server with its database in a directory. */
export async function startTemporalServer(binary: string, directory: string): Promise<TemporalServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const logFile = join(directory, 'temporal.log');
  let child: ChildProcess | undefined;
  const server: TemporalServer = {
    address,
    async kill() {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL');
      await ended;
    },
    async start() {
      const log = openSync(logFile, 'a');
      const args = ['server', 'start-dev', '--headless', '--ip=127.0.0.1', `--port=${port}`, '--log-level=error'];
      child = spawn(binary, [...args, `--db-filename=${join(directory, 'temporal.db')}`], {
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      const started = child;
      endWithUs(started, new Promise((resolve) => started.once('exit', resolve)));
      await waitFor(() => answers(address), {
        what: 'Temporal to answer',
        deadlineMs: 60_000,
        intervalMs: 200,
        logFile,
      });
    },
  };
  await server.start();
  return server;
}

async function answers(address: string): Promise<true | undefined> {
  const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
