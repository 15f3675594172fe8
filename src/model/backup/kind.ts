import type { DocumentKind } from '../../config/kind.ts';
import type { BackupSpec } from '../../core/spec/spec.ts';
import { hookRules } from '../scoped/rules-hooks.ts';
import { moverRules } from '../scoped/rules-movers.ts';
import { referencesExist, volumeLocationRules } from '../scoped/rules-references.ts';
import { scopeRules } from '../scoped/rules-scope.ts';
import { waiverRules } from '../scoped/rules-waivers.ts';
import { copiesRules } from './rules-copies.ts';
import { resolveBackup } from './resolve.ts';
import { Backup } from './schema.ts';

/** What is written from a cluster into a recovery point. */
export const backupKind: DocumentKind<Backup, BackupSpec, 'backups'> = {
  schema: Backup,
  plural: 'backups',
  introduction: 'What is backed up, from which cluster to which Location, and how.',
  rules: [
    referencesExist({ source: 'Cluster', location: 'Location' }),
    ...volumeLocationRules,
    ...scopeRules,
    ...hookRules,
    ...moverRules,
    ...waiverRules,
    ...copiesRules,
  ],
  open: (config) => ({ violations: [], resolve: (document) => resolveBackup(config, document) }),
};
