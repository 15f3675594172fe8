import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeArchive, type LayerFile } from './archive.ts';
import { describeBusybox, describeToolbox } from './busybox.ts';
import { cached, cachedDigestOf, imageCacheDirectory, keyOf } from './cache.ts';
import type { BuiltImage, ImageDescription, Layer, OnProgress } from './image.ts';
import { describeMover } from './mover.ts';
import { describePostgres } from './postgres.ts';

type Describe = (onProgress: OnProgress) => ImageDescription | Promise<ImageDescription>;

const images = {
  busybox: describeBusybox,
  toolbox: describeToolbox,
  postgres: describePostgres,
  mover: describeMover,
} as const satisfies Record<string, Describe>;

/** The images this repository builds. */
export type ImageName = keyof typeof images;

/** Their names, in the order in which it makes sense to build them. */
export const imageNames = Object.keys(images) as readonly ImageName[];

/** Reports whether a word names an image. */
export function isImageName(name: string): name is ImageName {
  return Object.hasOwn(images, name);
}

/**
 * Builds an image, or finds it in the cache by the hash of its inputs, and returns its docker-archive. Takes well under a
 * second when nothing changed; layers are cached one by one. Fails with what `mmdebstrap` said when packages cannot be had.
 */
export async function buildImage(
  name: ImageName,
  { onProgress = () => undefined }: { onProgress?: OnProgress } = {}
): Promise<BuiltImage> {
  const describe: Describe = images[name];
  const { reference, layers, config } = await describe(onProgress);
  const key = keyOf([reference, config, layers.map((layer) => [layer.name, layer.key])]);
  const target = join(imageCacheDirectory(), `${name}-${key}.tar`);
  const tar = await cached(target, async (partial) => {
    const files: LayerFile[] = [];
    for (const layer of layers) files.push(await buildLayer(layer, onProgress));
    await writeArchive(partial, { reference, layers: files, config });
  });
  return { tar, reference };
}

async function buildLayer(layer: Layer, onProgress: OnProgress): Promise<LayerFile> {
  const directory = join(imageCacheDirectory(), 'layers');
  await mkdir(directory, { recursive: true });
  const tar = await cached(join(directory, `${layer.name}-${layer.key}.tar`), async (partial) => {
    onProgress(`making layer ${layer.name}, about ${String(layer.expectedSeconds)} s`);
    await layer.write(partial);
  });
  return { tar, digest: await cachedDigestOf(tar) };
}
