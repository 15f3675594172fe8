import { LandfallError, type ErrorCode } from '../core/errors.ts';
import type { Refusal } from './refusal.ts';
import type { RetryKind } from './retry-policy.ts';

/** What a request was about, for messages. */
export interface RequestSubject {
  readonly clusterName: string;
  /** `create`, `list`, … */
  readonly action: string;
  /** `ConfigMap shop/web` */
  readonly subject: string;
  /** Through which proxy, or that one is set and not used; absent or '' when none is set. */
  readonly route?: string;
}

/** A failure with its code and whether the same request may be sent again. */
export interface Failure {
  readonly error: LandfallError;
  readonly kind: RetryKind;
  /** The server may have acted although no answer says so: only harmless requests are repeated. */
  readonly mayHaveHappened: boolean;
  readonly retryAfterMs?: number;
}

interface Rule {
  readonly when: (refusal: Refusal, request: RequestSubject) => boolean;
  readonly code: ErrorCode;
  readonly kind: RetryKind;
  readonly fix?: string;
}

const status =
  (...codes: readonly number[]) =>
  (refusal: Refusal): boolean =>
    codes.includes(refusal.httpStatus);
const says =
  (pattern: RegExp) =>
  (refusal: Refusal): boolean =>
    pattern.test(refusal.message);

/**
 * First match wins. Messages come before status codes, since the same refusal arrives under several codes (a policy
 * denies with 403 or 422, etcd's size limit shows as 413 or 500).
 */
const rules: readonly Rule[] = [
  { when: says(/etcdserver: mvcc: database space exceeded/), code: 'CLUSTER_STORAGE_FULL', kind: 'never' },
  // api-server-facts 8 and 9; the third text is gRPC's own limit between API server and etcd.
  {
    when: says(/etcdserver: request is too large|trying to send message larger than max|Request entity too large/),
    code: 'OBJECT_TOO_LARGE',
    kind: 'never',
  },
  { when: status(413), code: 'OBJECT_TOO_LARGE', kind: 'never' },
  { when: status(401), code: 'CLUSTER_CREDENTIALS_EXPIRED', kind: 'never' },
  { when: status(429), code: 'CLUSTER_THROTTLED', kind: 'throttled' },
  // api-server-facts 13: the quota controller has not counted a new custom resource yet.
  { when: says(/status unknown for quota/), code: 'QUOTA_EXCEEDED', kind: 'quotaUnknown' },
  {
    when: (refusal) =>
      refusal.causes.some((cause) => cause.reason === 'NamespaceTerminating') ||
      /because it is being terminated/.test(refusal.message),
    code: 'NAMESPACE_TERMINATING',
    kind: 'never',
  },
  {
    when: (refusal) => refusal.httpStatus === 403 && /exceeded quota|failed quota/.test(refusal.message),
    code: 'QUOTA_EXCEEDED',
    kind: 'never',
  },
  {
    when: says(/admission webhook ".*" denied the request|AdmissionPolicy '.*' .*denied request|violates PodSecurity/s),
    code: 'ADMISSION_DENIED',
    kind: 'never',
  },
  {
    when: (refusal) =>
      refusal.httpStatus === 403 &&
      (!refusal.isStatus || /User ".*" cannot |attempting to grant RBAC permissions/s.test(refusal.message)),
    code: 'CLUSTER_FORBIDDEN',
    kind: 'never',
  },
  // What is left of 403 comes from the built-in admission plugins (LimitRanger, NodeRestriction, Priority, …).
  { when: status(403), code: 'ADMISSION_DENIED', kind: 'never' },
  // Server-side apply over fields that somebody else owns.
  {
    when: (refusal) => refusal.causes.some((cause) => cause.reason === 'FieldManagerConflict'),
    code: 'OBJECT_CONFLICT',
    kind: 'never',
  },
  // A create conflicts only with the server's own bookkeeping (the quota's usage was written at the same time).
  {
    when: (refusal, request) => refusal.httpStatus === 409 && request.action === 'create',
    code: 'CLUSTER_SERVER_ERROR',
    kind: 'transient',
  },
  { when: status(409), code: 'OBJECT_CHANGED', kind: 'never' },
  // api-server-facts 14: an unknown path is answered in plain text, also for about 2 s after its CRD is there.
  { when: (refusal) => refusal.httpStatus === 404 && !refusal.isStatus, code: 'KIND_NOT_SERVED', kind: 'notServedYet' },
  { when: status(404), code: 'OBJECT_NOT_FOUND', kind: 'never' },
  {
    when: status(405),
    code: 'KIND_NOT_SERVED',
    kind: 'never',
    fix: 'the API serves the kind without this verb: exclude the kind',
  },
  // With 422 or 500 (api-server-facts 12). A server that dies between allocating and storing keeps what it allocated until
  // three of its repairs, three minutes apart, have found no owner (portallocator and ipallocator, `repair.go`).
  {
    when: says(/provided (?:port|IP) is already allocated/),
    code: 'OBJECT_INVALID',
    kind: 'never',
    fix: 'change or remove the port or address with a transform, or free it: kubectl get services -A shows which Service has it; if none has it, an API server stopped while allocating it, and releases it within ten minutes',
  },
  { when: status(400, 406, 415, 422), code: 'OBJECT_INVALID', kind: 'never' },
  // Bad input that the server reports as its own fault (api-server-facts 11, 15).
  {
    when: says(/resourceVersion should not be set on objects to be created|smd typed|duplicate entries for key/),
    code: 'OBJECT_INVALID',
    kind: 'never',
  },
  {
    when: says(/failed calling webhook/),
    code: 'CLUSTER_SERVER_ERROR',
    kind: 'transient',
    fix: 'repair the webhook named, or the service behind it',
  },
  { when: status(501, 505), code: 'CLUSTER_SERVER_ERROR', kind: 'never' },
  {
    when: (refusal) => refusal.httpStatus === 408 || refusal.httpStatus >= 500,
    code: 'CLUSTER_SERVER_ERROR',
    kind: 'transient',
  },
  {
    when: () => true,
    code: 'CLUSTER_SERVER_ERROR',
    kind: 'never',
    fix: 'check that the server of the kubeconfig is a Kubernetes API server and not a login page or proxy',
  },
];

