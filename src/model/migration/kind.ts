import { documentsOf } from '../../config/document.ts';
import type { DocumentKind } from '../../config/kind.ts';
import type { MigrationSpec } from '../../core/spec/spec.ts';
import { clusterRules } from './rules-clusters.ts';
import { resolveMigration } from './resolve.ts';
import { hookRules } from '../scoped/rules-hooks.ts';
import { mappingRules } from '../applied/rules-mapping.ts';
import { moverRules } from '../scoped/rules-movers.ts';
import { referencesExist, volumeLocationRules } from '../scoped/rules-references.ts';
import { scopeRules } from '../scoped/rules-scope.ts';
import { transformConflictRules } from '../applied/rules-transform-conflicts.ts';
import { transformRules } from '../applied/rules-transforms.ts';
import { translationRules } from '../applied/rules-translation.ts';
import { waiverRules } from '../scoped/rules-waivers.ts';
import { Migration } from './schema.ts';
import { withValues } from '../applied/values.ts';
import { readVeleroFiles } from '../applied/velero.ts';

/** What moves from one cluster to another. */
export const migrationKind: DocumentKind<Migration, MigrationSpec, 'migrations'> = {
  schema: Migration,
  plural: 'migrations',
  introduction: 'What is moved, from where to where, and how.',
  rules: [
    referencesExist({ source: 'Cluster', target: 'Cluster', location: 'Location' }),
    ...volumeLocationRules,
    ...scopeRules,
    ...mappingRules,
    ...clusterRules,
    ...transformRules,
    ...transformConflictRules,
    ...translationRules,
    ...hookRules,
    ...moverRules,
    ...waiverRules,
  ],
  fill: withValues,
  async open(config) {
    const { files, violations } = await readVeleroFiles(documentsOf(config, Migration));
    return { violations, resolve: (document) => resolveMigration(config, document, files) };
  },
};
