import { isLandfallError } from '../../src/core/errors.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { Cluster, ListOptions, ListPage } from '../../src/ports/cluster.ts';

/**
 * Pages of a kind that discovery has named a while ago. Kinds come and go while a run goes on: one whose definition was
 * removed since has no objects any more and gives no page. Throws what the list throws when the kind is still served,
 * when its group cannot be asked, or when it went away in the middle.
 */
export async function* listServed(
  cluster: Cluster,
  resource: ApiResource,
  options: ListOptions
): AsyncGenerator<ListPage> {
  let begun = false;
  try {
    for await (const page of cluster.list(resource, options)) {
      begun = true;
      yield page;
    }
  } catch (error) {
    if (begun || !isLandfallError(error, 'KIND_NOT_SERVED') || !(await isGone(cluster, resource, options))) throw error;
  }
}

async function isGone(cluster: Cluster, { group, version, kind }: ApiResource, options: ListOptions): Promise<boolean> {
  const { resources, failures } = await cluster.discover(
    options.signal === undefined ? {} : { signal: options.signal }
  );
  if (failures.some(({ groupVersion }) => groupVersion === `${group}/${version}`)) return false;
  return !resources.some((served) => served.group === group && served.version === version && served.kind === kind);
}
