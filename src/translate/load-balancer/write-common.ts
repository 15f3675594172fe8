import { ensureTree, text, type Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { LoadBalancerModel } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

export const awsKey = 'service.beta.kubernetes.io/aws-load-balancer-';
export const azureKey = 'service.beta.kubernetes.io/azure-';

/** Sets annotations in one step with one reason. */
export function annotate(draft: Draft, reason: string, values: Readonly<Record<string, string>>): void {
  draft.step(reason, (root) => Object.assign(ensureTree(ensureTree(root, 'metadata'), 'annotations'), values));
}

/** The spec of the object, made where there is none. */
export function specOf(draft: Draft): Tree {
  return ensureTree(draft.root, 'spec');
}

/** The Service's own word; what its new address says; the default of the source; the default of the file. */
export function exposureOf(
  model: LoadBalancerModel,
  { tables, from }: Translation,
  hasPublicAddress: boolean
): { readonly value: 'internal' | 'public'; readonly reason: string } {
  const { exposure, exposureIsDefault } = model;
  if (exposure !== undefined) {
    const whose = exposureIsDefault === true ? `the default of ${from.toUpperCase()}` : 'set on the Service';
    return { value: exposure, reason: `${exposure}: ${whose}; clouds have opposite defaults` };
  }
  if (hasPublicAddress) return { value: 'public', reason: 'public: its address on the target is public' };
  const value = tables.loadBalancers.defaultExposure;
  return {
    value,
    reason: `${value}: translation.loadBalancers.defaultExposure, because on VKS the network decides, not the Service`,
  };
}

/** Addresses that have a word in the table; the others are reported. */
export function mapAddresses(
  draft: Draft,
  model: LoadBalancerModel,
  { tables, from, to }: Translation
): readonly string[] {
  const table = tables.loadBalancers.addresses;
  const shared = to === 'aks' ? [] : sharedAddresses(draft, model, to);
  const all = model.shared === undefined ? model.addresses : [...model.addresses, model.shared];
  const words = all.filter((word) => !shared.includes(word));
  const mapped = words
    .flatMap((word) => (Object.hasOwn(table, word) ? [table[word] ?? ''] : []))
    .filter((word) => word !== '');
  const isShared = model.shared !== undefined && (table[model.shared] ?? '') !== '';
  const missing = isShared ? [] : model.addresses.filter((address) => !Object.hasOwn(table, address));
  if (missing.length > 0) {
    draft.unmapped(
      '/spec',
      `address ${missing.join(', ')} of ${from.toUpperCase()} cannot be moved; the target assigns a new one`,
      {
        remedy:
          'reserve one, write it to translation.loadBalancers.addresses, and update DNS records and allowlists that contain it',
      }
    );
  }
  return [...new Set(mapped)];
}

/**
 * Services of Azure may share an address, each with ports of its own. An Elastic IP belongs to one load balancer, and so
 * does an address on VKS: the first Service keeps it. Gives those this Service does without.
 */
function sharedAddresses(draft: Draft, { sharedWith = [] }: LoadBalancerModel, to: 'vks' | 'eks'): readonly string[] {
  for (const { address, services, isFirst } of sharedWith) {
    draft.unmapped(
      '/spec',
      `${services.join(' and ')} share the address ${address}; on ${to.toUpperCase()} an address can serve only one of them`,
      {
        remedy: isFirst
          ? 'this one keeps it; give the others their own addresses, or put all ports into one Service'
          : `${services[0] ?? ''} keeps it; give this one an address with a transform, or put all ports into one Service`,
      }
    );
  }
  return sharedWith.filter(({ isFirst }) => !isFirst).map(({ address }) => address);
}

/** Subnets of the source are none of the target's. */
export function reportSubnets(draft: Draft, { subnets }: LoadBalancerModel, isWritten: boolean): void {
  if (subnets.length === 0 || isWritten) return;
  draft.unmapped(
    '/metadata/annotations',
    `the load balancer was in the subnets ${subnets.join(', ')}; the target chooses its own`,
    { remedy: 'set subnets of the target in translation.loadBalancers.subnets, or with a transform' }
  );
}

/** Targets by address saw clients; behind node ports they do so only with the policy Local. */
export function reportClientAddresses(draft: Draft, { preserveClientIp }: LoadBalancerModel): void {
  if (preserveClientIp !== true || text(draft.root['spec'], 'externalTrafficPolicy') === 'Local') return;
  draft.loss('/spec/externalTrafficPolicy', 'pods no longer see client addresses', {
    remedy: 'set externalTrafficPolicy: Local with a transform',
  });
}

/** TLS that ended at the load balancer: without it the port takes plain text, unless the pods speak TLS themselves. */
export function reportTls(draft: Draft, { backendTls }: LoadBalancerModel, why: string): void {
  const fix = 'terminate TLS in the application, an Ingress or a Gateway';
  if (backendTls === true)
    draft.loss(
      '/metadata/annotations',
      `the certificate at the load balancer: ${why}, so clients see the pods’ certificate`,
      { remedy: fix }
    );
  else draft.opens('/metadata/annotations', `TLS at the load balancer: ${why}, so the port accepts plain text`, fix);
}

/** Keeps a number within what the target takes, and reports when it is another. */
export function clamp(draft: Draft, value: number, limits: { least: number; most: number; what: string }): number {
  const { least, most, what } = limits;
  const kept = Math.min(most, Math.max(least, value));
  if (kept !== value)
    draft.loss(
      '/metadata/annotations',
      `${what}: ${value} becomes ${kept}, because the target supports ${least} to ${most}`
    );
  return kept;
}

/** An address rather than the name of one. */
export function isIp(word: string): boolean {
  return /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(word) || /^[0-9a-f:]+:[0-9a-f:]*$/i.test(word);
}
