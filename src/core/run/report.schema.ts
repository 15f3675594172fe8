import { z } from 'zod';
import { reportSchema, type RunReport as RunReportType } from './report.ts';
import {
  Count,
  ErrorDetail,
  Finding,
  Instant,
  ObjectCounts,
  PhaseTime,
  RunOutcome,
  SideState,
} from './shared.schema.ts';

const ClusterIdentity = z.looseObject({
  name: z.string(),
  server: z.string(),
  version: z.string(),
  uid: z.string().describe('UID of the kube-system namespace'),
  platform: z.string(),
});

const Names = z.array(z.string()).describe('At most 100 names; the number beside it is whole');

const Parity = z.looseObject({
  checked: z.boolean().describe('False: the run ended before it compared anything, and the numbers have no meaning'),
  missing: Count,
  extra: Count,
  different: Count,
  names: z.looseObject({ missing: Names, extra: Names, different: Names }),
  differences: z.string().exactOptional().describe('Key in the Location of every difference, as JSON lines'),
});

const VolumeResult = z.looseObject({
  claim: z.string().describe('namespace/name on the source'),
  bytes: Count,
  files: Count,
  sourceTree: z.string().describe('Hash of the tree, computed on the source'),
  targetTree: z
    .string()
    .exactOptional()
    .describe('Hash of the tree, computed on the target; empty if the data was never restored, absent of a backup'),
  equal: z.boolean().exactOptional().describe('Absent of a backup'),
  newBytes: Count.exactOptional().describe('Bytes that the repository did not have yet'),
  excluded: Count.exactOptional(),
  dataAsOf: Instant.exactOptional().describe('When the snapshot was taken, or the copy started'),
});

const Examples = z.array(z.string()).describe('The first few');

const Mapped = z.looseObject({ from: z.string(), to: z.string() });

const UndoEntry = z.looseObject({
  step: z.string(),
  title: z.string(),
  state: z.enum(['done', 'failed', 'not-run']),
  error: ErrorDetail.exactOptional(),
});

/** The report of a run as a file; unknown fields are kept, so that a newer report passes through. */
export const RunReport = z.looseObject({
  schema: z.literal(reportSchema),
  run: z.string(),
  name: z.string(),
  kind: z.string(),
  dryRun: z.boolean().exactOptional(),
  notAsked: z
    .array(z.looseObject({ reason: z.string(), count: Count, examples: Examples }))
    .exactOptional()
    .describe('In a dry run: why objects could not be checked'),
  outcome: RunOutcome,
  exitCode: z.int(),
  started: Instant,
  finished: Instant,
  source: ClusterIdentity,
  target: ClusterIdentity.exactOptional().describe('Absent of a backup'),
  dataAsOf: z
    .looseObject({
      objects: Instant.describe('When the capture began'),
      volumes: z
        .looseObject({ from: Instant, to: Instant })
        .exactOptional()
        .describe('The first and the last snapshot'),
    })
    .exactOptional()
    .describe('As of when the data on the target is: later writes are on the source only'),
  sides: z.looseObject({ source: SideState, target: SideState }),
  recoveryPoint: z.string().exactOptional(),
  objects: ObjectCounts,
  overwritten: z
    .array(z.looseObject({ object: z.string(), paths: z.array(z.string()) }))
    .exactOptional()
    .describe('Objects that existed on the target and were changed, with the paths; the first 100'),
  location: z.string().exactOptional().describe('Name of the Location'),
  parity: Parity,
  volumes: z.array(VolumeResult),
  rows: z.looseObject({ source: Count, target: Count }).exactOptional(),
  phases: z.array(PhaseTime),
  changes: z.array(z.looseObject({ rule: z.string(), reason: z.string(), count: Count, examples: Examples })),
  excluded: z.array(z.looseObject({ reason: z.string(), count: Count, examples: Examples })),
  withoutData: z
    .array(z.looseObject({ reason: z.string(), count: Count, examples: Examples }))
    .exactOptional()
    .describe('Of a backup: claims that are in the recovery point without their data'),
  copies: z
    .looseObject({
      quorum: Count.describe('How many have to be verified'),
      verified: Count.describe('How many were; those of one group counted once'),
      to: z.array(
        z.looseObject({
          location: z.string(),
          group: z.string().exactOptional(),
          state: z.enum(['verified', 'failed']),
          objects: Count,
          bytes: Count,
          copiedBytes: Count.describe('What of it was sent'),
          problem: ErrorDetail.exactOptional(),
        })
      ),
    })
    .exactOptional()
    .describe('Of a backup: the copies of its recovery point in other Locations'),
  failures: z.array(ErrorDetail),
  affected: z
    .array(z.looseObject({ object: z.string(), needs: z.array(z.string()) }))
    .exactOptional()
    .describe('Objects that need one the target rejected; the first 100'),
  findings: z.array(Finding),
  losses: z
    .array(z.looseObject({ rule: z.string(), message: z.string(), count: Count, examples: Examples }))
    .exactOptional()
    .describe('What is lost in the migration or does not follow a mapping, by rule and message'),
  mapping: z
    .looseObject({ namespaces: z.array(Mapped), storageClasses: z.array(Mapped) })
    .exactOptional()
    .describe('The names the file maps'),
  inventory: z
    .array(z.looseObject({ object: z.string(), reason: z.string(), neededBy: Examples }))
    .exactOptional()
    .describe('What objects in scope need from the cluster and what is never copied, such as classes and webhooks'),
  unseen: z
    .array(
      z.looseObject({
        cluster: z.string(),
        groupVersion: z.string(),
        message: z.string(),
        kinds: z.array(z.string()).describe('Kinds in scope that it served when it last responded; empty: unknown'),
      })
    )
    .exactOptional()
    .describe('APIs of the source that may hold objects in scope and did not respond: the run is incomplete'),
  undo: z.array(UndoEntry),
  plan: z
    .looseObject({
      hash: z.string(),
      run: z.string().describe('The run that made the plan'),
      approvals: z.array(
        z.looseObject({
          by: z.string().describe('Who approved, as claimed'),
          observed: z
            .looseObject({ user: z.string(), host: z.string() })
            .exactOptional()
            .describe('The user and the host from which the approval was given; absent if not recorded'),
          at: Instant,
        })
      ),
      estimates: z.array(
        z.looseObject({
          phase: z.string(),
          lowMs: z.number().nonnegative(),
          highMs: z.number().nonnegative(),
          tookMs: z.number().nonnegative(),
        })
      ),
      drifted: z
        .looseObject({ count: Count, examples: Examples })
        .describe('Objects whose content changed since the approval, as the plan allows'),
    })
    .exactOptional()
    .describe('The plan that the run had to follow'),
  error: ErrorDetail.exactOptional(),
}) satisfies z.ZodType<RunReportType>;
