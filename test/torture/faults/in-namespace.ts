import { waitFor } from '../../../src/host/wait.ts';
import type { Lane } from '../lane.ts';

const merge = 'application/merge-patch+json';

/** A policy of the target that refuses every create and update of an application's kinds in one namespace. */
export async function admitNothing(lane: Lane, namespace: string): Promise<() => Promise<unknown>> {
  const { target } = lane;
  const group = 'admissionregistration.k8s.io/v1';
  const root = `/apis/${group}`;
  const name = `lab-${namespace}`;
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] };
  const match = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const paths = [
    `${root}/validatingadmissionpolicybindings/${encodeURIComponent(name)}`,
    `${root}/validatingadmissionpolicies/${encodeURIComponent(name)}`,
  ] as const;
  // The landlord of the namespace: what controllers write there goes on.
  const expression = `request.userInfo.username != '${lane.user}'`;
  const policy = {
    matchConstraints: { resourceRules: [rule], ...match },
    validations: [{ expression, message: 'nothing on Saturdays' }],
  };
  const binding = { policyName: name, validationActions: ['Deny'], matchResources: match };
  await target.apply(paths[1], manifest(group, 'ValidatingAdmissionPolicy', name, { spec: policy }));
  await target.apply(paths[0], manifest(group, 'ValidatingAdmissionPolicyBinding', name, { spec: binding }));
  return async () => {
    for (const path of paths) await target.call('DELETE', path);
  };
}

/** A quota that is used up already; the namespace is made unless the run has. */
export async function exceedQuota({ target }: Lane, namespace: string): Promise<() => Promise<unknown>> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas/lab-none`;
  const hard = { 'count/configmaps': '0', 'count/secrets': '0', 'count/deployments.apps': '0', services: '0' };
  const quota = manifest('v1', 'ResourceQuota', 'lab-none', { spec: { hard } });
  // Before the run has made the namespace there is nothing to exceed.
  if ((await target.get(`/api/v1/namespaces/${namespace}`)) === undefined) return () => Promise.resolve();
  await target.apply(path, quota);
  return () => target.call('DELETE', path);
}

/** Deletes the target namespace under the run; a finalizer holds it in Terminating. */
export async function holdNamespace({ target }: Lane, namespace: string): Promise<() => Promise<unknown>> {
  const path = `/api/v1/namespaces/${namespace}`;
  const hold = (finalizers: readonly string[]) =>
    target.call('PATCH', path, { type: merge, text: JSON.stringify({ metadata: { finalizers } }) });
  const held = await hold(['example.test/hold']);
  if (held.status === 404) return () => Promise.resolve();
  await target.call('DELETE', path);
  return async () => {
    await waitFor(async () => ([200, 404].includes((await hold([])).status) ? true : undefined), {
      ...{ what: `${namespace} to be let go`, deadlineMs: 60_000, intervalMs: 500 },
    });
  };
}

function manifest(apiVersion: string, kind: string, name: string, more: object): string {
  return JSON.stringify({ apiVersion, kind, metadata: { name }, ...more });
}
