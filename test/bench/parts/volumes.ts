import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { down } from '../../../lab/index.ts';
import { createKopiaMover } from '../../../src/movers/kopia/mover.ts';
import { buildJob } from '../../../src/movers/kopia/job-spec.ts';
import { parseObject } from '../../../src/movers/snapshot/objects.ts';
import { claims, jobs } from '../../../src/movers/snapshot/resources.ts';
import type { StoredClaim } from '../../../src/movers/snapshot/kinds.ts';
import { noFailpoints } from '../../../src/ports/failpoints.ts';
import type { MoveResult, VolumeMover } from '../../../src/ports/volume-mover.ts';
import { directoryOf, startPod, stopPod, useMoverLab, type MoverLab } from '../../mover/lab.ts';
import { alternate, type Sample } from '../alternate.ts';
import { processorTime, stealPercent } from '../host.ts';
import type { Part, PartOptions, PartReport } from '../part.ts';
import { counted, judge, type BenchResult } from '../result.ts';
import { median, seeded } from '../statistics.ts';

/** What the volume holds: a data file, files of a megabyte, and many small ones. */
interface VolumeSize {
  readonly largeBytes: number;
  readonly megabyteFiles: number;
  readonly smallFiles: number;
}

const labName = 'bench-volumes';
const claimName = 'bench';
const write = { fieldManager: 'bench' };
const password = 'only for the benchmark';
const timeoutMs = 600_000;

/**
 * Bytes through the mover against the bare `kopia` command: the same Job, image and limits, the same volume and store,
 * each time into an empty repository. Then the second run of the mover after one percent of the files has changed: what
 * it reads and what it stores. Needs root: it brings a whole lab up, and takes it down.
 */
export const volumes: Part = {
  name: 'volumes',
  title: 'Volumes: the mover beside kopia alone',
  expectedMinutes: 8,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const rounds = 4;
  const size = {
    largeBytes: Math.round(1024 * scale) * 1024 ** 2,
    megabyteFiles: Math.round(500 * scale),
    smallFiles: Math.round(20_000 * scale),
  };
  const place = await useMoverLab(labName);
  try {
    const volume = await makeVolume(place, size);
    const what = `a volume of ${(volume.sizeBytes / 1024 ** 2).toFixed(0)} MiB in ${volume.files} files`;
    say(what);
    const before = processorTime();
    const contest = await alternate(
      () => timed(place, (prefix, runId) => throughMover(place, prefix, runId)),
      () => timed(place, (prefix, runId) => throughKopia(place, prefix, runId)),
      { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
    );
    const steal = stealPercent(before);
    const { ratio, low, high } = contest.wall;
    // Time of ours over time of kopia; bytes a second are its inverse.
    const measured = { ratio: 1 / ratio, low: 1 / high, high: 1 / low };
    const seconds = (samples: readonly Sample[]): string => (median(samples.map(({ ms }) => ms)) / 1000).toFixed(1);
    return {
      results: [
        judge({
          ...{ what: 'volume upload, bytes a second: mover / kopia alone, wall time', direction: 'at least' },
          ...{ target: 0.9, measured, control: contest.control, stealPercent: steal },
        }),
        ...(await secondRun(place, volume)),
      ],
      tables: [
        {
          caption: `Upload of ${what}`,
          head: ['who', 'median s'],
          rows: [
            ['mover', seconds(contest.a)],
            ['kopia alone', seconds(contest.b)],
          ],
        },
      ],
      plots: [],
      notes: [
        'The time of a Job is taken from its creation to its end, pod start and all, for both. Beside copying, the mover hashes every file with SHA-256 by a reader of its own, and stores the listing: it is what lets the target be compared with the source and not with what kopia says.',
      ],
    };
  } finally {
    await place.close();
    await down({ name: labName });
  }
}

interface Volume {
  readonly directory: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly megabyteFiles: number;
}

/** A claim in Landfall's own namespace, filled from outside: what an exposed snapshot looks like to a Job. */
async function makeVolume(place: MoverLab, size: VolumeSize): Promise<Volume> {
  const { source, landfallNamespace: namespace, lab } = place;
  const spec = {
    storageClassName: lab.clusters.source.storageClass,
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '8Gi' } },
  };
  const body = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claimName }, spec };
  await source.create({ resource: claims, namespace, body: JSON.stringify(body) }, write);
  // The volume is made when the first pod asks for it.
  await startPod(source, namespace, claimName);
  await stopPod(source, namespace, claimName);
  const directory = await directoryOf(lab, source, namespace, claimName);
  const random = seeded(4);
  for (let written = 0; written < size.largeBytes; written += 1024 ** 2) {
    appendFileSync(join(directory, 'large'), halfRandom(1024 ** 2, random));
  }
  mkdirSync(join(directory, 'megabytes'));
  for (let at = 0; at < size.megabyteFiles; at += 1) {
    writeFileSync(join(directory, 'megabytes', `${at}`), halfRandom(1024 ** 2, random));
  }
  let smallBytes = 0;
  for (let at = 0; at < size.smallFiles; at += 1) {
    const folder = join(directory, 'small', `${at % 100}`);
    if (at < 100) mkdirSync(folder, { recursive: true });
    const bytes = halfRandom(200 + Math.floor(random() * 8000), random);
    smallBytes += bytes.length;
    writeFileSync(join(folder, `${at}`), bytes);
  }
  return {
    directory,
    files: 1 + size.megabyteFiles + size.smallFiles,
    sizeBytes: size.largeBytes + size.megabyteFiles * 1024 ** 2 + smallBytes,
    megabyteFiles: size.megabyteFiles,
  };
}

