import { z } from 'zod';
import { driftAllowances, planSchema, planVerbs } from '../../core/plan/plan.ts';
import type { Plan, PlanAction as PlanActionType } from '../../core/plan/plan.ts';
import { Finding } from '../../core/run/shared.schema.ts';

const text = z.string().max(65_536);
const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hex digits');
const Count = z.int().nonnegative();
const Range = { lowMs: z.number().nonnegative(), highMs: z.number().nonnegative(), basis: text };

/** One line of the actions. Strict: what a plan does must be known to whoever runs it. */
export const PlanAction = z.strictObject({
  on: z.enum(['source', 'target']),
  do: z.enum(planVerbs),
  applyGroup: text,
  object: text.exactOptional(),
  digest: Digest.exactOptional(),
  live: Digest.exactOptional(),
  diff: z.array(z.strictObject({ path: text, from: text, to: text })).exactOptional(),
  rules: z.array(text).exactOptional(),
  rule: text.exactOptional(),
  reason: text.exactOptional(),
  mayDrift: z.enum(driftAllowances).exactOptional(),
  volume: z
    .strictObject({
      claim: text,
      way: z.enum(['snapshot', 'copyWhileQuiesced']),
      snapshotClass: text,
      sourceClass: text,
      targetClass: text,
      size: text,
      accessModes: z.array(text),
    })
    .exactOptional(),
  until: text.exactOptional(),
  count: Count.exactOptional(),
}) satisfies z.ZodType<PlanActionType>;

const Cluster = z.strictObject({
  name: text,
  platform: z.enum(['vks', 'eks', 'aks', 'generic']),
  uid: text,
  version: text,
});
const Pairs = z.array(z.strictObject({ from: text, to: text }));

const Content = z.strictObject({
  name: text,
  landfall: text,
  configuration: Digest,
  source: Cluster,
  target: Cluster,
  location: text,
  approval: z.strictObject({
    required: z.boolean(),
    approvers: z.array(text),
    fourEyes: z.boolean(),
    expiresAfterMs: z.number().positive(),
  }),
  existingResourcePolicy: text,
  onFailure: text,
  onRefused: text.exactOptional(),
  objectRules: z
    .array(
      z.strictObject({
        kinds: z.array(text),
        namespaces: z.array(text),
        names: z.array(text),
        existingResourcePolicy: z.enum(['skip', 'update', 'fail']).exactOptional(),
        onRefused: z.enum(['rollback', 'continue']).exactOptional(),
      })
    )
    .exactOptional(),
  namespaces: Pairs,
  storageClasses: Pairs,
  totals: z.record(z.string(), Count),
  losses: z.array(z.strictObject({ rule: text, message: text, count: Count, examples: z.array(text) })),
  findings: z.array(
    z.strictObject({
      code: text,
      severity: z.enum(['blocker', 'warning', 'info']),
      subject: text,
      message: text,
      waiver: z.strictObject({ owner: text, reason: text, until: text }).exactOptional(),
    })
  ),
  mayDrift: z.array(z.strictObject({ what: text, why: text, count: Count })),
});

const Ref = z.strictObject({ key: text, sha256: Digest, sizeBytes: Count });
/** Every provider, so that a new one is not forgotten here. */
const providers: Readonly<Record<Plan['made']['location']['provider'], true>> = {
  s3: true,
  azure: true,
  gcs: true,
  filesystem: true,
};
const location = z
  .looseObject({ name: text, provider: z.enum(Object.keys(providers)) })
  .transform((value) => value as unknown as Plan['made']['location']);

const Made = z.strictObject({
  run: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'the id of a run'),
  by: text,
  at: z.iso.datetime(),
  location,
  spec: Ref,
  plan: Ref,
  estimate: z.strictObject({
    phases: z.array(z.strictObject({ phase: text, ...Range })),
    lowMs: z.number().nonnegative(),
    highMs: z.number().nonnegative(),
    bytes: z.strictObject({ objects: Count, volumesMax: z.number().nonnegative(), basis: text }),
    downtime: z.strictObject(Range),
  }),
  seen: z.strictObject({
    captured: Count,
    excluded: z.array(z.strictObject({ rule: text, reason: text, count: Count, examples: z.array(text) })),
    findings: z.array(Finding),
  }),
});

/** Everything of a plan file before its actions. */
export const PlanHead = z.strictObject({
  schema: z.literal(planSchema),
  hash: Digest,
  made: Made,
  content: Content,
});
