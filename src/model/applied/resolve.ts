import type { ConfigDocument } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';
import type { ApprovalSpec, RunSpec, TransformSpec } from '../../core/spec/spec.ts';
import type { AppliedDocument } from './document.ts';
import { veleroConfigMapKey } from './rules-mapping.ts';
import type { Transform } from './schema.ts';
import { absolute, type VeleroFiles } from './velero.ts';

type Keys =
  | 'namespaceMapping'
  | 'storageClasses'
  | 'translation'
  | 'transforms'
  | 'existingResourcePolicy'
  | 'onRefused'
  | 'objectRules'
  | 'dryRun'
  | 'approval';

/** What becomes of objects on the target, as a run gets it. */
export function resolveApplied(document: ConfigDocument<AppliedDocument>, velero: VeleroFiles): Pick<RunSpec, Keys> {
  const { spec } = document.value;
  return {
    namespaceMapping: spec.namespaceMapping,
    storageClasses: resolveClasses(document, velero),
    translation: spec.translation,
    transforms: spec.transforms.flatMap((one) => resolveTransform(document, one, velero)),
    existingResourcePolicy: spec.existingResourcePolicy,
    ...(spec.onRefused === 'rollback' ? {} : { onRefused: spec.onRefused }),
    ...(spec.objectRules.length === 0 ? {} : { objectRules: spec.objectRules }),
    dryRun: spec.dryRun,
    ...(spec.approval && { approval: resolveApproval(spec.approval) }),
  };
}

function resolveApproval({
  expiresAfter,
  ...approval
}: NonNullable<AppliedDocument['spec']['approval']>): ApprovalSpec {
  return { ...approval, expiresAfterMs: parseDuration(expiresAfter) ?? 0 };
}

function resolveClasses(document: ConfigDocument<AppliedDocument>, velero: VeleroFiles): Record<string, string> {
  const { [veleroConfigMapKey]: file, ...written } = document.value.spec.storageClasses;
  const read = file === undefined ? {} : velero.storageClasses.get(absolute(document, file));
  return { ...read, ...written };
}

function resolveTransform(
  document: ConfigDocument<AppliedDocument>,
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
