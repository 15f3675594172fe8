import type { ApiResource } from '../resource.ts';
import type { RunSpec } from '../spec/spec.ts';
import type { TransformContext } from './rule.ts';

/** What the rules of a run work with; the same for plan, apply and verification, or their digests would differ. */
export function transformContext(spec: RunSpec, targetResources: readonly ApiResource[]): TransformContext {
  return {
    namespaceMapping: spec.namespaceMapping,
    storageClasses: spec.storageClasses,
    userTransforms: spec.transforms,
    scope: spec.scope,
    volumes: {},
    targetResources,
    preserve: { nodePorts: false, status: [] },
    volumesMove: spec.volumes.mode === 'move',
    deferPodSecurity: true,
  };
}
