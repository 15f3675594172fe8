import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../lab/index.ts';
import type { CliRig } from './cli-rig.ts';

type Side = 'source' | 'target';

interface Served {
  readonly resources: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** Kinds that the server itself keeps writing. */
const restless: ReadonlySet<string> = new Set(['events', 'leases']);

/**
 * Every namespaced object in namespaces of a cluster with its resourceVersion, by its path; {} when they are not there.
 * Two prints are equal when nothing was written in between, whoever wrote it.
 */
export async function targetPrint(
  rig: CliRig,
  namespaces: readonly string[],
  side: Side = 'target'
): Promise<Record<string, string>> {
  const print: Record<string, string> = {};
  const paths = (await collections(rig, side)).flatMap((collection) =>
    namespaces.map((namespace) => collection.replace('{namespace}', namespace))
  );
  await Promise.all(
    paths.map(async (path) => {
      const list = await rig[side].get<{ items: { metadata: { name: string; resourceVersion: string } }[] }>(path);
      for (const { metadata } of list?.items ?? []) print[`${path}/${metadata.name}`] = metadata.resourceVersion;
    })
  );
  for (const namespace of namespaces) {
    const path = `/api/v1/namespaces/${namespace}`;
    const found = await rig[side].get<{ metadata: { uid: string } }>(path);
    if (found !== undefined) print[path] = found.metadata.uid;
  }
  return print;
}

/** Paths of all namespaced collections that can be listed, with `{namespace}` in them. */
export async function collections(rig: CliRig, side: Side): Promise<string[]> {
  const groups = await rig[side].get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const roots = [
    '/api/v1',
    ...(groups?.groups ?? []).map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const served = await Promise.all(roots.map((root) => rig[side].get<Served>(root)));
  return roots.flatMap((root, index) =>
    (served[index]?.resources ?? [])
      .filter(({ name, namespaced, verbs }) => namespaced && verbs.includes('list') && !restless.has(name))
      .map(({ name }) => `${root}/namespaces/{namespace}/${name}`)
  );
}

/** What lies below a prefix of the lab's S3 bucket, read from its disk. */
export function countStored(lab: Lab, prefix: string): { objects: number; bytes: number } {
  let objects = 0;
  let bytes = 0;
  for (const file of filesBelow(join(lab.s3.dataDirectory, lab.s3.bucket, prefix))) {
    objects += 1;
    bytes += statSync(file).size;
  }
  return { objects, bytes };
}

/** Files below a directory; none when there is no such directory. */
export function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
  } catch {
    return [];
  }
}
