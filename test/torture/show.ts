import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { format, resolveConfig } from 'prettier';
import { down, up } from '../../lab/index.ts';
import { landfall } from '../support/e2e/cli.ts';
import { prepareLane } from './inventory.ts';
import type { Lane } from './lane.ts';
import { discard, runTrial } from './run-trial.ts';
import { scenes, type Scene } from './scenes.ts';
import { bundleOnce, isExclusive } from './session.ts';
import { openLane } from './open-lane.ts';

const labName = 'torture-show';
const lanesMax = 3;
const page = fileURLToPath(new URL('../../docs/guides/when-it-breaks.md', import.meta.url));

/** What was to be seen of one scene: the display as lines, the end, and what the workers wrote. */
interface Seen {
  readonly scene: Scene;
  /** Lines of `landfall status --wait`, from the step before the fault to the end. */
  readonly display: readonly string[];
  /** What the command printed when the run was over. */
  readonly result: readonly string[];
  readonly log: readonly LogLine[];
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly code?: string;
  readonly final?: boolean;
  readonly activityType?: string;
}

/**
 * Plays every scene on real servers, watched as a user would watch it, and writes the page "When it
 * breaks". `only` takes the scenes whose title holds it, and prints instead of writing.
 */
export async function show(only: string | undefined, say: (line: string) => void): Promise<void> {
  const wanted = scenes.filter(({ title }) => only === undefined || title.includes(only));
  const lab = await up({ light: true, name: labName, ownerPid: process.pid });
  const seen = new Map<Scene, Seen>();
  const lanes: Lane[] = [];
  const walk = async (lane: Lane, queue: Scene[]): Promise<void> => {
    for (let scene = queue.shift(); scene !== undefined; scene = queue.shift()) {
      seen.set(scene, await play(lane, scene));
      say(`seen: ${scene.title}`);
    }
  };
  try {
    await bundleOnce(lab);
    for (let index = 0; index < lanesMax; index += 1) {
      const lane = await openLane(lab, { index, sessionDirectory: join(lab.stateDirectory, 'lanes') });
      lanes.push(lane);
      await prepareLane(lane);
    }
    const shared = wanted.filter((scene) => !isExclusive(scene));
    await Promise.all(lanes.map((lane) => walk(lane, shared)));
    await walk(lanes[0] as Lane, wanted.filter(isExclusive));
  } finally {
    for (const lane of lanes) await lane.close();
    await down({ name: labName });
  }
  const text = wanted
    .flatMap((scene) => seen.get(scene) ?? [])
    .map(describe)
    .join('\n');
  if (only !== undefined) return say(text);
  const whole = readFileSync(page, 'utf8');
  const [begin, end] = ['<!-- generated -->', '<!-- end -->'];
  const [from, to] = [whole.indexOf(begin) + begin.length, whole.indexOf(end)];
  const options = (await resolveConfig(page)) ?? {};
  const filled = `${whole.slice(0, from)}\n\n${text}\n\n${whole.slice(to)}`;
  writeFileSync(page, await format(filled, { ...options, filepath: page }));
}

async function play(lane: Lane, scene: Scene): Promise<Seen> {
  const logFile = join(lane.directory, 'worker.log');
  const from = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const trial = { seed: 800_000 + scenes.indexOf(scene), shape: 'fresh', strikes: scene.strikes } as const;
  const watched = Promise.withResolvers<{ readonly stdout: string; readonly stderr: string }>();
  const ended = await runTrial(
    lane,
    trial,
    ({ name, env }) => void watch(name, env).then(watched.resolve, watched.reject)
  );
  const { stdout, stderr } = await watched.promise;
  discard(lane, trial, ended);
  const clean = (line: string): string =>
    line
      .replaceAll(/torture-\d+-s\d+-\d{4}/g, 'shop-7f3k')
      .replaceAll(/torture-\d+-s\d+/g, 'shop')
      .replaceAll(/torture-\d+/g, 'shop')
      .trimEnd();
  const lines = stderr
    .split('\n')
    .map(clean)
    .filter((line) => line !== '');
  const isDisplay = (line: string): boolean => /^\d{4}-\d\d-\d\dT/.test(line);
  return {
    scene,
    display: lines.filter(isDisplay),
    result: [
      ...stdout
        .split('\n')
        .map(clean)
        .filter((line) => line !== ''),
      ...lines.filter((line) => !isDisplay(line)),
    ],
    log: logLines(readFileSync(logFile).subarray(from).toString('utf8')),
  };
}

/** The command as somebody calls it who wants to know how it goes; again when Temporal did not answer the first time. */
async function watch(name: string, env: Readonly<Record<string, string>>): Promise<{ stdout: string; stderr: string }> {
  for (let tries = 0; ; tries += 1) {
    const ended = await landfall(['status', name, '--wait', '--progress', 'lines'], env).ended;
    if (ended.stdout !== '' || ended.stderr.includes(' result ') || tries === 20) return ended;
    await sleep(500);
  }
}

function logLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { level, message, code, final, activityType } = JSON.parse(line) as LogLine;
    const known = { ...(code === undefined ? {} : { code }), ...(final === undefined ? {} : { final }) };
    return /^Worker state|Nexus/.test(message)
      ? []
      : [{ level, message, ...known, ...(activityType === undefined ? {} : { activityType }) }];
  });
}

function describe({ scene, display, result, log }: Seen): string {
  const struck = display.findIndex((line) => / (retry|waiting|FAILED|warn|WARN|log) /.test(line));
  const shown = display.slice(Math.max(0, (struck < 0 ? display.length - 6 : struck) - 1));
  const lines = shown.length > 16 ? [...shown.slice(0, 8), '…', ...shown.slice(-7)] : shown;
  return [
    `### ${scene.title}`,
    '',
    `Row ${scene.row}. ${scene.advice}`,
    '',
    '```',
    ...lines,
    ...result.filter((line) => !/^ +(changed|excluded|time|next|[0-9]+ ) ?/.test(line) && !/^ {13}/.test(line)),
    '```',
    '',
    ...(log.length === 0 ? ['The worker has nothing to report.'] : ['```', ...counted(log), '```']),
    '',
  ].join('\n');
}

/** Equal log lines once, with how often they came. */
function counted(log: readonly LogLine[]): string[] {
  const counts = new Map<string, number>();
  for (const line of log) {
    const text = JSON.stringify(line);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${String(count).padStart(3)} x ${text}`);
}
