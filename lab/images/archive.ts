import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../src/host/command.ts';
import type { RunConfig } from './image.ts';

/** A layer's tar and the SHA-256 of it (its diff id: the layers are not compressed). */
export interface LayerFile {
  readonly tar: string;
  readonly digest: string;
}

interface Archive {
  readonly reference: string;
  readonly layers: readonly LayerFile[];
  readonly config: RunConfig;
}

/**
 * Writes a docker-archive (what `docker save` writes and `ctr images import` reads): `manifest.json`, the configuration under its
 * digest, and the layers. No registry and no image tool is involved. The same input gives the same bytes.
 */
export async function writeArchive(target: string, { reference, layers, config }: Archive): Promise<void> {
  const staging = await mkdtemp(join(dirname(target), '.staging-'));
  try {
    const configuration = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    });
    const configName = `${createHash('sha256').update(configuration).digest('hex')}.json`;
    const layerNames = layers.map(({ digest }) => `${digest}/layer.tar`);
    await writeFile(join(staging, configName), configuration);
    await writeFile(
      join(staging, 'manifest.json'),
      JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: layerNames }])
    );
    for (const { tar, digest } of layers) {
      await mkdir(join(staging, digest));
      await link(tar, join(staging, digest, 'layer.tar'));
    }
    await packFolder(target, staging, ['manifest.json', configName, ...layerNames]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Packs entries of a folder, owners by number, with nothing in the tar that depends on when it was made. */
export async function packFolder(target: string, folder: string, entries: readonly string[] = ['.']): Promise<void> {
  const stable = [
    '--sort=name',
    '--mtime=@0',
    '--numeric-owner',
    '--format=posix',
    '--pax-option=delete=atime,delete=ctime',
  ];
  await run('tar', ['--create', `--file=${target}`, ...stable, `--directory=${folder}`, ...entries]);
}
