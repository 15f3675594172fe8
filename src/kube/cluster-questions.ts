import type { CallOptions, ClusterIdentity, IdentityOptions, LogOptions, Permission } from '../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { parseAnswer } from './parse-answer.ts';
import { objectPath, podResource } from './paths.ts';

/** The Date header counts whole seconds: on average it is half a second behind. */
const DATE_HEADER_LAG_MS = 500;
const LOG_BYTES_MAX = 256 * 1024;
const LOG_LINES_DEFAULT = 50;

/** See Cluster.identity. */
export async function readIdentity(client: ApiClient, options: IdentityOptions = {}): Promise<ClusterIdentity> {
  const { signal, brief = false } = options;
  const ask = { action: 'get', method: 'GET', repeatable: true, brief, signal } as const;
  const version = await client.send({
    ...ask,
    subject: '/version',
    path: '/version',
    read: (answer) => {
      const date = Date.parse(String(answer.headers['date']));
      return {
        gitVersion: (parseAnswer(answer) as { gitVersion?: string }).gitVersion ?? '',
        clockSkewMs: Number.isNaN(date) ? 0 : Math.round(date + DATE_HEADER_LAG_MS - answer.atMs),
      };
    },
  });
  const uid = await client.send({
    ...ask,
    subject: 'Namespace kube-system',
    path: '/api/v1/namespaces/kube-system',
    read: (answer) => (parseAnswer(answer) as { metadata?: { uid?: string } }).metadata?.uid ?? '',
  });
  return { uid, ...version };
}

/** See Cluster.can. Reviews are questions: nothing is stored, so there are no failpoints. */
export function askPermission(
  client: ApiClient,
  { verb, resource, namespace }: Permission,
  options: CallOptions = {}
): Promise<boolean> {
  // `pods/exec` is asked for as a subresource.
  const [plural = '', subresource] = resource.plural.split('/', 2);
  const resourceAttributes = {
    verb,
    group: resource.group,
    resource: plural,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === '' ? {} : { namespace }),
  };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  return client.send({
    action: 'ask for',
    subject: `permission to ${verb} ${resource.plural}`,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: Buffer.from(JSON.stringify(review)),
    repeatable: true,
    kind: 'ask for a permission',
    read: (answer) => (parseAnswer(answer) as { status?: { allowed?: boolean } }).status?.allowed === true,
    signal: options.signal,
  });
}

/** See Cluster.logs. */
export function readLogs(client: ApiClient, options: LogOptions): Promise<string> {
  const { namespace, pod, container, tailLines } = options;
  return client.send({
    action: 'read the log of',
    subject: `Pod ${namespace}/${pod}`,
    method: 'GET',
    path: objectPath({ resource: podResource, namespace, name: pod }, 'log'),
    query: { container, tailLines: tailLines ?? LOG_LINES_DEFAULT, limitBytes: LOG_BYTES_MAX },
    headers: { accept: 'text/plain, */*' },
    repeatable: true,
    read: (answer) => answer.body.toString('utf8'),
    signal: options.signal,
  });
}
