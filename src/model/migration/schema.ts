import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import {
  text,
  Name,
  Namespace,
  NamespacePattern,
  KindName,
  KindOrGroup,
  StorageClass,
  LabelSelector,
  Duration,
  Metadata,
} from '../scalars.ts';
import { Movers } from './schema-movers.ts';
import { Translation } from './schema-translation.ts';

/** Image of the mover Jobs when the file names none; the lab and the release both provide it. */
const defaultMoverImage = 'landfall/mover:0.1.0';

const Scope = z.strictObject({
  namespaces: z.array(NamespacePattern).min(1).max(1000).describe('Namespaces to move; * and ? are wildcards'),
  excludeNamespaces: z
    .array(NamespacePattern)
    .max(1000)
    .default([])
    .describe('Namespaces to exclude; takes precedence over namespaces'),
  kinds: z.array(KindName).max(1000).default([]).describe('Kinds to move; empty = all'),
  excludeKinds: z.array(KindOrGroup).max(1000).default([]).describe('Kinds excluded, or `*.group`; overrides kinds'),
  labelSelector: LabelSelector.default('').describe('Kubernetes label selector; empty = all'),
  clusterScoped: z
    .enum(['dependencies', 'none'])
    .default('dependencies')
    .describe('Whether to move the cluster-scoped objects that objects in scope need'),
});

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

const Hook = z.strictObject({
  name: Name.describe('Name of the hook'),
  namespace: Namespace.describe('Source namespace'),
  podSelector: LabelSelector.min(1).describe('Label selector of the pods; the hook runs in all matching pods'),
  container: Name.describe('Container'),
  command: z
    .array(z.string().max(4096))
    .min(1)
    .max(100)
    .describe('Program and arguments; no shell unless you name one explicitly'),
  timeout: Duration.default('30s').describe('At most 4h'),
  onError: z.enum(['fail', 'continue']).default('fail').describe('What a failure means for the run'),
});
export type Hook = z.infer<typeof Hook>;

const Volumes = z.strictObject({
  mode: z.enum(['move', 'none']).default('move').describe('none: claims are created empty on the target'),
  parallel: z.int().min(1).max(64).default(4).describe('Number of claims moved at the same time'),
  snapshotClass: z
    .union([z.literal(''), StorageClass])
    .default('')
    .describe("VolumeSnapshotClass; empty = that of the claim's driver"),
  withoutSnapshot: z
    .enum(['fail', 'skip', 'copyWhileQuiesced'])
    .default('fail')
    .describe(
      'Claims that cannot be snapshotted: stop the run, exclude them, or copy them while their pods are scaled to zero'
    ),
  rereadAll: z
    .boolean()
    .default(false)
    .describe('Read every file again, including those that look unchanged since the last run'),
  movers: Movers,
  timeout: Duration.default('24h').describe('For one claim'),
});

const Waiver = z.strictObject({
  code: z
    .string()
    .max(64)
    .regex(/^[A-Z][A-Z0-9_]*$/, 'the code of a finding: capital letters, digits and _')
    .describe('Code of the finding'),
  subject: text
    .max(512)
    .default('*')
    .describe(
      'The subject of the finding; * and ? are wildcards. A finding of a translation check can be accepted only by the exact name of its object'
    ),
  owner: text.max(256).describe('Who accepts it'),
  reason: text.max(1000).describe('Reason; shown in every assessment, plan and report'),
  until: z
    .string()
    .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a day such as 2026-12-31')
    .describe('Last valid day (UTC); then the finding counts again, and the waiver is reported'),
});

const Approval = z.strictObject({
  required: z.boolean().default(true).describe('Only an approved plan may run'),
  approvers: z.array(text.max(320)).max(100).default([]).describe('Who may approve; empty = anybody'),
  fourEyes: z.boolean().default(true).describe('Whoever made the plan may not approve it'),
  expiresAfter: Duration.default('24h').describe('How long an approval is valid'),
});

/** `Migration` as people write it; what concerns more than one value is in its rules. */
export const Migration = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Migration'),
  metadata: Metadata,
  spec: z.strictObject({
    source: Name.describe('Name of a Cluster'),
    target: Name.describe('Name of a Cluster'),
    location: Name.describe('Name of the Location that objects and volumes go through'),
    scope: Scope.describe('What moves'),
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
    volumes: Volumes.prefault({}).describe('How volumes move'),
    hooks: z
      .strictObject({
        pre: z.array(Hook).max(100).default([]).describe('Before the snapshots, in order'),
        post: z.array(Hook).max(100).default([]).describe('After the snapshots, in order; they always run'),
      })
      .prefault({})
      .describe('Commands to run in pods on the source'),
    landfallNamespace: Namespace.default('landfall-system').describe('Namespace Landfall works in, on both clusters'),
    moverImage: z
      .string()
      .max(512)
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/, 'an image reference')
      .default(defaultMoverImage)
      .describe('Image of the Jobs that move volumes'),
    dryRun: z
      .boolean()
      .default(false)
      .describe('Run everything up to the first write on the target; then only server-side dry runs'),
    registries: z
      .record(
        z.string().max(253),
        z.string().regex(/^https?:\/\/[^\s/?#@]+$/, 'an http or https address without a path')
      )
      .default({})
      .describe(
        'Registry host to the address at which an assessment queries it; other registries are queried at their own name'
      ),
    waivers: z.array(Waiver).max(500).default([]).describe('Findings of assessment, plan and run that are accepted'),
    onFailure: z
      .enum(['rollback', 'keep'])
      .default('rollback')
      .describe('When a step fails permanently: undo, or stop and wait for resume'),
    approval: Approval.exactOptional().describe('Who must approve a plan first; absent = nobody'),
  }),
});
export type Migration = z.infer<typeof Migration>;
