import type { ConfigDocument, ConfigSet } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';
import type { PolicySpec, TierSpec } from '../../core/protection/policy.ts';
import { clusterNamed, locationNamed, resolveCommon, resolveTimeout } from '../scoped/resolve.ts';
import type { ProtectionPolicy } from './schema.ts';

/** A backup for each tier, named after both, so that tiers never wait for each other. Undefined when a reference leads nowhere. */
export function resolvePolicy(config: ConfigSet, document: ConfigDocument<ProtectionPolicy>): PolicySpec | undefined {
  const { metadata, spec } = document.value;
  const source = clusterNamed(config, document, spec.source);
  const location = locationNamed(config, document, spec.location);
  if (source === undefined || location === undefined) return undefined;
  const { mode, ...volumes } = spec.volumes;
  const backup = {
    ...{ source, location, scope: spec.scope },
    volumes: { mode: mode === 'copy' ? ('move' as const) : ('none' as const), ...resolveTimeout(volumes) },
    ...resolveCommon({ ...spec, onFailure: 'rollback' }),
    ...{ namespaceMapping: {}, storageClasses: {}, transforms: [], dryRun: false },
    existingResourcePolicy: 'fail' as const,
  };
  const policy = metadata.name;
  return {
    name: policy,
    tiers: spec.tiers.map((tier) => ({
      tier: resolveTier(tier),
      backup: { ...backup, name: `${policy}-${tier.name}`, protection: { policy, tier: tier.name } },
    })),
  };
}

function resolveTier({ jitter, catchUp, retention, ...tier }: ProtectionPolicy['spec']['tiers'][number]): TierSpec {
  const { keepFor = '0s', ...counts } = retention;
  return {
    ...tier,
    jitterMs: parseDuration(jitter) ?? 0,
    catchUpMs: parseDuration(catchUp) ?? 0,
    retention: { ...counts, keepForMs: parseDuration(keepFor) ?? 0 },
  };
}
