import { isLandfallError, LandfallError } from '../../core/errors.ts';
import { groupResource } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Cluster, ListOptions, ListPage } from '../../ports/cluster.ts';
import { servedVersions } from './served-versions.ts';

/**
 * Pages of a kind that discovery has named a while ago. Kinds come and go while a run goes on: one whose definition was
 * removed since has no objects any more and gives no page. Throws what the list throws when the kind is still served,
 * when its group cannot be asked, or when it went away in the middle; KIND_NOT_SERVED when only its version went away.
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

/**
 * Whether nobody serves a kind any more. One that is served in other versions only still has its objects: throws
 * KIND_NOT_SERVED, since what is read was chosen for the version that went away.
 */
async function isGone(cluster: Cluster, resource: ApiResource, { signal }: ListOptions): Promise<boolean> {
  const { version } = resource;
  const versions = await servedVersions(cluster, resource, signal);
  if (versions === undefined) return false;
  if (versions.length === 0) return true;
  if (versions.some((served) => served.version === version)) return false;
  const now = versions.map((served) => served.version).join(', ');
  throw new LandfallError('KIND_NOT_SERVED', {
    what: `${cluster.name} no longer serves ${groupResource(resource)} in ${version}, but in ${now}`,
    fix: 'start the run again: the version to read is then chosen again',
  });
}