/** Bytes that compress to about a half, as databases and documents do; no two blocks alike. */
function halfRandom(bytes: number, random: () => number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let digest = createHash('sha256').update(String(random())).digest();
  for (let at = 0; at < bytes; at += 64) {
    digest = createHash('sha256').update(digest).digest();
    digest.copy(buffer, at);
  }
  return buffer;
}

let runs = 0;

/** Runs one contestant into a repository of its own, which is made before and not measured. */
async function timed(place: MoverLab, effect: (prefix: string, run: string) => Promise<unknown>): Promise<Sample> {
  const run = `bench-${++runs}`;
  const prefix = `${place.location.prefix}${run}/`;
  await moverOf(place, prefix, run).prepareRepository({});
  const started = performance.now();
  await effect(prefix, run);
  return { ms: performance.now() - started, cpu: {} };
}

function moverOf(place: MoverLab, prefix: string, runId: string): VolumeMover {
  return createKopiaMover({
    ...{ source: place.source, target: place.target, landfallNamespace: place.landfallNamespace, runId },
    ...{ location: { ...place.location, prefix }, image: place.image, failpoints: noFailpoints, pollMs },
    resolveSecret: (from) => ('env' in from ? Promise.resolve(password) : readText(from.file)),
  });
}

/** Both contestants are looked at as often. */
const pollMs = 200;

async function throughMover(place: MoverLab, prefix: string, runId: string, claimUid?: string): Promise<MoveResult> {
  const mover = moverOf(place, prefix, runId);
  const result = await mover.upload({
    ...{ cluster: 'source', jobName: `up-${runId}`, runId, claimName, volumeId: 'bench/volume', timeoutMs },
    ...(claimUid === undefined ? {} : { claimUid }),
    onProgress: () => undefined,
  });
  await mover.remove({ cluster: 'source', jobName: `up-${runId}` });
  return result;
}

