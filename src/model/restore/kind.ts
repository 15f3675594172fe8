import { documentsOf } from '../../config/document.ts';
import type { DocumentKind } from '../../config/kind.ts';
import type { RestoreRequest } from '../../core/spec/spec.ts';
import { mappingRules } from '../applied/rules-mapping.ts';
import { transformConflictRules } from '../applied/rules-transform-conflicts.ts';
import { transformRules } from '../applied/rules-transforms.ts';
import { translationRules } from '../applied/rules-translation.ts';
import { withValues } from '../applied/values.ts';
import { readVeleroFiles } from '../applied/velero.ts';
import { moverRules } from '../scoped/rules-movers.ts';
import { referencesExist } from '../scoped/rules-references.ts';
import { scopeRules } from '../scoped/rules-scope.ts';
import { waiverRules } from '../scoped/rules-waivers.ts';
import { resolveRestore } from './resolve.ts';
import { Restore } from './schema.ts';

/** What comes out of a recovery point, and where it goes. */
export const restoreKind: DocumentKind<Restore, RestoreRequest, 'restores'> = {
  schema: Restore,
  plural: 'restores',
  introduction: 'What of a recovery point is restored, to which cluster, and how.',
  rules: [
    referencesExist({ location: 'Location', target: 'Cluster' }),
    // Whether volumes need the Location to be more than readable is known when the point is: the run looks.
    ...scopeRules,
    ...mappingRules,
    ...transformRules,
    ...transformConflictRules,
    ...translationRules,
    ...moverRules,
    ...waiverRules,
  ],
  fill: withValues,
  async open(config) {
    const { files, violations } = await readVeleroFiles(documentsOf(config, Restore));
    return { violations, resolve: (document) => resolveRestore(config, document, files) };
  },
};
