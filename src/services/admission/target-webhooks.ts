import pMap from 'p-map';
import type { SilentWebhook } from '../../core/admission/dead-webhooks.ts';
import type { SliceObject, Webhook, WebhookConfiguration } from '../../core/kube-objects.ts';
import { isLandfallError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { textOf } from '../objects/text.ts';
import { unreadableFinding } from './unreadable-finding.ts';

const configurations = (['Validating', 'Mutating'] as const).map((prefix) =>
  kindOf('admissionregistration.k8s.io', `${prefix}WebhookConfiguration`)
);
const services = kindOf('', 'Service');
const slices = kindOf('discovery.k8s.io', 'EndpointSlice');

/** Webhooks of the target that must be asked and do not answer, or of which nobody can say. */
export interface TargetWebhooks {
  readonly silent: readonly SilentWebhook[];
  /** That they could not be looked at. */
  readonly findings: readonly Finding[];
}

/**
 * Reads which webhooks of a cluster would refuse whatever they are asked about: failurePolicy Fail, and no endpoint ready
 * behind the Service. Reads only, and a read is never sent to a webhook, so that it answers whatever is dead.
 */
export async function readTargetWebhooks(target: Cluster, signal: AbortSignal): Promise<TargetWebhooks> {
  let unreadable = false;
  const found = await Promise.all(
    configurations.map(async (resource) => {
      try {
        return await listAll<WebhookConfiguration>(target, resource, { signal });
      } catch (error) {
        if (isLandfallError(error, 'KIND_NOT_SERVED', 'OBJECT_NOT_FOUND')) return [];
        if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
        unreadable = true;
        return [];
      }
    })
  );
  const asked = found.flatMap((list, index) =>
    list.flatMap(({ metadata, webhooks = [] }) =>
      webhooks
        .filter(({ failurePolicy }) => failurePolicy !== 'Ignore')
        .map((webhook) => ({
          subject: `${configurations[index]?.kind ?? ''} ${metadata.name} ${webhook.name}`,
          webhook,
        }))
    )
  );
  const answers = new Map<string, Promise<Answer>>();
  const silent = await pMap(
    asked,
    async ({ subject, webhook }): Promise<readonly SilentWebhook[]> => {
      const { why, isDead } = await answerOf(target, { webhook, answers, signal });
      return why === '' ? [] : [{ subject, webhook, why, isDead }];
    },
    { concurrency: limits.parallelKinds, signal }
  );
  return { silent: silent.flat(), findings: unreadable ? [unreadableFinding('WEBHOOKS_UNREADABLE', target.name)] : [] };
}

/** Why a Service in the cluster that must be asked does not answer; '' when it does. */
export interface Answer {
  readonly why: string;
  readonly isDead: boolean;
}

interface Question {
  readonly webhook: Webhook;
  readonly answers: Map<string, Promise<Answer>>;
  readonly signal: AbortSignal;
}

function answerOf(target: Cluster, { webhook, answers, signal }: Question): Promise<Answer> {
  const service = webhook.clientConfig?.service;
  if (service === undefined)
    return Promise.resolve({ why: 'it is called at a URL outside the cluster', isDead: false });
  const key = `${service.namespace}/${service.name}`;
  const known = answers.get(key) ?? lookAt(target, service, signal);
  answers.set(key, known);
  return known;
}

/** A pod ready behind the Service is the sign of life; a Service that is only another name has no endpoints to see. */
export async function lookAt(
  target: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal
): Promise<Answer> {
  const service = `Service ${namespace}/${name}`;
  try {
    const live = await target.get({ resource: services, namespace, name }, { signal });
    if (live === undefined) return { why: `${service} behind it does not exist`, isDead: true };
    const { spec } = JSON.parse(textOf(live.bytes)) as { spec?: { type?: string } };
    if (spec?.type === 'ExternalName') return { why: `${service} is a name outside the cluster`, isDead: false };
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const found = await listAll<SliceObject>(target, slices, { namespace, labelSelector, signal });
    const isReady = found.some(({ endpoints }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false)
    );
    return isReady ? { why: '', isDead: false } : { why: `no endpoint is ready behind ${service}`, isDead: true };
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN')) throw error;
    return { why: `this user is not allowed to read ${service}`, isDead: false };
  }
}

function listAll<T>(target: Cluster, resource: ApiResource, options: Parameters<Cluster['list']>[1]): Promise<T[]> {
  return wholeList(target.list(resource, options), (item) => JSON.parse(textOf(item)) as T);
}

function kindOf(group: string, kind: string): ApiResource {
  const base = {
    group,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    verbs: ['get', 'list'],
    subresources: [],
  };
  return { ...base, namespaced: !kind.endsWith('Configuration') };
}
