import type { ConfigDocument, ConfigSet } from '../../config/document.ts';
import type { RestoreRequest } from '../../core/spec/spec.ts';
import { resolveApplied } from '../applied/resolve.ts';
import type { VeleroFiles } from '../applied/velero.ts';
import { clusterNamed, locationNamed, resolveCommon, resolveTimeout } from '../scoped/resolve.ts';
import type { Restore } from './schema.ts';

/**
 * What a restore is asked to do, before its recovery point is looked up. Undefined when a reference leads nowhere, which the
 * rules have reported.
 */
export function resolveRestore(
  config: ConfigSet,
  document: ConfigDocument<Restore>,
  velero: VeleroFiles
): RestoreRequest | undefined {
  const { metadata, spec } = document.value;
  const target = clusterNamed(config, document, spec.target);
  const location = locationNamed(config, document, spec.location);
  if (target === undefined || location === undefined) return undefined;
  const { mode, ...volumes } = spec.volumes;
  return {
    name: metadata.name,
    ...{ target, location },
    wanted: {
      point: spec.point,
      ...(spec.backup === undefined ? {} : { name: spec.backup }),
      ...(spec.include.length === 0 ? {} : { include: spec.include }),
    },
    scope: spec.scope,
    ...resolveApplied(document, velero),
    volumes: {
      // Its data moves in from the repository; nothing of a source is decided any more.
      ...{ mode: mode === 'restore' ? 'move' : 'none', snapshotClass: '', withoutSnapshot: 'fail' },
      ...resolveTimeout(volumes),
    },
    ...resolveCommon({ ...spec, hooks: { pre: [], post: [] } }),
  };
}
