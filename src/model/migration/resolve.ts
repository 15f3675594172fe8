import type { ApprovalSpec, MigrationSpec, TransformSpec } from '../../core/spec/spec.ts';
import type { ConfigDocument, ConfigSet } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';
import { clusterNamed, locationNamed, resolveCommon, resolveTimeout } from '../scoped/resolve.ts';
import { veleroConfigMapKey } from './rules-mapping.ts';
import type { Migration, Transform } from './schema.ts';
import { absolute, type VeleroFiles } from './velero.ts';

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
    namespaceMapping: spec.namespaceMapping,
    storageClasses: resolveClasses(document, velero),
    translation: spec.translation,
    transforms: spec.transforms.flatMap((one) => resolveTransform(document, one, velero)),
    existingResourcePolicy: spec.existingResourcePolicy,
    ...(spec.onRefused === 'rollback' ? {} : { onRefused: spec.onRefused }),
    ...(spec.objectRules.length === 0 ? {} : { objectRules: spec.objectRules }),
    volumes: resolveTimeout(spec.volumes),
    ...resolveCommon(spec),
    dryRun: spec.dryRun,
    ...(Object.keys(spec.registries).length === 0 ? {} : { registries: spec.registries }),
    ...(spec.approval && { approval: resolveApproval(spec.approval) }),
  };
}

function resolveApproval({ expiresAfter, ...approval }: NonNullable<Migration['spec']['approval']>): ApprovalSpec {
  return { ...approval, expiresAfterMs: parseDuration(expiresAfter) ?? 0 };
}

function resolveClasses(document: ConfigDocument<Migration>, velero: VeleroFiles): Record<string, string> {
  const { [veleroConfigMapKey]: file, ...written } = document.value.spec.storageClasses;
  const read = file === undefined ? {} : velero.storageClasses.get(absolute(document, file));
  return { ...read, ...written };
}

function resolveTransform(
  document: ConfigDocument<Migration>,
  transform: Transform,
  velero: VeleroFiles
): readonly TransformSpec[] {
  const { name = '', match, patch, mergePatch, strategicPatch, reason, fromVeleroModifiers, fromManifests } = transform;
  if (fromVeleroModifiers !== undefined) return velero.transforms.get(absolute(document, fromVeleroModifiers)) ?? [];
  if (fromManifests !== undefined) return velero.transforms.get(absolute(document, fromManifests)) ?? [];
  return [
    {
      name,
      match,
      patch,
      reason: reason ?? `transform ${name} of the file`,
      ...(mergePatch && { mergePatch }),
      ...(strategicPatch && { strategicPatch }),
    },
  ];
}
