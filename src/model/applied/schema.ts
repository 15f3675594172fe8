import { z } from 'zod';
import { Duration, KindName, LabelSelector, Name, NamespacePattern, text } from '../scalars.ts';
import { Translation } from './schema-translation.ts';

const PatchOperation = z.strictObject({
  op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
  path: z.string().max(4096).describe('JSON Pointer (RFC 6901)'),
  from: z.string().max(4096).exactOptional().describe('JSON Pointer; for move and copy'),
  value: z.unknown().optional().describe('For add, replace and test'),
});

/** Either an own rule or a reference to a file of Velero or of manifests; a rule holds that they are not mixed. */
export const Transform = z.strictObject({
  name: Name.exactOptional().describe('Name of the rule; shown in plan and report'),
  match: z
    .strictObject({
      kinds: z.array(KindName).max(100).default([]).describe('Kinds; empty = all'),
      namespaces: z.array(NamespacePattern).max(100).default([]).describe('Source namespaces; empty = all'),
      name: z.string().max(256).default('').describe('RE2 expression, found anywhere in the name; empty = all'),
      labelSelector: LabelSelector.default('').describe('Label selector; empty = all'),
      fields: z
        .array(
          z.strictObject({
            path: z.string().max(4096).describe('JSON Pointer (RFC 6901)'),
            value: z.unknown().describe('Expected value'),
          })
        )
        .max(20)
        .exactOptional()
        .describe('Values that the captured object must have; a missing path does not match'),
      jsonPath: z
        .array(
          z.strictObject({
            path: z.string().max(1024).describe("JSONPath: $.spec.containers[*].image, $..image, [?(@.name=='web')]"),
            value: z.unknown().optional().describe('One of the values must equal this'),
            matches: z.string().max(256).exactOptional().describe('RE2 expression, found in one of the scalars'),
          })
        )
        .max(20)
        .exactOptional()
        .describe('Paths that must have a matching value; all of them must match. Evaluated on the captured object'),
    })
    .prefault({})
    .describe('Which objects'),
  patch: z
    .array(PatchOperation)
    .max(100)
    .default([])
    .describe('JSON Patch (RFC 6902); if a test operation fails, the object is unchanged'),
  mergePatch: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe('JSON Merge Patch (RFC 7396), instead of patch'),
  strategicPatch: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe('Strategic merge patch of a built-in kind, instead of patch'),
  reason: text.max(500).exactOptional().describe('Reason; shown in plan and report'),
  fromVeleroModifiers: text.exactOptional().describe('Instead of all other keys: a Velero resource modifier file'),
  fromManifests: text
    .exactOptional()
    .describe(
      'Instead of all other keys: a file of manifests rendered by kustomize or Helm; each replaces the object of the same name on the target'
    ),
});
export type Transform = z.infer<typeof Transform>;

const ObjectRule = z.strictObject({
  kinds: z.array(KindName).max(100).default([]).describe('Kinds; empty = all'),
  namespaces: z
    .array(NamespacePattern)
    .max(100)
    .default([])
    .describe('Namespaces of the target; empty = all, and cluster-scoped objects'),
  names: z
    .array(z.string().min(1).max(253))
    .max(1000)
    .default([])
    .describe("Names; '*' and '?' are wildcards; empty = all"),
  existingResourcePolicy: z
    .enum(['skip', 'update', 'fail'])
    .exactOptional()
    .describe('When such an object exists on the target with different content'),
  onRefused: z.enum(['rollback', 'continue']).exactOptional().describe('When the target rejects such an object'),
});

const Approval = z.strictObject({
  required: z.boolean().default(true).describe('Only an approved plan may run'),
  approvers: z.array(text.max(320)).max(100).default([]).describe('Who may approve; empty = anybody'),
  fourEyes: z.boolean().default(true).describe('Whoever made the plan may not approve it'),
  expiresAfter: Duration.default('24h').describe('How long an approval is valid'),
});

/** What every document says that brings objects to a target. */
export const appliedKeys = {
  namespaceMapping: z.record(z.string(), z.string()).default({}).describe('Source namespace to target namespace'),
  storageClasses: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Source storage class to target storage class; '*' = every other one, '' = claims of class ''. Or fromVeleroConfigMap: FILE"
    ),
  translation: Translation.prefault({}),
  values: z
    .array(text)
    .max(20)
    .default([])
    .describe(
      'Value files as for Helm, later ones take precedence; {{ .Values.KEY }} in translation and transforms is replaced by their values'
    ),
  transforms: z.array(Transform).max(500).default([]).describe('Custom changes to objects, in order'),
  existingResourcePolicy: z
    .enum(['skip', 'update', 'fail'])
    .default('fail')
    .describe('When an object exists on the target with different content'),
  onRefused: z
    .enum(['rollback', 'continue'])
    .default('rollback')
    .describe('When the target rejects an object: undo the run, or continue without it and end incomplete'),
  objectRules: z
    .array(ObjectRule)
    .max(500)
    .default([])
    .describe('Settings for individual objects; the first rule that selects an object and has the setting applies'),
};

/** Before a run writes anything. */
export const beforeWritingKeys = {
  dryRun: z
    .boolean()
    .default(false)
    .describe('Run everything up to the first write on the target; then only server-side dry runs'),
  approval: Approval.exactOptional().describe('Who must approve a plan first; absent = nobody'),
};
