import type { MigrationSpec } from '../../core/spec/spec.ts';
import type { ConfigDocument, ConfigSet } from '../../config/document.ts';
import { clusterNamed, locationNamed, resolveCommon, resolveTimeout } from '../scoped/resolve.ts';
import { resolveApplied } from '../applied/resolve.ts';
import type { VeleroFiles } from '../applied/velero.ts';
import type { Migration } from './schema.ts';

/**
 * The specification a run gets: references replaced by what they name, paths absolute, times in milliseconds. Undefined
 * when a reference leads nowhere (which the rules have reported already).
 */
export function resolveMigration(
  config: ConfigSet,
  document: ConfigDocument<Migration>,
  velero: VeleroFiles
): MigrationSpec | undefined {
  const { metadata, spec } = document.value;
  const source = clusterNamed(config, document, spec.source);
  const target = clusterNamed(config, document, spec.target);
  const location = locationNamed(config, document, spec.location);
  if (source === undefined || target === undefined || location === undefined) return undefined;
  return {
    name: metadata.name,
    ...{ source, target, location },
    scope: spec.scope,
    ...resolveApplied(document, velero),
    volumes: resolveTimeout(spec.volumes),
    ...resolveCommon(spec),
    ...(Object.keys(spec.registries).length === 0 ? {} : { registries: spec.registries }),
  };
}
