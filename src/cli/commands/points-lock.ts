import { Command, Option } from 'commander';
import { checkEnd, lockExisting, previewLock } from '../../archive/ask-lock.ts';
import { readStoreClock } from '../../archive/store-clock.ts';
import { LandfallError } from '../../core/errors.ts';
import { lockText, type LockMode, type Retention } from '../../core/retention/point-lock.ts';
import { plural } from '../../core/run/format.ts';
import { parseInstant } from '../../core/run/instant.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { openLock } from '../../locations/open-lock.ts';
import { openLocation } from '../../locations/open-location.ts';
import type { Location } from '../../ports/location.ts';
import type { ObjectLock } from '../../ports/object-lock.ts';
import { newRunId } from '../../runs/run-client.ts';
import { durationOf, locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';

interface LockFlags extends LocationFlags {
  readonly output: 'text' | 'json';
  readonly for?: string;
  readonly until?: string;
  readonly mode?: LockMode;
  readonly yes?: boolean;
}

/** `landfall points lock`: nobody removes what a point needs before a time. */
export function lockCommand(): Command {
  return withLocation(
    new Command('lock').description(
      'lock a recovery point in the store, or extend its lock; without --yes, only shows what would be locked'
    )
  )
    .argument('<point>', 'id of a recovery point, whole or short')
    .option('--for <duration>', 'how long from now, such as 30d; default: that of the Location')
    .option('--until <time>', 'the end, such as 2027-01-31T00:00:00Z')
    .addOption(new Option('--mode <mode>', 'default: that of the Location').choices(['governance', 'compliance']))
    .option('--yes', 'lock it; a compliance lock cannot be taken back by anybody')
    .addOption(outputOption())
    .action(async (point: string, flags: LockFlags) => {
      const spec = await locationOf(flags);
      const lock = await openLock(spec);
      const location = await openLocation(spec);
      try {
        await lockOne({ spec, lock, location }, point, flags);
      } finally {
        await Promise.all([lock.close(), location.close()]);
      }
    });
}

interface Opened {
  readonly spec: LocationSpec;
  readonly lock: ObjectLock;
  readonly location: Location;
}

async function lockOne({ spec, lock, location }: Opened, point: string, flags: LockFlags): Promise<void> {
  const asked = endOf(spec, flags);
  await lock.check();
  const storeMs = await readStoreClock(location);
  const wanted = { mode: asked.mode, untilMs: asked.untilMs ?? storeMs + (asked.forMs ?? 0) };
  checkEnd(wanted.untilMs, { storeMs, machineMs: Date.now() });
  if (flags.yes !== true) {
    const { id, objects, before } = await previewLock(location, point);
    const now = before === undefined ? {} : { now: jsonOf(before) };
    if (flags.output === 'json') print({ dryRun: true, id, objects, lock: jsonOf(wanted), ...now });
    else {
      if (before !== undefined) console.log(`${id} is ${lockText(before)} by what is written in the Location`);
      console.log(`${id}: ${plural(objects, 'object')} would be ${lockText(wanted)}`);
      console.log('nothing was changed; add --yes to lock');
    }
    return;
  }
  const run = newRunId(location.name);
  const { id, objects, retention } = await lockExisting(location, { lock, wish: { point, run, wanted } });
  if (flags.output === 'json') print({ id, objects, lock: jsonOf(retention) });
  else console.log(`${id} is ${lockText(retention)}: ${plural(objects, 'object')}`);
}

/** What the flags say, and what the Location says where they do not. Throws CONFIG_INVALID. */
function endOf(
  spec: LocationSpec,
  flags: LockFlags
): { readonly mode: LockMode; readonly untilMs?: number; readonly forMs?: number } {
  const own = spec.provider === 's3' ? spec.lock : undefined;
  const mode = flags.mode ?? own?.mode;
  const { until } = flags;
  if (mode === undefined) throw invalid('nothing says how to lock', 'give --mode governance or --mode compliance');
  if (until !== undefined && flags.for !== undefined)
    throw invalid('--for and --until both say when the lock ends', 'keep one of the two');
  if (until !== undefined) {
    const untilMs = parseInstant(until);
    if (untilMs === undefined)
      throw invalid(`--until ${until} is not a time`, 'write a time such as 2027-01-31T00:00:00Z');
    return { mode, untilMs };
  }
  const forMs = flags.for === undefined ? own?.forMs : durationOf('--for', flags.for);
  if (forMs === undefined) throw invalid('nothing says when the lock ends', 'give --for DURATION or --until TIME');
  return { mode, forMs };
}

function invalid(what: string, fix: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', { what, fix });
}

function jsonOf({ mode, untilMs }: Retention): { readonly mode: LockMode; readonly until: string } {
  return { mode, until: new Date(untilMs).toISOString() };
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2));
}
