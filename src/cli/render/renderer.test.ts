import { describe, expect, it } from 'vitest';
import { aReport, recordedRun } from '../../../test/support/recorded-run.ts';
import { errorDetail } from '../../core/errors.ts';
import { parseRunEvent } from '../../core/run/events.schema.ts';
import type { RunEvent, RunEventEnvelope } from '../../core/run/events.ts';
import type { Ending } from './renderer.ts';
import { createRenderer, type RendererOptions } from './renderer.ts';
import { replay } from '../../../test/support/replay-run.ts';
import { createRedactor } from '../../host/redact.ts';

interface Played {
  readonly out: string;
  readonly err: string;
  readonly file: string;
  /** Each write to stderr. */
  readonly writes: readonly string[];
}

async function play(
  changes: Partial<RendererOptions>,
  events: readonly RunEvent[] = recordedRun(),
  ending: Ending = { report: aReport() }
): Promise<Played> {
  let now = Date.parse(events[0]?.time ?? '');
  const out: string[] = [];
  const writes: string[] = [];
  const file: string[] = [];
  const renderer = createRenderer({
    output: 'text',
    mode: 'lines',
    appearance: { color: false, ascii: false },
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => writes.push(text), columns: 80, rows: 24 },
    eventFile: { write: (text) => file.push(text) },
    redactor: createRedactor(),
    now: () => now,
    ...changes,
  });
  await replay(events, renderer, { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) });
  renderer.end(ending);
  return { out: out.join(''), err: writes.join(''), file: file.join(''), writes };
}

function envelopeOf(event: RunEvent | undefined): RunEventEnvelope {
  const { schema, seq, time, run } = event as RunEvent;
  return { schema, seq, time, run };
}

describe('lines renderer', () => {
  it('writes self-contained lines: time, run, step, word', async () => {
    const { err } = await play({});
    const lines = err.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^2026-11-21T14:\d\d:\d\dZ mig-7f3k \S+ +\S+/);
    expect(lines[0]).toBe('2026-11-21T14:02:52Z mig-7f3k migrate    started   shop: vks-prod -> eks-prod');
    expect(err).toContain('preflight  done      40s blockers=0 warnings=1');
    expect(err).toContain('volumes/upload/web/cache-with-a-very-long-name-that-nobody-likes-0 started');
    expect(err).not.toContain('\u001b');
  });

  it('reports a retry once, a wait when it changes and every minute, progress at 5 points or a minute', async () => {
    const { err } = await play({});
    expect(err.match(/retry +3\/10/g)).toHaveLength(1);
    expect(err.match(/waiting +object Deployment shop\/web/g)).toHaveLength(1);
    const progress = err.split('\n').filter((line) => line.includes('upload/db/data-pg-0 progress'));
    expect(progress.length).toBeGreaterThan(5);
    expect(progress.length).toBeLessThan(21);
    expect(progress[3]).toMatch(/progress +\d+% [\d.]+\/4.2GiB rate=[\d.]+MiB\/s left=\w+\.\.\w+/);
  });

  it('gives a deadline of another day its date', async () => {
    const [hello] = recordedRun();
    const time = '2026-11-21T23:59:00.000Z';
    const step = { id: 'apply', phase: 'apply', parent: '', title: 'apply' } as const;
    const waitingFor = { kind: 'object', ref: 'Deployment shop/web', condition: 'Available' } as const;
    const wait = {
      type: 'step.waiting',
      step,
      waitingFor,
      since: time,
      deadline: '2026-11-22T00:04:00.000Z',
      then: 'it fails',
    } as const;
    const base = { ...envelopeOf(hello), time };
    const events: RunEvent[] = [
      { ...(hello as RunEvent), time },
      { ...base, type: 'step.started', step },
      { ...base, ...wait },
    ];
    const { err } = await play({}, events);
    expect(err).toContain('since=23:59:00Z until=2026-11-22T00:04:00Z then: it fails');
  });

  it('is never silent for longer than a minute, nor half of it for screen readers', async () => {
    const [hello] = recordedRun();
    const step = { id: 'capture', phase: 'capture', parent: '', title: 'capture objects' } as const;
    const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 14, minute)).toISOString();
    const base = envelopeOf(hello);
    const events: RunEvent[] = [
      { ...(hello as RunEvent), time: at(0) },
      { ...base, ...({ type: 'step.started', step } as const), time: at(0) },
      { ...base, ...({ type: 'step.done', step, durationMs: 1, counts: {} } as const), time: at(10) },
    ];
    expect((await play({}, events)).err.match(/capture +running +\d+m\d\ds\n/g)).toHaveLength(10);
    expect(
      (await play({ accessible: true }, events)).err.match(/Still working on capture objects after/g)?.length
    ).toBeGreaterThan(17);
  });

  it('folds phases in GitHub Actions', async () => {
    const { err } = await play({ github: true });
    expect(err.match(/^::group::/gm)).toHaveLength(7);
    expect(err.match(/^::endgroup::$/gm)).toHaveLength(7);
  });
});

