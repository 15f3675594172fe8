import { loadFile } from '../../model/load-file.ts';
import { parseDuration } from '../../config/duration.ts';
import type { ScheduledAssessInput } from '../../assess/contract.ts';
import { LandfallError } from '../../core/errors.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { scheduleLines } from '../render/schedules.ts';
import { openRunClient } from '../../runs/run-client.ts';
import { listSchedules, readSchedule, putSchedule, removeSchedule } from '../../runs/schedules.ts';
import type { Timing } from '../../runs/schedules.ts';
import type { AssessFlags, ScheduleFlags } from './assess-flags.ts';

/** Pods and dry runs of one assessment need not follow those of another at once. */
const everyMinMs = 60_000;

/** True when the command is about schedules and not about one assessment now. */
export function isAboutSchedules({ schedule, every, schedules, unschedule }: ScheduleFlags): boolean {
  return [schedule, every, schedules, unschedule].some((flag) => flag !== undefined);
}

/** `landfall assess --schedule CRON`, `--every DURATION`, `--schedules`, `--unschedule NAME`. */
export async function handleSchedules(flags: AssessFlags): Promise<void> {
  const { schedule, every, schedules, unschedule } = flags;
  if ([schedule, every, schedules, unschedule].filter((flag) => flag !== undefined).length > 1)
    throw new LandfallError('CONFIG_INVALID', {
      what: '--schedule, --every, --schedules and --unschedule cannot be combined',
      fix: 'give only one of them',
    });
  const timing = timingOf(flags);
  const scheduled = timing === undefined ? undefined : { timing, input: await inputOf(flags) };
  const runs = await openRunClient(flags, (message) => console.error(message));
  try {
    const say = (data: object, text: string) => console.log(flags.output === 'json' ? JSON.stringify(data) : text);
    if (unschedule !== undefined) {
      await removeSchedule(runs.client, unschedule);
      say(
        { name: unschedule, removed: true },
        `${unschedule}: no longer scheduled; an assessment that has started continues`
      );
    } else if (scheduled !== undefined) {
      const { name } = scheduled.input.spec;
      const done = await putSchedule(runs.client, scheduled.input, scheduled.timing);
      const put = await readSchedule(runs.client, name);
      say({ schedule: done, ...put }, `${name}: schedule ${done}, next ${put.next}; see landfall assess --schedules`);
    } else {
      const found = await listSchedules(runs.client);
      console.log(flags.output === 'json' ? JSON.stringify(found, null, 2) : scheduleLines(found).join('\n'));
    }
  } finally {
    await runs.close();
  }
}

function timingOf({ schedule, every, timeZone }: ScheduleFlags): Timing | undefined {
  if (schedule !== undefined) return { cron: schedule, timeZone };
  if (every === undefined) return undefined;
  const everyMs = parseDuration(every) ?? 0;
  if (everyMs >= everyMinMs) return { everyMs, every };
  throw new LandfallError('CONFIG_INVALID', {
    what: `--every ${every} is not a duration of at least one minute`,
    fix: 'use for example 30m, 6h or 1d',
  });
}

/** The whole file is judged now: a schedule must not find out in the night that it was wrong. */
async function inputOf(flags: AssessFlags): Promise<ScheduledAssessInput> {
  const { migrations } = await loadFile(flags.file);
  return {
    spec: chooseNamed(migrations, flags, 'Migration'),
    exitCodeOnWarnings: flags.exitCode === true,
    probes: { storage: flags.probes, external: flags.probes, images: flags.images },
  };
}