/** Gives an unsuccessful answer its code, and says whether asking again may help. */
export function classifyRefusal(refusal: Refusal, request: RequestSubject): Failure {
  const rule = rules.find((one) => one.when(refusal, request));
  if (rule === undefined) throw new Error('the last rule matches everything');
  const { code, kind, fix } = rule;
  const retryAfterMs = refusal.retryAfterMs;
  const permission = code === 'CLUSTER_FORBIDDEN' ? readPermission(refusal.message) : undefined;
  const error = new LandfallError(code, {
    what: permission === undefined ? plainWhat(refusal, request) : permissionWhat(permission, request),
    why: withoutSecrets(refusal.message, request),
    ref: request.subject,
    ...(permission !== undefined ? { fix: permissionFix(permission) } : fix === undefined ? {} : { fix }),
    ...(kind === 'throttled' ? { retryAfterMs: retryAfterMs ?? 1_000 } : {}),
  });
  return {
    error,
    kind,
    mayHaveHappened: kind === 'transient',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function plainWhat(refusal: Refusal, { clusterName, action, subject }: RequestSubject): string {
  const reason = refusal.reason === '' ? '' : ` ${refusal.reason}`;
  return `cluster ${clusterName} returned ${refusal.httpStatus}${reason} to ${action} ${subject}`;
}

interface Permission {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly group: string;
  readonly namespace: string;
}

/** Format of k8s.io/apiserver responsewriters.forbiddenMessage. */
const permissionPattern =
  /User "(.*?)" cannot (\S+) (?:resource "(.*?)" in API group "(.*?)"(?: in the namespace "(.*?)"| at the cluster scope)?|path "(.*?)")/s;

function readPermission(message: string): Permission | undefined {
  const match = permissionPattern.exec(message);
  if (match === null) return undefined;
  const [, user = '', verb = '', resource, group = '', namespace = '', path = ''] = match;
  return { user, verb, resource: resource ?? `path ${path}`, group, namespace };
}

function permissionWhat(permission: Permission, { clusterName }: RequestSubject): string {
  return `user ${permission.user} is not allowed to ${permission.verb} ${fullResource(permission)}${where(permission)} on cluster ${clusterName}`;
}

function permissionFix(permission: Permission): string {
  return `grant the verb ${permission.verb} on ${fullResource(permission)}${where(permission)} to ${permission.user} (RBAC)`;
}

function fullResource({ resource, group }: Permission): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function where({ namespace }: Permission): string {
  return namespace === '' ? '' : ` in namespace ${namespace}`;
}

/** Validation messages quote the refused value; of a Secret it must not reach logs and histories. */
function withoutSecrets(message: string, { subject }: RequestSubject): string {
  if (!subject.startsWith('Secret ')) return message;
  return message.replaceAll(/(Invalid|Unsupported|Duplicate) value: (?:"(?:[^"\\]|\\.)*"|\S+)/g, '$1 value: (hidden)');
}
