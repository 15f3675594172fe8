import { credentials, loadPackageDefinition, status, type Client } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { csiSanity } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { resolveProtos } from '../../lab/csi-driver/protos.ts';

const run = promisify(execFile);
const atticScript = join(import.meta.dirname, '../../lab/demo/attic-tree.sh');
const driverEntry = join(import.meta.dirname, '../../lab/csi-driver/main.ts');

interface RunningDriver {
  readonly process: ChildProcess;
  readonly output: () => string;
}

// Bind mounts and owners take root; under CI a machine without it is a failure, not a reason to pass.
describe.skipIf(process.getuid?.() !== 0 && process.env['CI'] === undefined)('lab/csi-driver', () => {
  let folder: string;
  let socket: string;
  let driver: RunningDriver;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-csi-'));
    socket = join(folder, 'csi.sock');
    driver = await startDriver(socket, join(folder, 'root'));
  });

  afterAll(async () => {
    await stopDriver(driver, 'SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['volumes', ''],
    ['volumes that take no more than their size', "sized: 'true'"],
  ])('passes the CSI conformance suite with %s', { timeout: 20 * 60_000 }, async (_, parameters) => {
    const sanity = await resolveBinary(csiSanity);
    const report = join(folder, 'sanity.json');
    const parametersFile = join(folder, 'parameters.yaml');
    await writeFile(parametersFile, parameters);

    const { stdout } = await run(
      sanity.path,
      [
        `--csi.endpoint=unix://${socket}`,
        `--csi.mountdir=${join(folder, 'mount')}`,
        `--csi.stagingdir=${join(folder, 'staging')}`,
        `--csi.testvolumeparameters=${parametersFile}`,
        `--ginkgo.json-report=${report}`,
        '--ginkgo.no-color',
      ],
      { maxBuffer: 64 * 1024 * 1024 }
    ).catch((failure: Error & { stdout?: string }) => ({ stdout: failure.stdout ?? failure.message }));

    const [suite] = JSON.parse(await readFile(report, 'utf8')) as [SanitySuite];
    const failed = suite.SpecReports.filter((spec) => !['passed', 'skipped', 'pending'].includes(spec.State));
    if (failed.length > 0) process.stdout.write(stdout);
    expect(failed.map((spec) => spec.LeafNodeText)).toEqual([]);
    expect(suite.SpecReports.filter((spec) => spec.State === 'passed').length).toBeGreaterThan(60);
  });

  test('a volume of a size takes no more, its clone neither, and nothing of it stays', async () => {
    const { call, client } = await connect(socket);
    const small = {
      capacityRange: { requiredBytes: 1_048_576 },
      volumeCapabilities: [mountable],
      parameters: { sized: 'true' },
    };
    const create = async (more: object): Promise<string> => {
      const created = await call('CreateVolume', { ...small, ...more });
      return (created as { volume: { volumeId: string } }).volume.volumeId;
    };
    const fileIn = (volumeId: string): string => join(folder, 'root/volumes', volumeId, 'data/file');
    const volumeId = await create({ name: 'sized' });
    await writeFile(fileIn(volumeId), Buffer.alloc(600_000, 1));
    const clone = await create({ name: 'sized-clone', volumeContentSource: { volume: { volumeId } } });
    expect(await readFile(fileIn(clone))).toEqual(Buffer.alloc(600_000, 1));
    await expect(writeFile(`${fileIn(clone)}-2`, Buffer.alloc(600_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    for (const id of [volumeId, clone]) await call('DeleteVolume', { volumeId: id });
    client.close();
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(join(folder, 'root/volumes'));
    expect(await readdir(join(folder, 'root/volumes'))).toEqual([]);
  });

  test('keeps volumes, snapshots and their contents when killed and started again', async () => {
    const before = await connect(socket);
    const created = await before.call('CreateVolume', {
      name: 'kept',
      capacityRange: { requiredBytes: 4096 },
      volumeCapabilities: [mountable],
    });
    const volumeId = (created as { volume: { volumeId: string } }).volume.volumeId;
    await writeFile(join(folder, 'root/volumes', volumeId, 'data/file'), 'one');
    const request = { sourceVolumeId: volumeId, name: 'kept-snapshot' };
    const snapshot = await before.call('CreateSnapshot', request);
    await writeFile(join(folder, 'root/volumes', volumeId, 'data/file'), 'two');
    before.client.close();
    await mkdir(join(folder, 'root/volumes/.making-vol-half'));

    await stopDriver(driver, 'SIGKILL');
    driver = await startDriver(socket, join(folder, 'root'));

    const after = await connect(socket);
    expect(await after.call('CreateSnapshot', request)).toEqual(snapshot);
    const { snapshotId } = (snapshot as { snapshot: { snapshotId: string } }).snapshot;
    const restored = await after.call('CreateVolume', {
      name: 'restored',
      volumeCapabilities: [mountable],
      volumeContentSource: { snapshot: { snapshotId } },
    });
    const { volume } = restored as { volume: { volumeId: string; capacityBytes: string } };
    expect(volume.capacityBytes).toBe('4096');
    expect(await readFile(join(folder, 'root/volumes', volume.volumeId, 'data/file'), 'utf8')).toBe('one');
    expect(await readdir(join(folder, 'root/volumes'))).not.toContain('.making-vol-half');
    after.client.close();
  });

  test('clones and restores files of every kind as they are', async () => {
    const controller = await connect(socket);
    const source = await createVolume(controller, { name: 'odd' });
    await run('sh', [atticScript, dataOf(folder, source)]);
    const reply = await controller.call('CreateSnapshot', { sourceVolumeId: source, name: 'odd-snapshot' });
    const { snapshotId } = (reply as { snapshot: { snapshotId: string } }).snapshot;

    const clone = await createVolume(controller, {
      name: 'odd-clone',
      volumeContentSource: { volume: { volumeId: source } },
    });
    const restored = await createVolume(controller, {
      name: 'odd-restored',
      volumeContentSource: { snapshot: { snapshotId } },
    });

    const expected = await describeTree(dataOf(folder, source));
    expect(expected).toContain('user.bytes=0x00ff0a80');
    expect(await describeTree(dataOf(folder, clone))).toBe(expected);
    expect(await describeTree(dataOf(folder, restored))).toBe(expected);
    controller.client.close();
  });

  test('refuses raw block volumes with INVALID_ARGUMENT', async () => {
    const controller = await connect(socket);

    const refused = createVolume(controller, {
      name: 'block',
      volumeCapabilities: [{ block: {}, accessMode: { mode: 'SINGLE_NODE_WRITER' } }],
    });

    await expect(refused).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    controller.client.close();
  });

  test(
    'takes a snapshot of one moment while a container writes, and lets the container go on',
    { timeout: 180_000 },
    async () => {
      const controller = await connect(socket);
      const busy = await createVolume(controller, { name: 'busy' });
      const data = dataOf(folder, busy);
      await writeFile(join(data, ballast), Buffer.alloc(96 * 1024 * 1024, 1));
      const writer = spawn('unshare', ['--mount', 'sh', '-c', writeRounds, 'sh', data], { stdio: 'ignore' });
      onTestFinished(async () => {
        controller.client.close();
        const ended = once(writer, 'exit');
        writer.kill('SIGKILL');
        await ended;
      });
      await expect.poll(() => completedRound(data), { timeout: 60_000 }).toBeGreaterThan(3);

      const reply = await controller.call('CreateSnapshot', { sourceVolumeId: busy, name: 'busy-snapshot' });

      const { snapshotId } = (reply as { snapshot: { snapshotId: string } }).snapshot;
      const rounds = await readRounds(join(folder, 'root/snapshots', snapshotId, 'data'));
      expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThanOrEqual(1);
      await expect.poll(() => completedRound(data), { timeout: 60_000 }).toBeGreaterThan(Math.max(...rounds));
    }
  );
});

interface Connection {
  readonly client: Client;
  readonly call: (method: string, request: object) => Promise<unknown>;
}

async function createVolume(controller: Connection, request: object): Promise<string> {
  const reply = await controller.call('CreateVolume', { volumeCapabilities: [mountable], ...request });
  return (reply as { volume: { volumeId: string } }).volume.volumeId;
}

function dataOf(folder: string, volumeId: string): string {
  return join(folder, 'root/volumes', volumeId, 'data');
}

/** Everything about a tree that a copy has to keep, blocks of sparse files included (not those of folders, which may differ). */
async function describeTree(data: string): Promise<string> {
  const dump = String.raw`cd "$1"
    find . -printf '%p %y %m %U %G %T@ %n %l' \( -type d -printf '\n' -o -printf ' %s %b\n' \) | LC_ALL=C sort
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex --`;
  const { stdout } = await run('sh', ['-c', dump, 'sh', data], { encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

const filesPerRound = 300;

/** A large file that keeps a copy busy for many rounds between the small ones. */
const ballast = 'ballast';

/** Writes the number of the round into 300 files, one after the other: at any one moment two files differ by at most one. */
const writeRounds = `mount -t tmpfs none /mnt && mkdir /mnt/volume && mount --bind "$1" /mnt/volume && cd /mnt/volume || exit 1
round=0; while :; do round=$((round + 1)); file=0
while [ $file -lt ${String(filesPerRound)} ]; do file=$((file + 1)); echo $round > $file; done; done`;

/** Reads the rounds, without the one file that may just have been emptied to be written anew. */
async function readRounds(data: string): Promise<number[]> {
  const names = (await readdir(data)).filter((name) => name !== ballast);
  const texts = await Promise.all(names.map((name) => readFile(join(data, name), 'utf8')));
  return texts.filter((text) => text !== '').map(Number);
}

async function completedRound(data: string): Promise<number> {
  const rounds = await readRounds(data);
  return rounds.length < filesPerRound - 1 ? 0 : Math.min(...rounds);
}

interface SanitySuite {
  readonly SpecReports: readonly { readonly State: string; readonly LeafNodeText: string }[];
}

const mountable = { mount: {}, accessMode: { mode: 'SINGLE_NODE_WRITER' } };

async function startDriver(socket: string, root: string): Promise<RunningDriver> {
  const child = spawn(
    process.execPath,
    [driverEntry, `--endpoint=unix://${socket}`, '--node-id=node', `--root=${root}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    }
  );
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('listens at')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      reject(new Error(`the driver ended: ${output}`));
    });
  });
  return { process: child, output: () => output };
}

async function stopDriver(driver: RunningDriver, signal: NodeJS.Signals): Promise<void> {
  const ended = once(driver.process, 'exit');
  driver.process.kill(signal);
  await ended;
}

async function connect(socket: string): Promise<Connection> {
  const { csi } = await resolveProtos();
  const loaded = loadPackageDefinition(await load(csi, { longs: String, enums: String })) as unknown as {
    csi: { v1: { Controller: new (address: string, channel: unknown) => Client } };
  };
  const client = new loaded.csi.v1.Controller(`unix://${socket}`, credentials.createInsecure());
  const call = (method: string, request: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const invoke = (
        client as unknown as Record<
          string,
          (message: object, done: (error: Error | null, reply: unknown) => void) => void
        >
      )[method];
      invoke?.call(client, request, (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
  return { client, call };
}
