import { admissionErrors } from './error-catalogue-admission.ts';
import { existingErrors } from './error-catalogue-existing.ts';
import { plannedErrors } from './error-catalogue-planned.ts';
import { retentionErrors } from './error-catalogue-retention.ts';
import { selectionErrors } from './error-catalogue-selection.ts';
import { translationErrors } from './error-catalogue-translation.ts';
import { volumeErrors } from './error-catalogue-volumes.ts';
import type { ErrorEntry } from './errors.ts';

/**
 * Every error code there is. Codes are permanent: they are anchors in the docs and types of Temporal failures.
 * Adding one: put it in its group; `docs/reference/errors.md` is generated from this table.
 */
export const catalogue = {
  CONFIG_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'The file does not say what Landfall understands: unknown key, wrong type, missing value, dangling name.',
    fix: 'correct the file at the line named; the editor schema is docs/reference/landfall.schema.json',
  },
  CONFIG_UNREADABLE: {
    group: 'config',
    retry: 'never',
    summary: 'A file named on the command line or in the configuration cannot be read, or not be written.',
    fix: 'check the path and its permissions',
  },
  RUN_NAME_IN_USE: {
    group: 'config',
    retry: 'never',
    summary: 'A run of this name is already going on.',
    fix: 'watch it with `landfall status`, or cancel it first',
  },
  RUN_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'No run has this id.',
    fix: 'list the runs with `landfall list`',
  },
  KUBECONFIG_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'The kubeconfig is missing, is not YAML, or has no such context.',
    fix: 'check spec.kubeconfig of the Cluster with: kubectl --kubeconfig FILE config get-contexts',
  },
  CLUSTER_UNREACHABLE: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'No answer from the API server: name, network, TLS or it is down.',
    fix: 'check the address and the network between this worker and the cluster',
  },
  CLUSTER_TLS_UNTRUSTED: {
    group: 'cluster',
    retry: 'never',
    summary: 'The certificate of the API server is not signed by the authority in the kubeconfig.',
    fix: 'renew the kubeconfig; its certificate-authority-data does not fit this server',
  },
  CLUSTER_CREDENTIALS_EXPIRED: {
    group: 'cluster',
    retry: 'never',
    summary: 'The API server answers 401: the credentials are unknown or expired.',
    fix: 'log in again so that the kubeconfig holds valid credentials, then start it again',
  },
  CLUSTER_FORBIDDEN: {
    group: 'cluster',
    retry: 'never',
    summary: 'The API server answers 403: the user may not use this verb on this resource.',
    fix: 'grant the verb and resource named to the user of the kubeconfig',
  },
  CLUSTER_SAME: {
    group: 'config',
    retry: 'never',
    summary: 'Source and target are the same cluster and no namespace mapping keeps them apart.',
    fix: 'point source and target to different clusters, or map every namespace to another name',
  },
  CLUSTER_THROTTLED: {
    group: 'cluster',
    retry: 'after',
    summary: 'The API server answers 429.',
    fix: 'nothing: Landfall slows down and goes on',
  },
  CLUSTER_SERVER_ERROR: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'The API server answers 5xx or breaks off in the middle of an answer.',
    fix: 'look at the API server and etcd; the run goes on when they answer',
  },
  CLUSTER_STORAGE_FULL: {
    group: 'cluster',
    retry: 'never',
    summary: 'etcd has raised its space alarm: the cluster accepts no writes.',
    fix: 'compact and defragment etcd, then start it again',
  },
  KIND_NOT_SERVED: {
    group: 'target',
    retry: 'never',
    summary: 'The target serves no version of a kind that is to be applied.',
    fix: 'install the API on the target, or exclude the kind',
  },
  DISCOVERY_INCOMPLETE: {
    group: 'cluster',
    retry: 'backoff',
    summary: 'An aggregated API does not answer: its kinds cannot be seen.',
    fix: 'repair the APIService named, or exclude its group',
  },
  UNDO_LEFT: {
    group: 'conflict',
    retry: 'never',
    summary:
      'An undo left objects as they are: somebody else relies on them by now, or deleting them could delete something outside of the cluster.',
    fix: 'look at each object named, and delete by hand what nobody needs',
  },
  DELETION_HELD: {
    group: 'conflict',
    retry: 'never',
    summary: 'An object that was deleted does not go, because a finalizer or a condition of its namespace holds it.',
    fix: 'mend what holds it; the deletion then ends by itself. Remove a finalizer by hand only when its controller will not come back',
  },
  OBJECT_CONFLICT: {
    group: 'conflict',
    retry: 'never',
    summary: 'An object exists on the target with other content and the policy is `fail`.',
    fix: 'set existingResourcePolicy to skip or update, for this object alone with objectRules, or remove the object',
  },
  OBJECT_INVALID: {
    group: 'target',
    retry: 'never',
    summary: 'The target refuses an object as invalid (400, 422).',
    fix: 'see the reason of the server; a transform can change the field',
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
    summary: 'An object was changed by somebody else between read and write.',
    fix: 'nothing: it is read and compared again',
  },
  OBJECT_NOT_FOUND: {
    group: 'target',
    retry: 'never',
    summary: 'An object that is to be changed, or the namespace an object is to be created in, does not exist.',
    fix: 'look whether somebody else removed it; create the namespace first',
  },
  ADMISSION_DENIED: {
    group: 'policy',
    retry: 'never',
    summary: 'A policy or webhook of the target refuses an object.',
    fix: 'change the policy, or the object with a transform',
  },
  QUOTA_EXCEEDED: {
    group: 'policy',
    retry: 'never',
    summary: 'A ResourceQuota of the target namespace leaves no room for an object.',
    fix: 'raise the quota named, or move less',
  },
  NAMESPACE_TERMINATING: {
    group: 'target',
    retry: 'backoff',
    summary: 'The target namespace is being deleted.',
    fix: 'wait for it to be gone, or remove the finalizer that holds it',
  },
  NAMESPACE_DELETED: {
    group: 'conflict',
    retry: 'never',
    summary:
      'Somebody deleted a target namespace while the run was filling it, and what the run had put there with it.',
    fix: 'ask the audit log of the target who deleted it, then migrate again',
  },
  TARGET_NOT_EMPTY: {
    group: 'conflict',
    retry: 'never',
    summary: 'A target namespace exists with content that this run did not make and the policy is `fail`.',
    fix: 'map to another namespace, or set existingResourcePolicy to skip or update',
  },
  WAIT_TIMED_OUT: {
    group: 'target',
    retry: 'never',
    summary: 'A condition did not come in time; the message names it and its last observed value.',
    fix: 'look at the object named on the target',
  },
  TRANSFORM_FAILED: {
    group: 'config',
    retry: 'never',
    summary: 'A transform of the file does not apply to an object it selects.',
    fix: 'correct the patch, or narrow what it matches',
  },
  PLAN_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'A plan file was changed after it was made, was written by another version, or is no plan.',
    fix: 'take the file as `landfall plan --out` wrote it, or plan again',
  },
  PLAN_STALE: {
    group: 'policy',
    retry: 'never',
    summary:
      'The world is no longer what the plan was made for: the plan made now has another hash. Nothing was touched.',
    fix: 'plan again and have the new plan approved, or undo what was changed',
  },
  PLAN_SPENT: {
    group: 'policy',
    retry: 'never',
    summary: 'A run has begun with this plan already; a plan is used once.',
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
    summary: 'A plan was refused by an approver, or whoever approves it may not.',
    fix: 'see the reason; another person may have to approve, or another plan be made',
  },
  LOCATION_UNREACHABLE: {
    group: 'location',
    retry: 'backoff',
    summary: 'No answer from the object store.',
    fix: 'check the endpoint and the network between this worker and the store',
  },
  LOCATION_CREDENTIALS: {
    group: 'location',
    retry: 'never',
    summary: 'The object store does not accept the credentials.',
    fix: 'renew the credentials the Location refers to, then start it again',
  },
  LOCATION_FORBIDDEN: {
    group: 'location',
    retry: 'never',
    summary: 'The credentials may not do this on the bucket.',
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
      'The store refuses what is in a request, whoever sends it: a header, a checksum or an operation it does not know.',
    fix: 'read what the store says; for checksums set `checksums: required` in the Location',
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
    summary: 'The object store asks to slow down.',
    fix: 'nothing: Landfall slows down and goes on',
  },
  LOCATION_SERVER_ERROR: {
    group: 'location',
    retry: 'backoff',
    summary: 'The object store answers 5xx or breaks off.',
    fix: 'look at the store; the run goes on when it answers',
  },
  LOCATION_FULL: {
    group: 'location',
    retry: 'never',
    summary: 'The store or disk has no space left.',
    fix: 'free space or raise the quota, then start it again',
  },
  ...plannedErrors,
  ...retentionErrors,
  STORED_OBJECT_MISSING: {
    group: 'integrity',
    retry: 'never',
    summary: 'A stored object that a manifest or index names is not there.',
    fix: 'use another copy of the recovery point, or capture again',
  },
  STORED_OBJECT_EXISTS: {
    group: 'conflict',
    retry: 'never',
    summary: 'A conditional create found the key taken by other content.',
    fix: 'use another name for the run',
  },
  STORED_OBJECT_CORRUPT: {
    group: 'integrity',
    retry: 'never',
    summary: 'A stored object does not have the content its hash promises; nothing of it is applied.',
    fix: 'use another copy of the recovery point, or capture again',
  },
  FORMAT_TOO_NEW: {
    group: 'integrity',
    retry: 'never',
    summary: 'The recovery point was written by a newer Landfall in a format this one does not know.',
    fix: 'upgrade Landfall',
  },
  ...volumeErrors,
  HOOK_FAILED: {
    group: 'volume',
    retry: 'never',
    summary: 'A hook ended with an error or timed out; the thaw has run.',
    fix: 'run the command by hand in the pod; see its last output in the message',
  },
  PARITY_DIFFERENT: {
    group: 'integrity',
    retry: 'never',
    summary: 'After everything was applied, the target is not what was meant.',
    fix: 'see parity in the report for names and paths',
  },
  ...translationErrors,
  ...selectionErrors,
  ...admissionErrors,
  ...existingErrors,
  DISK_FULL: {
    group: 'limit',
    retry: 'never',
    summary: 'A disk of the machine that runs Landfall has no space left.',
    fix: 'free space there, then start it again',
  },
  CLOCK_SKEW: {
    group: 'config',
    retry: 'never',
    summary: 'The clock of this machine differs from a server by so much that credentials are refused.',
    fix: 'set the clock (NTP)',
  },
  ENGINE_UNAVAILABLE: {
    group: 'config',
    retry: 'never',
    summary: 'No Temporal server answers, or the local one cannot be started.',
    fix: 'check the address (--address, TEMPORAL_ADDRESS), or the log named',
  },
  RUN_TERMINATED: {
    group: 'cancelled',
    retry: 'never',
    summary: 'A run was terminated with the tools of Temporal, or ran out of its time, so nothing of it was undone.',
    fix: 'remove what it has left with `landfall cleanup RUN`; next time stop it with `landfall cancel RUN`',
  },
  CANCELLED: {
    group: 'cancelled',
    retry: 'never',
    summary: 'A user cancelled the run.',
    fix: 'start it again when you are ready',
  },
  WORKER_LOST: {
    group: 'internal',
    retry: 'backoff',
    summary: 'The worker that did a step was lost in the middle of it; the step is taken up where it was.',
    fix: 'nothing: another attempt goes on; see that a worker runs when it does not',
  },
  INTERNAL: {
    group: 'internal',
    retry: 'never',
    summary: 'A defect in Landfall.',
    fix: 'report it with the run id and the log',
  },
} as const satisfies Record<string, ErrorEntry>;
