import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEngine } from '../../../src/engine/engine-file.ts';
import { stopLocalEngine } from '../../../src/engine/local-engine.ts';
import type { RunReport } from '../../../src/core/run/report.ts';
import { landfall, type Command } from '../../support/e2e/cli.ts';
import { expectCode, expectMovedByReport, resultOf, step } from '../../support/e2e/expectations.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';

export const commandPlaces = ['command-reboot', 'command-detach'];

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

/** The command is killed, alone or with everything else on the machine: the run outlives it. */
export function testCommands(stage: () => Stage): void {
  test.concurrent('command-reboot: resume goes on with a run whose machine was lost', async () => {
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
      // Of a run that has ended, resume tells the end.
      await expectCode(localCommand(place, 'resume', hello.run, '-o', 'json'), 0);
    } finally {
      await stopLocalEngine(stateDirectory(place));
      await place.close();
    }
  });

  test.concurrent('command-detach: nobody has to watch', async () => {
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
