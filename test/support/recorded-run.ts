import { errorDetail } from '../../src/core/errors.ts';
import { eventSchema } from '../../src/core/run/events.ts';
import type { RunEvent, RunEventBody, StepInfo } from '../../src/core/run/events.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { reportSchema } from '../../src/core/run/report.ts';

const startMs = Date.UTC(2026, 10, 21, 14, 2, 52);
const gib = 1024 ** 3;
const claims = [
  'db/data-pg-0',
  'web/uploads-0',
  'db/wal-pg-0',
  'db/data-pg-1',
  'web/cache-with-a-very-long-name-that-nobody-likes-0',
  'mail/spool-0',
];

/** A step of a recorded run. */
export function aStep(phase: string, id: string = phase, title: string = id): StepInfo {
  return { id, phase, parent: id === phase ? '' : phase, title };
}

/** Collects events with growing seq at chosen seconds after the start. */
export function recorder(run = 'mig-7f3k'): {
  readonly at: (second: number, body: RunEventBody) => void;
  readonly events: RunEvent[];
} {
  const events: RunEvent[] = [];
  return {
    events,
    at(second, body) {
      const live = body.type === 'step.progress' || body.type === 'step.waiting' || body.type === 'step.retry';
      const seq = (events.at(-1)?.seq ?? 0) + (live ? 0 : 1);
      const time = new Date(startMs + second * 1000).toISOString();
      events.push({ schema: eventSchema, seq, time, run, ...body });
    },
  };
}

/**
 * A migration as the workflow and its heartbeats report it: six volumes, a throttled store, a wait for a condition, names
 * with wide characters and escape sequences. `ending` decides how it ends.
 */
export function recordedRun(ending: 'succeeded' | 'rolled-back' = 'succeeded'): RunEvent[] {
  const { events, at } = recorder();
  at(0, {
    type: 'hello',
    kind: 'migrate',
    name: 'shop',
    schemaMinor: 0,
    source: 'vks-prod',
    target: 'eks-prod',
    phases: ['preflight', 'capture', 'plan', 'volumes', 'apply', 'verify', 'finish'],
    file: 'landfall.yaml',
  });
  at(0, { type: 'side', source: 'serving', target: 'empty' });
  at(1, { type: 'step.started', step: aStep('preflight', 'preflight', 'check both clusters') });
  at(20, {
    type: 'finding',
    code: 'HPA_METRIC',
    severity: 'warning',
    subject: 'HorizontalPodAutoscaler shop/web',
    message: 'its metric is not served on the target',
    remedy: 'install the adapter',
  });
  at(41, {
    type: 'step.done',
    step: aStep('preflight', 'preflight', 'check both clusters'),
    durationMs: 40_400,
    counts: { blockers: 0, warnings: 1 },
  });
  recordCapture(at);
  at(82, { type: 'step.started', step: aStep('plan', 'plan', 'make the plan') });
  at(84, {
    type: 'step.done',
    step: aStep('plan', 'plan', 'make the plan'),
    durationMs: 2_000,
    counts: { objects: 1204, volumes: 6, excluded: 4 },
  });
  recordVolumes(at);
  if (ending === 'rolled-back') recordRollback(at);
  else recordApply(at);
  return inOrder(events);
}

/** Steps that overlap are reported one after the other above: sorted by time, and numbered as a run would. */
function inOrder(events: readonly RunEvent[]): RunEvent[] {
  let seq = 0;
  return events
    .toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time))
    .map((event) => {
      const live = event.type === 'step.progress' || event.type === 'step.waiting' || event.type === 'step.retry';
      seq += live ? 0 : 1;
      return { ...event, seq };
    });
}

type At = ReturnType<typeof recorder>['at'];

function recordCapture(at: At): void {
  const phase = aStep('capture', 'capture', 'capture objects');
  at(42, { type: 'step.started', step: phase });
  for (let second = 43; second < 80; second += 1) {
    at(second, {
      type: 'step.progress',
      step: phase,
      done: (second - 42) * 33,
      total: 1204,
      unit: 'objects',
      totalIsEstimate: true,
      note: 'deployments.apps',
    });
  }
  at(80, { type: 'step.done', step: phase, durationMs: 38_000, counts: { objects: 1204, storedBytes: 1_870_000 } });
}

function recordVolumes(at: At): void {
  const throttled = errorDetail('LOCATION_THROTTLED', { what: 's3:eu-1 answers 503 SlowDown', retryAfterMs: 12_000 });
  at(85, { type: 'step.started', step: aStep('volumes', 'volumes', 'move volumes') });
  at(85, {
    type: 'step.started',
    step: aStep('volumes', 'volumes/snapshots', 'snapshots'),
    undo: 'remove 6 snapshots',
  });
  at(95, {
    type: 'step.done',
    step: aStep('volumes', 'volumes/snapshots', 'snapshots'),
    durationMs: 10_000,
    counts: { claims: 6 },
  });
  const steps = claims.map((claim) => aStep('volumes', `volumes/upload/${claim}`, `upload ${claim}`));
  for (const [index, step] of steps.entries()) {
    const begin = 97 + Math.floor(index / 3) * 150;
    at(begin, { type: 'step.started', step });
    const total = (index + 1) * 4.2 * gib;
    for (let tick = 1; tick <= 100; tick += 1) {
      const second = begin + tick * 1.4;
      if (index === 2 && tick > 30 && tick < 40) {
        at(second, {
          type: 'step.retry',
          step,
          attempt: 3,
          attemptsMax: 10,
          nextAt: new Date(startMs + (begin + 70) * 1000).toISOString(),
          error: throttled,
        });
        continue;
      }
      at(second, {
        type: 'step.progress',
        step,
        done: (total * tick) / 100,
        total,
        unit: 'bytes',
        totalIsEstimate: false,
        ...(tick > 97 ? { note: 'hash' } : {}),
      });
    }
    at(begin + 145, {
      type: 'step.done',
      step,
      durationMs: 145_000,
      counts: { files: 1000 + index, bytes: total, transferredBytes: total / 2 },
    });
  }
  at(400, {
    type: 'step.done',
    step: aStep('volumes', 'volumes', 'move volumes'),
    durationMs: 315_000,
    counts: { claims: 6, bytes: 88 * gib },
  });
}

