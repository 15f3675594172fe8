import { dirname } from 'node:path';
import type { z } from 'zod';
import type { ClusterSpec, HookSpec, LocationSpec, RunSpec } from '../../core/spec/spec.ts';
import { documentNamed, type ConfigDocument, type ConfigSet } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';
import { resolveCluster } from '../cluster/kind.ts';
import { Cluster } from '../cluster/schema.ts';
import { resolveLocation } from '../location/kind.ts';
import { Location } from '../location/schema.ts';
import type { Hook, Hooks } from './schema.ts';

/** What a document of a run that reads a cluster says of it, whatever its kind. */
interface Written {
  readonly hooks: z.infer<typeof Hooks>;
  readonly landfallNamespace: string;
  readonly moverImage: string;
  readonly waivers: NonNullable<RunSpec['waivers']>;
  readonly onFailure: RunSpec['onFailure'];
}

/** The Cluster of this name as a run gets it; undefined when it leads nowhere, which a rule has said. */
export function clusterNamed(config: ConfigSet, { yaml }: ConfigDocument, name: string): ClusterSpec | undefined {
  const cluster = documentNamed(config, Cluster, name);
  return cluster === undefined ? undefined : resolveCluster(cluster.value, dirname(yaml.file));
}

/** The Location of this name as a run gets it; undefined when it leads nowhere, which a rule has said. */
export function locationNamed(config: ConfigSet, { yaml }: ConfigDocument, name: string): LocationSpec | undefined {
  const location = documentNamed(config, Location, name);
  return location === undefined ? undefined : resolveLocation(location.value, dirname(yaml.file));
}

/** The part of a specification that does not depend on what else the run does. */
export function resolveCommon(spec: Written): Pick<RunSpec, keyof Written> {
  const { hooks, landfallNamespace, moverImage, waivers, onFailure } = spec;
  return {
    hooks: { pre: hooks.pre.map(resolveHook), post: hooks.post.map(resolveHook) },
    ...{ landfallNamespace, moverImage, onFailure },
    ...(waivers.length === 0 ? {} : { waivers }),
  };
}

/** A limit of time in milliseconds. */
export function resolveTimeout<T extends { readonly timeout: string }>({
  timeout,
  ...others
}: T): Omit<T, 'timeout'> & { readonly timeoutMs: number } {
  return { ...others, timeoutMs: parseDuration(timeout) ?? 0 };
}

function resolveHook(hook: Hook): HookSpec {
  return resolveTimeout(hook);
}
