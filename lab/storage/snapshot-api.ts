import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ApiClient } from '../api-client.ts';
import { moduleDirectory } from '../binaries/build.ts';
import { defaultCacheDirectory } from '../../src/binaries/cache.ts';
import { snapshotApi } from '../binaries/catalogue.ts';
import type { ResolveOptions } from '../../src/binaries/spec.ts';
import { fillOnce } from '../../src/host/fill-once.ts';
import { waitFor } from '../../src/host/wait.ts';

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Returns the directory with the definitions of the snapshot API, from the cache or from their pinned Go module. */
export async function snapshotDefinitions(options: ResolveOptions = {}): Promise<string> {
  const cacheDir = options.cacheDir ?? defaultCacheDirectory();
  const directory = join(cacheDir, `snapshot-crds-${snapshotApi.version}`);
  return fillOnce(directory, async (partial) => {
    const pinned = { directory: snapshotApi.group, module: snapshotApi.module };
    const module = await moduleDirectory(pinned, cacheDir, options);
    cpSync(join(module, snapshotApi.directory), partial, { recursive: true });
  });
}

/** Installs VolumeSnapshot, VolumeSnapshotContent and VolumeSnapshotClass and waits until the API server serves them. */
export async function applySnapshotApi(client: ApiClient, directory: string): Promise<void> {
  const files = readdirSync(directory).filter((file) => file.startsWith('snapshot.storage.k8s.io_'));
  await Promise.all(
    files.map(async (file) => {
      const manifest = readFileSync(join(directory, file), 'utf8');
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${(parse(manifest) as Definition).metadata.name}`;
      await client.apply(path, manifest);
      await waitFor(
        async () => {
          const conditions = (await client.get<Definition>(path))?.status?.conditions ?? [];
          return (
            conditions.some((condition) => condition.type === 'Established' && condition.status === 'True') || undefined
          );
        },
        { what: `${path} to be established`, deadlineMs: 30_000 }
      );
    })
  );
}
