import type { DocumentKind } from '../../config/kind.ts';
import type { PolicySpec } from '../../core/protection/policy.ts';
import { hookRules } from '../scoped/rules-hooks.ts';
import { moverRules } from '../scoped/rules-movers.ts';
import { referencesExist, volumeLocationRules } from '../scoped/rules-references.ts';
import { scopeRules } from '../scoped/rules-scope.ts';
import { waiverRules } from '../scoped/rules-waivers.ts';
import { resolvePolicy } from './resolve.ts';
import { policyRules } from './rules.ts';
import { ProtectionPolicy } from './schema.ts';

/** Backups again and again, and which of them stay. */
export const protectionPolicyKind: DocumentKind<ProtectionPolicy, PolicySpec, 'policies'> = {
  schema: ProtectionPolicy,
  plural: 'policies',
  introduction: 'What is backed up again and again, when, and which recovery points stay: `landfall protection apply`.',
  rules: [
    referencesExist({ source: 'Cluster', location: 'Location' }),
    ...volumeLocationRules,
    ...scopeRules,
    ...hookRules,
    ...moverRules,
    ...waiverRules,
    ...policyRules,
  ],
  open: (config) => ({ violations: [], resolve: (document) => resolvePolicy(config, document) }),
};