describe('tty renderer', () => {
  it('writes one synchronized frame at a time, at most ten a second, and the last one in full', async () => {
    const { writes, out } = await play({ mode: 'tty' });
    const frames = writes.filter((text) => text.startsWith('\u001b[?2026h'));
    expect(frames.every((text) => text.endsWith('\u001b[?2026l'))).toBe(true);
    expect(frames.length).toBeLessThan(4700);
    expect(frames.every((text) => !text.includes('\u001b[2J') && !text.includes('\u001b[?1049h'))).toBe(true);
    expect(frames.at(-1)).toContain('finish ✓');
    expect(out).toMatch(/^MIGRATED shop/);
  });

  it('never puts more than rows-1 lines over the old window', async () => {
    const { writes } = await play({ mode: 'tty' });
    // oxlint-disable-next-line no-control-regex -- the cursor moves are what is looked at
    const ups = writes.flatMap((text) => [...text.matchAll(/\u001b\[(\d+)A/g)]).map((match) => Number(match[1]));
    expect(Math.max(...ups)).toBeLessThanOrEqual(23);
  });

  it('draws nothing when nothing changed', async () => {
    const events = recordedRun().slice(0, 3);
    const once = (await play({ mode: 'tty' }, events)).writes;
    expect((await play({ mode: 'tty' }, [...events, ...events.slice(2), ...events.slice(2)])).writes).toEqual(once);
  });
});

describe('a look at a run', () => {
  it('draws it as it is and what is open below, without the lines of how it came there', async () => {
    const { out, err } = await play(
      { mode: 'state', stdout: { write: (text) => looked.push(text) } },
      withFinding(),
      {}
    );
    const text = looked.join('');
    expect([out, err]).toEqual(['', '']);
    expect(text).toMatch(/^landfall migrate shop /);
    expect(text).toMatch(/\nopen \(last event at [\d:]+Z\)\n {2}blocker {3}QUOTA_SHORT {2}quota: it is short\n/);
    expect(text).not.toContain('for people who want to know');
    expect(text).not.toMatch(/^\d{4}-\d\d-\d\dT.*mig-7f3k/m);
  });

  it('says nothing below where nothing is open', async () => {
    looked.length = 0;
    const events = recordedRun().slice(0, 3);
    await play({ mode: 'state', stdout: { write: (text) => looked.push(text) } }, events, {});
    expect(looked.join('')).not.toContain('open');
  });

  const looked: string[] = [];
  function withFinding(): readonly RunEvent[] {
    const events = recordedRun().slice(0, 3);
    const base = envelopeOf(events.at(-1));
    const finding = (severity: 'blocker' | 'info', code: string, message: string) =>
      ({ ...base, type: 'finding', severity, code, subject: 'quota', message, remedy: '' }) as unknown as RunEvent;
    return [
      ...events,
      finding('blocker', 'QUOTA_SHORT', 'it is short'),
      finding('info', 'CHECK_NOT_MADE', 'for people who want to know'),
    ];
  }
});

describe('json output', () => {
  it('is JSON lines from the first byte to the last, and stderr stays empty', async () => {
    const { out, err, file } = await play({ output: 'json' });
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => parseRunEvent(JSON.parse(line)));
    expect(events.every((event) => event !== undefined)).toBe(true);
    expect(events[0]?.type).toBe('hello');
    expect(events.at(-1)?.type).toBe('result');
    expect(err).toBe('');
    expect(file).toBe(out);
  });

  it('reports progress at most once a second a step, the last value always, with rate and time left', async () => {
    const { out } = await play({ output: 'json' });
    const all = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    const uploads = all.flatMap((event) =>
      event.type === 'step.progress' && event.step.id === 'volumes/upload/db/data-pg-0' ? [event] : []
    );
    expect(uploads.at(-1)).toMatchObject({ done: 4.2 * 1024 ** 3 });
    expect(uploads.some((event) => event.remainingSeconds !== undefined && event.ratePerSecond !== undefined)).toBe(
      true
    );
    const seqs = all.map((event) => event.seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  it('reports a wait or a retry that is confirmed again only once', async () => {
    const repeated = recordedRun().flatMap((event): RunEvent[] =>
      event.type === 'step.retry' || event.type === 'step.waiting' ? [event, event, event] : [event]
    );
    const types = (out: string): string[] =>
      [...out.matchAll(/"type":"(step\.(?:retry|waiting))"/g)].map(([, type = '']) => type);
    const [once, again] = [await play({ output: 'json' }), await play({ output: 'json' }, repeated)];
    expect(types(again.out)).toEqual(types(once.out));
    expect(types(once.out)).toContain('step.retry');
  });

  it('puts the error object on stderr', async () => {
    const error = errorDetail('QUOTA_EXCEEDED', { what: 'no room' });
    const { err } = await play({ output: 'json' }, recordedRun('rolled-back'), {
      report: aReport({ outcome: 'rolled-back', error }),
    });
    expect(JSON.parse(err)).toMatchObject({ code: 'QUOTA_EXCEEDED', docs: 'docs/reference/errors.md#quota_exceeded' });
  });
});

describe('quiet', () => {
  it('prints only the result line and errors', async () => {
    const { out, err } = await play({ mode: 'quiet' });
    expect(out).toBe('MIGRATED shop: vks-prod -> eks-prod in 7m44s; source SERVING, target SERVING\n');
    expect(err).toBe('');
    const json = await play({ mode: 'quiet', output: 'json' });
    expect(json.out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(json.out)).toMatchObject({ type: 'result' });
  });
});

describe('canaries', () => {
  it('reach no renderer, no file, no result', async () => {
    const secret = 'canary-S3cr3t!value';
    const token = `eyJhbGciOiJSUzI1NiJ9.${'c2FuYXJ5'.repeat(4)}.c2lnbmF0dXJl`;
    const url = `https://s3/x?X-Amz-Signature=canarysignature&X-Amz-Credential=canarycredential`;
    const error = errorDetail('LOCATION_FORBIDDEN', {
      what: `refused ${secret}`,
      why: `Authorization: Bearer canarybearer.token for ${url}`,
      ref: `http://me:canarypassword@store/`,
      cause: new Error(`password=canarycause ${token}`),
    });
    const [hello] = recordedRun();
    const base = envelopeOf(hello);
    const step = { id: 'apply', phase: 'apply', parent: '', title: `apply ${encodeURIComponent(secret)}` } as const;
    const events: RunEvent[] = [
      hello as RunEvent,
      { ...base, type: 'step.started', step },
      { ...base, type: 'step.retry', step, attempt: 1, attemptsMax: 2, nextAt: base.time, error },
      {
        ...base,
        type: 'log',
        level: 'warn',
        message: `{"secretAccessKey": "canarykey"} ${Buffer.from(secret).toString('base64')}`,
        fields: { url },
      },
      { ...base, type: 'step.failed', step, durationMs: 1, error },
      { ...base, type: 'result', outcome: 'failed', exitCode: 12, error },
    ];
    const report = aReport({
      outcome: 'failed',
      error,
      failures: [error],
      excluded: [{ reason: secret, count: 1, examples: [token] }],
    });
    for (const output of ['text', 'json'] as const) {
      for (const mode of ['tty', 'lines', 'quiet'] as const) {
        const { out, err, file } = await play({ output, mode, redactor: createRedactor([secret]) }, events, { report });
        const all = out + err + file;
        expect(all).not.toMatch(/canary(?!\]|-S3)/);
        expect(all).not.toContain('c2FuYXJ5');
        expect(all).not.toContain(secret);
        expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20));
        expect(all).toContain('[redacted]');
      }
    }
  });

  it('leaves hashes, names and numbers alone', async () => {
    const redactor = createRedactor(['x']);
    const hash = 'a3f5'.repeat(16);
    for (const text of [
      hash,
      'shop/data-pg-0',
      'Secret shop/password',
      'sha256:' + hash,
      'db-password-0',
      'keys=12',
      'https://s3.example/b/k',
    ]) {
      expect(redactor.text(text)).toBe(text);
    }
  });
});
