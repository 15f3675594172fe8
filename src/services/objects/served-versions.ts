import type { ApiResource } from '../../core/resource.ts';
import type { Cluster, Discovery } from '../../ports/cluster.ts';

/** A kind in every version it is served in now; empty: nobody serves it. Undefined: its group cannot be asked. */
export async function servedVersions(
  cluster: Cluster,
  { group, kind }: ApiResource,
  signal: AbortSignal | undefined
): Promise<Discovery['resources'] | undefined> {
  const { resources, failures } = await cluster.discover(signal === undefined ? {} : { signal });
  if (failures.some(({ groupVersion }) => groupVersion.startsWith(`${group}/`))) return undefined;
  return resources.filter((served) => served.group === group && served.kind === kind);
}
