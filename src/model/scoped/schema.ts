import { z } from 'zod';
import {
  Duration,
  KindName,
  KindOrGroup,
  LabelSelector,
  Name,
  Namespace,
  NamespacePattern,
  StorageClass,
  text,
} from '../scalars.ts';
import { Movers } from './schema-movers.ts';

/** Image of the mover Jobs when the file names none; the lab and the release both provide it. */
const defaultMoverImage = 'landfall/mover:0.1.0';

/** What is in; `verb` is what a run does with it. */
export function scopeSchema(verb: 'move' | 'back up' | 'restore') {
  return z.strictObject({
    namespaces: z.array(NamespacePattern).min(1).max(1000).describe(`Namespaces to ${verb}; * and ? are wildcards`),
    excludeNamespaces: z
      .array(NamespacePattern)
      .max(1000)
      .default([])
      .describe('Namespaces to exclude; takes precedence over namespaces'),
    kinds: z.array(KindName).max(1000).default([]).describe(`Kinds to ${verb}; empty = all`),
    excludeKinds: z.array(KindOrGroup).max(1000).default([]).describe('Kinds excluded, or `*.group`; overrides kinds'),
    labelSelector: LabelSelector.default('').describe('Kubernetes label selector; empty = all'),
    clusterScoped: z
      .enum(['dependencies', 'none'])
      .default('dependencies')
      .describe(`Whether to ${verb} the cluster-scoped objects that objects in scope need`),
  });
}

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

/** Commands around the snapshots. */
export const Hooks = z
  .strictObject({
    pre: z.array(Hook).max(100).default([]).describe('Before the snapshots, in order'),
    post: z.array(Hook).max(100).default([]).describe('After the snapshots, in order; they always run'),
  })
  .prefault({})
  .describe('Commands to run in pods on the source');

/** How the data of claims is taken; `mode` says in the words of its kind whether it is. */
export function volumesSchema<Mode extends z.ZodType<string>>(mode: Mode) {
  return z.strictObject({
    mode,
    parallel: z.int().min(1).max(64).default(4).describe('Number of claims under way at the same time'),
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
}

export const MoverImage = z
  .string()
  .max(512)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/, 'an image reference')
  .default(defaultMoverImage)
  .describe('Image of the Jobs that move volumes');

export const OnFailure = z
  .enum(['rollback', 'keep'])
  .default('rollback')
  .describe('When a step fails permanently: undo, or stop and wait for resume');

/** A finding that somebody accepts. */
export const Waiver = z.strictObject({
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
