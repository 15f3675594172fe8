import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseAppearance, chooseMode, progressChoices } from '../../src/cli/render/mode.ts';
import { createRedactor } from '../../src/host/redact.ts';
import { createRenderer } from '../../src/cli/render/renderer.ts';
import type { Renderer } from '../../src/cli/render/renderer.ts';
import { parseRunEvent } from '../../src/core/run/events.schema.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import { aReport, recordedRun } from './recorded-run.ts';

/** Time of a replay: the real one, or one that a test moves. */
export interface ReplayClock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Feeds events to a renderer at their times, and ticks it between them as a command does. */
export async function replay(events: readonly RunEvent[], renderer: Renderer, clock: ReplayClock): Promise<void> {
  for (const event of events) {
    const at = Date.parse(event.time);
    while (clock.now() < at) {
      await clock.sleep(Math.min(100, at - clock.now()));
      renderer.tick(clock.now());
    }
    renderer.event(event);
  }
}

/**
 * Plays a recorded run through a renderer, so that a person can look at it: `replay-run.ts [FILE|ok|undo] [SPEED] [FROM]
 * [UNTIL] [PROGRESS]`. FILE holds JSON lines as `--event-file` writes them; SPEED is how many times faster; what lies
 * before FROM is reported at once, and it stands still at UNTIL, both in seconds of the recording.
 */
async function main([source = 'ok', speed = '20', from = '0', until = 'Infinity', asked = 'auto']: readonly string[]) {
  const all = source === 'ok' ? recordedRun() : source === 'undo' ? recordedRun('rolled-back') : readEvents(source);
  const first = Date.parse(all[0]?.time ?? '');
  const begun = Date.now();
  const now = (): number => first + Number(from) * 1000 + (Date.now() - begun) * Number(speed);
  const terminal = { env: process.env, isTerminal: process.stderr.isTTY };
  const progress = progressChoices.find((choice) => choice === asked) ?? 'auto';
  const renderer = createRenderer({
    output: 'text',
    mode: chooseMode({ progress, quiet: false, accessible: false, ...terminal }),
    appearance: chooseAppearance({ color: 'auto', ...terminal }),
    stdout: process.stdout,
    stderr: process.stderr,
    redactor: createRedactor(),
    now,
    github: process.env['GITHUB_ACTIONS'] === 'true',
    footer: 'Ctrl-C leaves; the run goes on',
  });
  const events = all.filter((event) => Date.parse(event.time) - first <= Number(until) * 1000);
  await replay(events, renderer, { now, sleep: (ms) => sleep(ms / Number(speed)) });
  if (events.length < all.length) return sleep(3_600_000);
  const error = renderer.view().errors[0];
  const undo = [...renderer.view().undo.values()].map(({ id, title }) => ({ step: id, title, state: 'done' as const }));
  const failed = { outcome: 'rolled-back', exitCode: 1, undo, ...(error && { error }) } as const;
  renderer.end({ report: aReport(undo.length > 0 ? failed : {}), reportPath: './shop-mig-7f3k.json' });
}

function readEvents(path: string): RunEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : (parseRunEvent(JSON.parse(line)) ?? [])));
}

if (import.meta.main) await main(process.argv.slice(2));
