import { text, type Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { LoadBalancerModel } from './model.ts';
import { portsOf } from './probe-port.ts';
import { writeAzureProbes } from './write-azure-probes.ts';
import {
  annotate,
  azureKey as azure,
  clamp,
  exposureOf,
  isIp,
  mapAddresses,
  specOf,
  reportClientAddresses,
  reportSubnets,
  reportTls,
} from './write-common.ts';

/** Writes what the cloud provider of Azure reads. */
export function writeAks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables } = translation;
  const addresses = mapAddresses(draft, model, translation);
  const hasPublicName = addresses.some((address) => !isIp(address));
  const { value, reason } = exposureOf(model, translation, hasPublicName);
  if (tables.loadBalancers.class !== undefined) {
    draft.step(
      'translation.loadBalancers.class',
      () => (specOf(draft)['loadBalancerClass'] = tables.loadBalancers.class)
    );
  }
  if (value === 'internal') annotate(draft, reason, { [`${azure}load-balancer-internal`]: 'true' });
  const [subnet] = tables.loadBalancers.subnets;
  if (value === 'internal' && subnet !== undefined)
    annotate(draft, 'translation.loadBalancers.subnets', { [`${azure}load-balancer-internal-subnet`]: subnet });
  for (const address of addresses) {
    const name = isIp(address) ? (address.includes(':') ? 'load-balancer-ipv6' : 'load-balancer-ipv4') : 'pip-name';
    annotate(draft, 'translation.loadBalancers.addresses', { [`${azure}${name}`]: address });
  }
  if (model.shared !== undefined && addresses.length === 0) {
    draft.unmapped(
      '/metadata/annotations',
      `Services share the address ${model.shared}; on Azure they share one by naming the same address`,
      { remedy: `reserve an address and write ${model.shared}: … to translation.loadBalancers.addresses` }
    );
  }
  reportSubnets(draft, model, value === 'internal' && subnet !== undefined);
  allocateNodePorts(draft);
  writeAzureProbes(draft, model);
  reportClientAddresses(draft, model);
  if (model.idleTimeoutSeconds !== undefined) {
    const minutes = clamp(draft, Math.ceil(model.idleTimeoutSeconds / 60), {
      least: 4,
      most: 100,
      what: 'idle timeout in minutes',
    });
    annotate(draft, 'the idle timeout, in minutes', { [`${azure}load-balancer-tcp-idle-timeout`]: String(minutes) });
  }
  if (model.proxyProtocol === true)
    draft.loss(
      '/metadata/annotations',
      'PROXY protocol: Azure supports it only through a Private Link Service; pods that expect the header reject connections',
      { remedy: 'switch it off in the application, and set externalTrafficPolicy: Local to see client addresses' }
    );
  if (model.certificate !== undefined) reportTls(draft, model, 'the Azure load balancer passes everything through');
  if (portsOf(draft.root).some((port) => text(port, 'protocol') === 'SCTP') && value === 'public')
    draft.unmapped('/spec/ports', 'Azure supports SCTP only on internal load balancers', {
      remedy: 'make it internal, or remove these ports',
      severity: 'blocker',
    });
}

/** Rules and probes of Azure name node ports, but with the policy Local (cloud-provider-azure, Load balancer). */
function allocateNodePorts(draft: Draft): void {
  const spec = specOf(draft);
  if (spec['allocateLoadBalancerNodePorts'] !== false || text(spec, 'externalTrafficPolicy') === 'Local') return;
  draft.step(
    'Azure load balancers reach and probe pods through node ports',
    () => delete spec['allocateLoadBalancerNodePorts']
  );
}
