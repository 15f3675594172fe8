import type { Effect, Failpoints } from '../../../src/ports/failpoints.ts';
import { runWorker } from '../../../worker/run.ts';
import { createLog, openLog } from '../../../worker/log.ts';
import { ownFiles } from '../../../worker/policy/own-files.ts';
import { installTelemetry } from '../../../worker/telemetry.ts';
import { bundleVariable, faultsVariable, type Fault, type ReleaseMessage, type WorkerMessage } from './faults.ts';

/**
 * A worker that kills itself or pauses at chosen effects. Started with `fork` by `startWorker`: faults come by the
 * environment, it reports to its parent what it reached, and ends when the parent does.
 */
let faults = JSON.parse(process.env[faultsVariable] ?? '[]') as readonly Fault[];
const seen = new Map<string, number>();
const paused = new Map<string, { readonly fault: Fault; readonly released: PromiseWithResolvers<void> }>();

async function meet(when: Fault['when'], { name, subject }: Effect): Promise<void> {
  const text = `${name} ${subject}`;
  if (when === 'after') report({ type: name.startsWith('activity.') ? 'activity' : 'effect', text });
  for (const fault of faults) {
    if (fault.when !== when || !new RegExp(fault.at).test(text)) continue;
    const count = (seen.get(fault.id) ?? 0) + 1;
    seen.set(fault.id, count);
    if (count === (fault.nth ?? 1)) await strike(fault);
    // A call that is paused runs into its time limit and is made again: the repeat waits as well, until the release.
    else if (paused.get(fault.id)?.fault === fault) await paused.get(fault.id)?.released.promise;
  }
}

async function strike(fault: Fault): Promise<void> {
  const { id, action } = fault;
  if (action === 'kill') {
    // The message has to be out before the end of everything.
    await new Promise((done) => process.send?.({ type: 'reached', id } satisfies WorkerMessage, done));
    process.kill(process.pid, 'SIGKILL');
  }
  const released = Promise.withResolvers<void>();
  paused.set(id, { fault, released });
  report({ type: 'reached', id });
  await released.promise;
}

/** What a jump of the system clock is to this process; the native part of the SDK keeps the real one. */
function moveClock(skewMs: number): void {
  const Real = Date;
  globalThis.Date = new Proxy(Real, {
    construct: (target, args: [], self: typeof Date) =>
      Reflect.construct(target, args.length === 0 ? [Real.now() + skewMs] : args, self) as Date,
    apply: () => new Real(Real.now() + skewMs).toString(),
    get: (target, name) => (name === 'now' ? () => Real.now() + skewMs : (Reflect.get(target, name) as unknown)),
  });
}

function report(message: WorkerMessage): void {
  process.send?.(message);
}

const stop = new AbortController();
process.on('message', ({ release, arm, skewMs }: ReleaseMessage) => {
  if (arm !== undefined) {
    faults = arm;
    seen.clear();
    report({ type: 'armed' });
  }
  if (skewMs !== undefined) moveClock(skewMs);
  if (release !== undefined) paused.get(release)?.released.resolve();
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => stop.abort());

const failpoints: Failpoints = { before: (effect) => meet('before', effect), after: (effect) => meet('after', effect) };
const bundleFile = process.env[bundleVariable];
installTelemetry(createLog(openLog(2)), process.env['LANDFALL_METRICS_ADDRESS']);
await runWorker({
  ...(bundleFile === undefined ? {} : { bundleFile }),
  connection: { address: process.env['TEMPORAL_ADDRESS'] ?? '' },
  namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default',
  policy: ownFiles(),
  failpoints,
  signal: stop.signal,
  onReady: () => report({ type: 'ready' }),
});
process.exit(0);
