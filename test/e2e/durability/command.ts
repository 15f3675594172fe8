import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readEngine } from '../../../src/engine/engine-file.ts';
import { stopLocalEngine } from '../../../src/engine/local-engine.ts';
import type { RunReport } from '../../../src/core/run/report.ts';
import { landfall, type Command } from '../../support/e2e/cli.ts';
import { expectCode, expectMovedByReport, resultOf, step } from '../../support/e2e/expectations.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

export const commandPlaces = ['command-reboot', 'command-detach', 'command-disk'];

/** The command with the engine of this machine: no Temporal address, a state directory of the test's own. */
function localCommand(place: Place, ...args: string[]): Command {
  return landfall(args, {
    LANDFALL_STATE_DIR: stateDirectory(place),
    REPOSITORY_PASSWORD: place.env['REPOSITORY_PASSWORD'] ?? '',
    TEMPORAL_ADDRESS: undefined,
    TEMPORAL_NAMESPACE: undefined,
  });
}

function stateDirectory(place: Place): string {
  return join(place.directory, 'landfall');
}

/** The end of command, server and worker at once, as when the machine loses power. */
async function losePower(place: Place, command: Command): Promise<void> {
  const { server, worker } = readEngine(stateDirectory(place)) ?? {};
  for (const one of [worker, server]) if (one !== undefined) process.kill(one.pid, 'SIGKILL');
  await command.kill();
}

/** Gives the engine of a place a small disk of its own; `fill` leaves no byte of it. */
function smallDisk(place: Place): { fill(): void; free(): void; close(): void } {
  const disk = stateDirectory(place);
  const filler = join(disk, 'filler');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'landfall-test', disk]);
  return {
    fill() {
      const blocks = [1_048_576, 4_096].map((size) => Buffer.alloc(size));
      for (const block of blocks) untilFull(() => writeFileSync(filler, block, { flag: 'a' }));
    },
    free: () => rmSync(filler),
    close: () => void execFileSync('umount', [disk]),
  };
}

function untilFull(write: () => void): void {
  try {
    for (;;) write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** The command is killed, alone or with everything else on the machine: the run outlives it. */
export function testCommands(stage: () => Stage): void {
  placeTest('command-reboot', 'resume goes on with a run whose machine was lost', async () => {
    const place = await stage().place('command-reboot');
    const before = await stage().stateOf(place);
    try {
      const migrate = localCommand(place, 'migrate', '-f', place.file, '-o', 'json');
      const hello = await migrate.event('its beginning', ({ type }) => type === 'hello');
      await migrate.event('an upload', step('step.started', /^volumes\/upload\//));
      await losePower(place, migrate);
      const first = localCommand(place, 'resume', hello.run, '-o', 'json');
      await first.event('the apply', step('step.started', /^apply/));
      await losePower(place, first);
      const resume = localCommand(place, 'resume', hello.run, '-o', 'json', '--report', place.reportFile);
      await expectCode(resume, 0);
      const report = JSON.parse(readFileSync(place.reportFile, 'utf8')) as RunReport;
      await expectMovedByReport(stage(), place, before, report);
      expect(resultOf(resume.events)).toMatchObject({ outcome: 'succeeded', exitCode: 0 });
      // Of a run that has ended, resume reports the end.
      await expectCode(localCommand(place, 'resume', hello.run, '-o', 'json'), 0);
    } finally {
      await stopLocalEngine(stateDirectory(place));
      await place.close();
    }
  });

  placeTest('command-disk', 'the disk of server and worker is full for a while', async () => {
    const place = await stage().place('command-disk');
    const before = await stage().stateOf(place);
    const disk = smallDisk(place);
    try {
      disk.fill();
      const refused = localCommand(place, 'migrate', '-f', place.file, '-o', 'json');
      await expectCode(refused, 1);
      expect(JSON.parse((await refused.ended).stderr)).toMatchObject({
        code: 'DISK_FULL',
        what: `no space left for the state of the local engine in ${stateDirectory(place)}`,
      });
      disk.free();
      const migrate = localCommand(place, 'migrate', '-f', place.file, '-o', 'json', '--report', place.reportFile);
      await migrate.event('an upload', step('step.started', /^volumes\/upload\//));
      disk.fill();
      const reported = (pattern: RegExp): Promise<unknown> =>
        migrate.event(`a line like ${pattern}`, (event) => event.type === 'log' && pattern.test(event.message));
      await reported(/^(?:waiting for a worker|the Temporal server at \S+ has not responded since)/);
      await reported(/^no space left for the state of the local engine in .*: the run continues automatically/);
      const { worker } = readEngine(stateDirectory(place)) ?? {};
      if (worker !== undefined) process.kill(worker.pid, 'SIGKILL');
      disk.free();
      await reported(/^the (?:server and )?worker of the local engine had stopped: restarted$/);
      await expectCode(migrate, 0);
      const report = JSON.parse(readFileSync(place.reportFile, 'utf8')) as RunReport;
      await expectMovedByReport(stage(), place, before, report);
    } finally {
      await stopLocalEngine(stateDirectory(place));
      disk.close();
      await place.close();
    }
  });

  placeTest('command-detach', 'nobody has to watch', async () => {
    const place = await stage().place('command-detach');
    const before = await stage().stateOf(place);
    try {
      const detached = localCommand(place, 'migrate', '-f', place.file, '--detach', '-o', 'json');
      await expectCode(detached, 0);
      const { run } = JSON.parse((await detached.ended).stdout) as { run: string };
      await expectCode(localCommand(place, 'status', run, '--wait', '--timeout', '2', '-o', 'json'), 8);
      const killed = localCommand(place, 'status', run, '--wait', '-o', 'json');
      await killed.event('volumes', step('step.started', /^volumes/));
      await killed.kill();
      const status = localCommand(place, 'status', run, '--wait', '-o', 'json');
      await expectCode(status, 0);
      const report = localCommand(place, 'report', run, '-o', 'json');
      await expectCode(report, 0);
      const stored = JSON.parse((await report.ended).stdout) as RunReport;
      await expectMovedByReport(stage(), place, before, stored);
      await expectCode(localCommand(place, 'status', run, '-o', 'json'), 0);
    } finally {
      await stopLocalEngine(stateDirectory(place));
      await place.close();
    }
  });
}
