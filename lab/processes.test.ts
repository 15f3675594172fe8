import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify, type Identity } from './identity.ts';
import { withLock } from '../src/host/lock.ts';
import { identifyProcess, isAlive } from '../src/host/process-identity.ts';
import { endProcess } from '../src/host/end-process.ts';
import { Processes } from './processes.ts';

let identity: Identity;

beforeEach(() => {
  const checkout = mkdtempSync(join(tmpdir(), 'lab-processes-'));
  identity = { ...identify('test', checkout), stateDirectory: checkout };
});

afterEach(async () => {
  await Promise.all(new Processes(identity).marked().map((process) => endProcess(process, 0)));
  rmSync(identity.stateDirectory, { recursive: true });
});

const sleeper = { part: 'source/sleeper', command: 'sleep', args: ['1000'] };

describe('Processes', () => {
  it('starts a part once, and again when it has died or its command changed', async () => {
    const processes = new Processes(identity);
    const first = await processes.ensure(sleeper);
    expect(await processes.ensure(sleeper)).toEqual({ record: first.record, started: false });
    await endProcess(first.record, 0);
    const second = await processes.ensure(sleeper);
    expect(second.started).toBe(true);
    const third = await processes.ensure({ ...sleeper, args: ['2000'] });
    expect(third.started).toBe(true);
    expect(isAlive(second.record)).toBe(false);
  });

  it('starts a part again when the one it restarts with was started again, and not twice', async () => {
    const processes = new Processes(identity);
    const server = await processes.ensure(sleeper);
    const spec = { ...sleeper, part: 'source/client', restartsWith: sleeper.part };
    const client = await processes.ensure(spec);
    expect(await processes.ensure(spec)).toEqual({ record: client.record, started: false });
    await endProcess(server.record, 0);
    await processes.ensure(sleeper);
    expect((await processes.ensure(spec)).started).toBe(true);
    expect(isAlive(client.record)).toBe(false);
    expect((await processes.ensure(spec)).started).toBe(false);
  });

  it('finds its processes without any record, and nobody else’s', async () => {
    const processes = new Processes(identity);
    const { record } = await processes.ensure(sleeper);
    const stranger = spawn('sleep', ['1000']);
    rmSync(join(identity.stateDirectory, 'run'), { recursive: true });
    expect(processes.marked().map((found) => found.pid)).toEqual([record.pid]);
    stranger.kill();
  });

  it('leaves a process alone that has taken over a recorded pid', async () => {
    const stranger = spawn('sleep', ['1000']);
    const pid = stranger.pid ?? 0;
    const real = identifyProcess(pid);
    if (real === undefined) throw new Error('sleep did not start');
    await endProcess({ ...real, startTicks: real.startTicks - 1 }, 0);
    expect(isAlive(real)).toBe(true);
    stranger.kill();
  });

  it('fails at once, with the log, when a part ends instead of getting ready', async () => {
    const processes = new Processes(identity);
    const { record } = await processes.ensure({
      part: 'dying',
      command: 'sh',
      args: ['-c', 'sleep 0.1; echo the reason >&2; exit 1'],
    });
    await expect(processes.waitReady(record, () => undefined, 30_000)).rejects.toThrow(
      /dying has ended[\s\S]*log: .*dying\.log[\s\S]*the reason/
    );
  });
});

describe('withLock', () => {
  it('takes over the lock of a dead holder', async () => {
    const file = join(identity.stateDirectory, 'lock');
    const self = identifyProcess(process.pid);
    writeFileSync(file, JSON.stringify({ ...self, startTicks: 1 }));
    await expect(withLock(file, { deadlineMs: 1000 }, () => readFileSync(file, 'utf8'))).resolves.toBe(
      JSON.stringify(self)
    );
  });

  it('waits for a living holder, and fails at the deadline', async () => {
    const file = join(identity.stateDirectory, 'lock');
    await withLock(file, { deadlineMs: 1000 }, async () => {
      await expect(withLock(file, { deadlineMs: 100 }, () => undefined)).rejects.toThrow(/stopped waiting/);
    });
  });
});