function recordApply(at: At): void {
  const wave = aStep('apply', 'apply/wave-2', 'apply group 2: 設定 \u001b[31mred\u001b[0m\u202e objects');
  at(401, { type: 'side', source: 'serving', target: 'parked', undoSeconds: 15 });
  at(401, { type: 'step.started', step: aStep('apply', 'apply', 'apply objects') });
  at(401, { type: 'step.started', step: wave, undo: 'remove what apply group 2 made' });
  for (let second = 402; second < 440; second += 1) {
    at(second, {
      type: 'step.waiting',
      step: wave,
      waitingFor: { kind: 'object', ref: 'Deployment shop/web', condition: 'Available (now 1 of 3 ready)' },
      since: new Date(startMs + 402_000).toISOString(),
      deadline: new Date(startMs + 702_000).toISOString(),
      // oxlint-disable-next-line unicorn/no-thenable -- the name of the field is part of the published schema
      then: 'the apply group fails',
    });
  }
  at(441, { type: 'step.done', step: wave, durationMs: 40_000, counts: { objects: 1200 } });
  at(442, {
    type: 'step.done',
    step: aStep('apply', 'apply', 'apply objects'),
    durationMs: 41_000,
    counts: { applied: 1200, changed: 212 },
  });
  at(443, { type: 'step.started', step: aStep('verify', 'verify', 'compare') });
  at(460, {
    type: 'step.done',
    step: aStep('verify', 'verify', 'compare'),
    durationMs: 17_000,
    counts: { missing: 0, extra: 0, different: 0 },
  });
  at(461, { type: 'step.started', step: aStep('finish', 'finish', 'clean up') });
  at(463, { type: 'step.done', step: aStep('finish', 'finish', 'clean up'), durationMs: 2_000, counts: {} });
  at(463, { type: 'side', source: 'serving', target: 'serving' });
  at(464, { type: 'result', outcome: 'succeeded', exitCode: 0 });
}

function recordRollback(at: At): void {
  const error = errorDetail('QUOTA_EXCEEDED', {
    what: 'ResourceQuota shop/compute leaves no room for Deployment shop/web',
    why: 'it asks for 8 CPUs, 2 are left',
  });
  at(401, { type: 'step.started', step: aStep('apply', 'apply', 'apply objects') });
  at(405, { type: 'step.failed', step: aStep('apply', 'apply', 'apply objects'), durationMs: 4_000, error });
  for (const [index, title] of ['remove what apply group 1 made on the target', 'remove 6 snapshots'].entries()) {
    const step = aStep('undo', `undo/${1 - index}`, title);
    at(406 + index * 5, { type: 'undo.started', step, title });
    at(410 + index * 5, { type: 'undo.done', step, title });
  }
  at(416, { type: 'result', outcome: 'rolled-back', exitCode: 1, error });
}

/** The report of a recorded run. */
export function aReport(changes: Partial<RunReport> = {}): RunReport {
  const cluster = { server: 'https://127.0.0.1:6443', version: 'v1.34.1', platform: 'generic' };
  return {
    schema: reportSchema,
    run: 'mig-7f3k',
    name: 'shop',
    kind: 'migrate',
    outcome: 'succeeded',
    exitCode: 0,
    started: '2026-11-21T14:02:52.000Z',
    finished: '2026-11-21T14:10:36.000Z',
    source: { ...cluster, name: 'vks-prod', uid: 'a' },
    target: { ...cluster, name: 'eks-prod', uid: 'b' },
    sides: { source: 'serving', target: 'serving' },
    objects: { captured: 1204, applied: 1200, changed: 212, excluded: 4, failed: 0 },
    parity: { checked: true, missing: 0, extra: 0, different: 0, names: { missing: [], extra: [], different: [] } },
    volumes: claims.map((claim) => ({
      claim,
      bytes: 14 * gib,
      files: 1000,
      sourceTree: 'aa',
      targetTree: 'aa',
      equal: true,
    })),
    phases: [
      { name: 'preflight', ms: 40_400 },
      { name: 'capture', ms: 38_000 },
      { name: 'volumes', ms: 315_000 },
    ],
    changes: [
      { rule: 'strip-cluster-ip', reason: 'the target gives its own', count: 200, examples: ['Service shop/web'] },
      {
        rule: 'storage-class',
        reason: 'vsan-gold is gp3 there',
        count: 12,
        examples: ['PersistentVolumeClaim db/data-pg-0'],
      },
    ],
    excluded: [{ reason: 'created by its owner', count: 4, examples: ['Pod shop/web-1'] }],
    failures: [],
    findings: [
      {
        code: 'HPA_METRIC',
        severity: 'warning',
        subject: 'HorizontalPodAutoscaler shop/web',
        message: 'no metric',
        remedy: '',
      },
    ],
    undo: [],
    ...changes,
  };
}