/** The Job of the mover with another command: what somebody would write who has kopia and a claim. */
async function throughKopia(place: MoverLab, prefix: string, runId: string): Promise<void> {
  const { lab, landfallNamespace: namespace, image, source } = place;
  const jobName = `kopia-${runId}`;
  const job = buildJob({ namespace, jobName, runId, image, mode: 'upload', claimName, timeoutMs }) as BareJob;
  const { s3 } = lab;
  const store = `--bucket=${s3.bucket} --prefix=${prefix}volumes/ --region=${s3.region} --endpoint=${new URL(s3.endpoint).host}`;
  const script = [
    `kopia repository connect s3 ${store} --disable-tls --cache-directory=/scratch/cache --config-file=/scratch/c`,
    'kopia snapshot create /scratch/volume --parallel=4 --config-file=/scratch/c --log-dir=/scratch/logs --no-progress',
  ].join(' && ');
  const env = {
    ...{ KOPIA_PASSWORD: password, AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    ...{ HOME: '/scratch', KOPIA_CHECK_FOR_UPDATES: 'false' },
  };
  job.spec.suspend = false;
  const { spec } = job.spec.template;
  spec.volumes = spec.volumes.filter(({ name }) => name !== 'config');
  for (const container of spec.containers) {
    container.command = ['sh', '-c', script];
    container.env = Object.entries(env).map(([name, value]) => ({ name, value }));
    container.volumeMounts = container.volumeMounts.filter(({ name }) => name !== 'config');
  }
  await source.create({ resource: jobs, namespace, body: JSON.stringify(job) }, write);
  const ended = await source.waitFor({
    resource: jobs,
    namespace,
    name: jobName,
    until: (object) => object !== undefined && conditionsOf(object).length > 0,
    describe: () => `Job ${jobName} has not ended`,
    timeoutMs,
  });
  if (ended === undefined || !conditionsOf(ended).includes('Complete')) throw new Error(`${jobName} failed`);
  await source.delete({ resource: jobs, namespace, name: jobName }, { propagation: 'Background' });
}

interface BareJob {
  readonly spec: {
    suspend: boolean;
    readonly template: {
      readonly spec: {
        volumes: readonly { readonly name: string }[];
        readonly containers: {
          command: readonly string[];
          env: readonly { readonly name: string; readonly value: string }[];
          volumeMounts: readonly { readonly name: string }[];
        }[];
      };
    };
  };
}

function conditionsOf(object: Parameters<typeof parseObject>[0]): readonly string[] {
  const { status } = parseObject<never>(object) as {
    status?: { conditions?: readonly { type: string; status: string }[] };
  };
  return (status?.conditions ?? [])
    .filter((one) => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed'))
    .map(({ type }) => type);
}

/** One percent of the bytes changes, in whole files: what the second run reads and stores of it. */
async function secondRun(place: MoverLab, volume: Volume): Promise<readonly BenchResult[]> {
  const { source, landfallNamespace: namespace } = place;
  const stored = await source.get({ resource: claims, namespace, name: claimName });
  const claimUid = stored === undefined ? '' : parseObject<StoredClaim>(stored).metadata.uid;
  const prefix = `${place.location.prefix}second/`;
  const before = processorTime();
  await moverOf(place, prefix, 'second-0').prepareRepository({});
  await throughMover(place, prefix, 'second-1', claimUid);
  const random = seeded(5);
  const changed = Math.max(1, Math.round(volume.sizeBytes / 100 / 1024 ** 2));
  for (let at = 0; at < Math.min(changed, volume.megabyteFiles); at += 1) {
    rmSync(join(volume.directory, 'megabytes', `${at}`));
    writeFileSync(join(volume.directory, 'megabytes', `${at}`), halfRandom(1024 ** 2, random));
  }
  const changedBytes = changed * 1024 ** 2;
  const result = await throughMover(place, prefix, 'second-2', claimUid);
  const steal = stealPercent(before);
  return [
    judge({
      ...{ what: 'second run after 1 % changed, bytes read for the hash over bytes changed', direction: 'at most' },
      ...{ target: 1.05, measured: counted(result.hashedBytes / changedBytes), stealPercent: steal },
    }),
    judge({
      ...{ what: 'second run after 1 % changed, bytes stored over bytes changed', direction: 'at most' },
      ...{ target: 1.05, measured: counted(result.transferredBytes / changedBytes), stealPercent: steal },
    }),
  ];
}

async function readText(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file, 'utf8');
}
