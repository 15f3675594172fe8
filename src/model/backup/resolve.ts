import type { ConfigDocument, ConfigSet } from '../../config/document.ts';
import type { BackupSpec } from '../../core/spec/spec.ts';
import { clusterNamed, locationNamed, resolveCommon, resolveTimeout } from '../scoped/resolve.ts';
import { resolveCopies } from './rules-copies.ts';
import type { Backup } from './schema.ts';

/**
 * The specification a backup gets: nothing in it is about a target, so whatever of a `RunSpec` is, stays empty. Undefined
 * when a reference leads nowhere, which the rules have reported.
 */
export function resolveBackup(config: ConfigSet, document: ConfigDocument<Backup>): BackupSpec | undefined {
  const { metadata, spec } = document.value;
  const source = clusterNamed(config, document, spec.source);
  const location = locationNamed(config, document, spec.location);
  if (source === undefined || location === undefined) return undefined;
  const { mode, ...volumes } = spec.volumes;
  const copies = resolveCopies(config, document);
  return {
    name: metadata.name,
    ...{ source, location },
    scope: spec.scope,
    // A run that takes the data of volumes moves them, wherever they go next.
    volumes: { mode: mode === 'copy' ? 'move' : 'none', ...resolveTimeout(volumes) },
    ...resolveCommon(spec),
    ...{ namespaceMapping: {}, storageClasses: {}, transforms: [], existingResourcePolicy: 'fail', dryRun: false },
    ...(copies === undefined ? {} : { copies }),
  };
}
