import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../../src/host/command.ts';

export const pauseImage = 'landfall.dev/lab/pause:1';

/** Sleeps for ever, reaps its children and ends at once when asked to: all a pod's first container has to do. */
const pauseScript = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";

/** Makes the image every pod's sandbox runs, from the machine's static busybox, as a tar file. Idempotent. */
export async function ensurePauseImage(tarFile: string): Promise<string> {
  if (existsSync(tarFile)) return tarFile;
  mkdirSync(dirname(tarFile), { recursive: true });
  const scratch = mkdtempSync(`${tarFile}-`);
  try {
    mkdirSync(join(scratch, 'rootfs/bin'), { recursive: true });
    copyFileSync(findBusybox(), join(scratch, 'rootfs/bin/busybox'));
    await run('tar', [
      '-C',
      join(scratch, 'rootfs'),
      '--owner=0',
      '--group=0',
      '--mtime=@0',
      '-cf',
      join(scratch, 'layer.tar'),
      'bin',
    ]);
    writeFileSync(join(scratch, 'config.json'), JSON.stringify(imageConfig(join(scratch, 'layer.tar'))));
    const manifest = [{ Config: 'config.json', RepoTags: [pauseImage], Layers: ['layer.tar'] }];
    writeFileSync(join(scratch, 'manifest.json'), JSON.stringify(manifest));
    await run('tar', ['-C', scratch, '-cf', join(scratch, 'image.tar'), 'manifest.json', 'config.json', 'layer.tar']);
    renameSync(join(scratch, 'image.tar'), tarFile);
    return tarFile;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function imageConfig(layer: string): object {
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex');
  return {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/bin/busybox', 'sh', '-c', pauseScript], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
}

function findBusybox(): string {
  const places = (process.env['PATH'] ?? '/bin:/usr/bin')
    .split(delimiter)
    .map((directory) => join(directory, 'busybox'));
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error('busybox is not on PATH; the package busybox-static brings it');
  return found;
}
