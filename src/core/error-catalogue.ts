import { admissionErrors } from './error-catalogue-admission.ts';
import { existingErrors } from './error-catalogue-existing.ts';
import { identityErrors } from './error-catalogue-identity.ts';
import { keyErrors } from './error-catalogue-keys.ts';
import { plannedErrors } from './error-catalogue-planned.ts';
import { pointErrors } from './error-catalogue-points.ts';
import { protectionErrors } from './error-catalogue-protection.ts';
import { retentionErrors } from './error-catalogue-retention.ts';
import { selectionErrors } from './error-catalogue-selection.ts';
import { translationErrors } from './error-catalogue-translation.ts';
import { volumeErrors } from './error-catalogue-volumes.ts';
import type { ErrorEntry } from './error-entry.ts';

/**
 * Every error code there is. Codes are permanent: they are anchors in the docs and types of Temporal failures.
 * Adding one: put it in its group; `docs/reference/errors.md` is generated from this table.
 */
export const catalogue = {
  CONFIG_INVALID: {
    group: 'config',
    retry: 'never',
    summary:
      'The configuration file is not valid: unknown key, wrong type, missing value, or a name that refers to nothing.',
    fix: 'correct the file at the line given; the editor schema is docs/reference/landfall.schema.json',
  },
  CONFIG_UNREADABLE: {
    group: 'config',
    retry: 'never',
    summary: 'A file named on the command line or in the configuration cannot be read or written.',
    fix: 'check the path and its permissions',
  },
  RUN_NAME_IN_USE: {
    group: 'config',
    retry: 'never',
    summary: 'A run with this name is already in progress.',
    fix: 'watch it with `landfall status`, or cancel it first',
  },
  RUN_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'There is no run with this id.',
    fix: 'list the runs with `landfall list`',
  },
  ID_AMBIGUOUS: {
    group: 'config',
    retry: 'never',
    summary: 'A short id stands for several runs or recovery points.',
    fix: 'write one of them with more characters',
  },
  KUBECONFIG_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'The kubeconfig is missing, is not valid YAML, or does not have the context.',
    fix: 'check spec.kubeconfig of the Cluster with: kubectl --kubeconfig FILE config get-contexts',
  },
  CLUSTER_UNREACHABLE: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'The API server does not respond: name resolution, network or TLS fails, or the server is down.',
    fix: 'check the address, and the network between this worker and the cluster',
  },
  CLUSTER_TLS_UNTRUSTED: {
    group: 'cluster',
    retry: 'never',
    summary: 'The certificate of the API server is not signed by the authority in the kubeconfig.',
    fix: 'renew the kubeconfig; its certificate-authority-data does not match this server',
  },
  CLUSTER_CREDENTIALS_EXPIRED: {
    group: 'cluster',
    retry: 'never',
    summary: 'The API server returns 401: the credentials are invalid or have expired.',
    fix: 'log in again so that the kubeconfig holds valid credentials, then start the run again',
  },
  CLUSTER_FORBIDDEN: {
    group: 'cluster',
    retry: 'never',
    summary: 'The API server returns 403: the user is not allowed to use this verb on this resource.',
    fix: 'grant the user of the kubeconfig the verb on the resource named',
  },
  CLUSTER_SAME: {
    group: 'config',
    retry: 'never',
    summary: 'Source and target are the same cluster, and no namespace mapping separates them.',
    fix: 'use different clusters as source and target, or map every namespace to a different name',
  },
  CLUSTER_THROTTLED: {
    group: 'cluster',
    retry: 'after',
    summary: 'The API server returns 429 (too many requests).',
    fix: 'nothing: Landfall slows down and continues',
  },
  CLUSTER_SERVER_ERROR: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'The API server returns 5xx, or closes the connection in the middle of a response.',
    fix: 'check the API server and etcd; the run continues when they respond',
  },
  CLUSTER_STORAGE_FULL: {
    group: 'cluster',
    retry: 'never',
    summary: 'etcd has raised its NOSPACE alarm: the cluster accepts no writes.',
    fix: 'compact and defragment etcd, then start the run again',
  },
  KIND_NOT_SERVED: {
    group: 'target',
    retry: 'never',
    summary: 'The target does not serve any version of a kind that is to be applied.',
    fix: 'install the API on the target, or exclude the kind',
  },
  DISCOVERY_INCOMPLETE: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'An aggregated API does not respond: its kinds cannot be discovered.',
    fix: 'repair the APIService named, or exclude its group',
  },
  UNDO_INCOMPLETE: {
    group: 'conflict',
    retry: 'never',
    summary:
      'An undo kept some objects: something else has come to depend on them, or deleting them could delete a resource outside the cluster.',
    fix: 'check each object named, and delete those that are no longer needed',
  },
  DELETION_HELD: {
    group: 'conflict',
    retry: 'never',
    summary:
      'A deleted object is not removed, because a finalizer or a condition of its namespace blocks the deletion.',
    fix: 'fix what blocks the deletion; it then completes by itself. Remove a finalizer by hand only if its controller will not come back',
  },
  OBJECT_CONFLICT: {
    group: 'conflict',
    retry: 'never',
    summary: 'An object exists on the target with different content, and existingResourcePolicy is `fail`.',
    fix: 'set existingResourcePolicy to skip or update (for this object alone with objectRules), or delete the object',
  },
  OBJECT_INVALID: {
    group: 'target',
    retry: 'never',
    summary: 'The target rejects an object as invalid (400, 422).',
    fix: 'see the server’s reason; a transform can change the field',
  },
  OBJECT_TOO_LARGE: {
    group: 'limit',
    retry: 'never',
    summary: 'An object is larger than the API server accepts.',
    fix: 'split the object; etcd holds at most 1.5 MiB and a request at most 3 MiB',
  },
  OBJECT_CHANGED: {
    group: 'conflict',
    retry: 'backoff',
    summary: 'Another client changed an object between read and write.',
    fix: 'nothing: Landfall reads and compares it again',
  },
  OBJECT_NOT_FOUND: {
    group: 'target',
    retry: 'never',
    summary: 'An object that is to be changed, or the namespace an object is to be created in, does not exist.',
    fix: 'check whether somebody else deleted it; create the namespace first',
  },
  ADMISSION_DENIED: {
    group: 'policy',
    retry: 'never',
    summary: 'A policy or webhook on the target rejects an object.',
    fix: 'change the policy, or the object with a transform',
  },
  QUOTA_EXCEEDED: {
    group: 'policy',
    retry: 'never',
    summary: 'A ResourceQuota in the target namespace leaves no room for an object.',
    fix: 'raise the quota named, or move less',
  },
  NAMESPACE_TERMINATING: {
    group: 'target',
    retry: 'backoff',
    summary: 'The target namespace is being deleted.',
    fix: 'wait for the deletion to finish, or remove the finalizer that blocks it',
  },
  NAMESPACE_DELETED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Somebody deleted a target namespace while the run was writing to it, together with everything the run had created there.',
    fix: 'find out from the target’s audit log who deleted it, then migrate again',
  },
  TARGET_NOT_EMPTY: {
    group: 'conflict',
    retry: 'never',
    summary: 'A target namespace holds objects that this run did not create, and existingResourcePolicy is `fail`.',
    fix: 'map to a different namespace, or set existingResourcePolicy to skip or update',
  },
  WAIT_TIMED_OUT: {
    group: 'target',
    retry: 'never',
    summary: 'A condition was not met in time; the message names it and its last observed value.',
    fix: 'look at the object named on the target',
  },
  TRANSFORM_FAILED: {
    group: 'config',
    retry: 'never',
    summary: 'A transform cannot be applied to an object it selects.',
    fix: 'correct the patch, or narrow what it matches',
  },
  PLAN_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'A plan file was changed after it was created, was written by a different version, or is not a plan.',
    fix: 'use the file as `landfall plan --out` wrote it, or plan again',
  },
  PLAN_STALE: {
    group: 'policy',
    retry: 'never',
    summary:
      'The clusters or the file changed since the plan was made: a plan made now has a different hash. Nothing was changed.',
    fix: 'plan again and have the new plan approved, or revert the changes',
  },
  PLAN_SPENT: {
    group: 'policy',
    retry: 'never',
    summary: 'A run has already started with this plan; a plan can be used only once.',
    fix: 'plan again and have the new plan approved',
  },
  RETRY_UNSAFE: {
    group: 'policy',
    retry: 'never',
    summary: 'An ended wave cannot be continued as things are. Nothing was started.',
    fix: 'do what stands with each namespace, then retry the wave',
  },
  APPROVAL_MISSING: {
    group: 'policy',
    retry: 'never',
    summary: 'The file asks for an approval, and there is none that counts: never given, or expired.',
    fix: 'plan with landfall plan -f FILE --out plan.yaml, have it approved with landfall approve RUN --plan HASH --by WHO, and run it with landfall migrate --plan plan.yaml; a wave: landfall wave plan --out-dir, landfall wave --plans',
  },
  APPROVAL_REFUSED: {
    group: 'policy',
    retry: 'never',
    summary: 'An approver rejected the plan, or the approver is not allowed to approve it.',
    fix: 'see the reason; somebody else may have to approve, or a new plan may be needed',
  },
  LOCATION_UNREACHABLE: {
    group: 'location',
    retry: 'backoff',
    summary: 'The object store does not respond.',
    fix: 'check the endpoint, and the network between this worker and the store',
  },
  LOCATION_CREDENTIALS: {
    group: 'location',
    retry: 'never',
    summary: 'The object store rejects the credentials.',
    fix: 'renew the credentials that the Location refers to, then start the run again',
  },
  LOCATION_FORBIDDEN: {
    group: 'location',
    retry: 'never',
    summary: 'The credentials do not permit this operation on the bucket.',
    fix: 'grant the action named on the bucket and prefix',
  },
  LOCATION_NOT_FOUND: {
    group: 'location',
    retry: 'never',
    summary: 'The bucket, container or directory does not exist.',
    fix: 'create it, or correct spec.bucket, spec.container or spec.path of the Location',
  },
  LOCATION_REQUEST_REFUSED: {
    group: 'location',
    retry: 'never',
    summary:
      'The store rejects the request itself, whatever the credentials: it does not support a header, a checksum or an operation.',
    fix: 'see the message of the store; for checksums set `checksums: required` in the Location',
  },
  LOCATION_READ_ONLY: {
    group: 'location',
    retry: 'never',
    summary: 'The location can be read but not written.',
    fix: 'grant write access, or use another Location',
  },
  LOCATION_THROTTLED: {
    group: 'location',
    retry: 'after',
    summary: 'The object store throttles requests.',
    fix: 'nothing: Landfall slows down and continues',
  },
  LOCATION_SERVER_ERROR: {
    group: 'location',
    retry: 'backoff',
    summary: 'The object store returns 5xx, or closes the connection.',
    fix: 'check the store; the run continues when it responds',
  },
  LOCATION_FULL: {
    group: 'location',
    retry: 'never',
    summary: 'The store or disk has no space left.',
    fix: 'free space or raise the quota, then start the run again',
  },
  ...identityErrors,
  ...plannedErrors,
  ...retentionErrors,
  ...protectionErrors,
  STORED_OBJECT_MISSING: {
    group: 'integrity',
    retry: 'never',
    summary: 'A stored object that a manifest or index refers to is missing.',
    fix: 'use another copy of the recovery point, or capture again',
  },
  STORED_OBJECT_EXISTS: {
    group: 'conflict',
    retry: 'never',
    summary: 'A conditional create found the key already in use with different content.',
    fix: 'use a different name for the run',
  },
  STORED_OBJECT_CORRUPT: {
    group: 'integrity',
    retry: 'never',
    summary: 'The content of a stored object does not match its hash; nothing from it is applied.',
    fix: 'use another copy of the recovery point, or capture again',
  },
  FORMAT_TOO_NEW: {
    group: 'integrity',
    retry: 'never',
    summary:
      'The recovery point was written by a newer version of Landfall, in a format that this version does not support.',
    fix: 'upgrade Landfall',
  },
  ...keyErrors,
  ...pointErrors,
  ...volumeErrors,
  HOOK_FAILED: {
    group: 'volume',
    retry: 'never',
    summary: 'A hook failed or timed out; the post hooks have run.',
    fix: 'run the command by hand in the pod; see its last output in the message',
  },
  PARITY_DIFFERENT: {
    group: 'integrity',
    retry: 'never',
    summary: 'After everything was applied, the target differs from the plan.',
    fix: 'see parity in the report for names and paths',
  },
  ...translationErrors,
  ...selectionErrors,
  ...admissionErrors,
  ...existingErrors,
  DISK_FULL: {
    group: 'limit',
    retry: 'never',
    summary: 'A disk of the machine that runs Landfall is full.',
    fix: 'free space on it, then start the run again',
  },
  CLOCK_SKEW: {
    group: 'config',
    retry: 'never',
    summary: 'The clock of this machine differs from the server’s by so much that credentials are rejected.',
    fix: 'synchronise the clock (NTP)',
  },
  ENGINE_UNAVAILABLE: {
    group: 'config',
    retry: 'never',
    summary: 'The Temporal server does not respond, or the local one cannot be started.',
    fix: 'check the address (--address, TEMPORAL_ADDRESS), or the log file named',
  },
  RUN_TERMINATED: {
    group: 'cancelled',
    retry: 'never',
    summary: 'A run was terminated with Temporal’s own tools or timed out, so nothing was undone.',
    fix: 'remove what it left behind with `landfall cleanup RUN`; next time stop it with `landfall cancel RUN`',
  },
  CANCELLED: {
    group: 'cancelled',
    retry: 'never',
    summary: 'A user cancelled the run.',
    fix: 'start the run again when you are ready',
  },
  POLICY_REFUSED: {
    group: 'config',
    retry: 'never',
    summary:
      'A run names a kubeconfig, program, file, environment variable, store or hook that the operator of the worker does not allow.',
    fix: 'have the operator of the worker add a rule to its policy, or name what the policy allows',
  },
  SITE_WITHOUT_WORKER: {
    group: 'config',
    retry: 'never',
    summary: 'The run has work at a site where no worker runs, so it would wait at its first step there.',
    fix: 'start a worker there: landfall worker --site NAME --policy FILE',
  },
  WORKER_LOST: {
    group: 'internal',
    retry: 'backoff',
    summary: 'The worker stopped in the middle of a step; another attempt resumes the step where it was.',
    fix: 'nothing: another attempt continues; if it does not, check that a worker is running',
  },
  INTERNAL: {
    group: 'internal',
    retry: 'never',
    summary: 'A defect in Landfall.',
    fix: 'report it with the run id and the log',
  },
} as const satisfies Record<string, ErrorEntry>;
