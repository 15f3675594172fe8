import type { Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { LoadBalancerModel } from './model.ts';
import { annotate, mapAddresses, specOf, reportClientAddresses, reportTls } from './write-common.ts';

/** Writes what the load balancers of VKS read, which is little: their network decides, and Avi by objects of its own. */
export function writeVks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables } = translation;
  const { class: loadBalancerClass } = tables.loadBalancers;
  if (loadBalancerClass !== undefined)
    draft.step('translation.loadBalancers.class', () => (specOf(draft)['loadBalancerClass'] = loadBalancerClass));
  const isAvi = loadBalancerClass?.startsWith('ako.vmware.com/') === true;
  const [address] = mapAddresses(draft, model, translation);
  if (address !== undefined && isAvi)
    annotate(draft, 'translation.loadBalancers.addresses', { 'ako.vmware.com/load-balancer-ip': address });
  else if (address !== undefined)
    draft.step('translation.loadBalancers.addresses', () => (specOf(draft)['loadBalancerIP'] = address));
  if (specOf(draft)['allocateLoadBalancerNodePorts'] === false) {
    draft.step(
      'load balancers of VKS reach pods by node ports',
      () => delete specOf(draft)['allocateLoadBalancerNodePorts']
    );
  }
  reportExposure(draft, model);
  reportClientAddresses(draft, model);
  const l4 = 'configure it with an L4Rule of Avi, if AKO is installed';
  if (Object.keys(model.health).length > 0)
    draft.loss('/metadata/annotations', 'the health check of the load balancer', { remedy: l4 });
  if (model.idleTimeoutSeconds !== undefined)
    draft.loss('/metadata/annotations', `the idle timeout of ${model.idleTimeoutSeconds} s`, { remedy: l4 });
  if (model.proxyProtocol === true)
    draft.loss('/metadata/annotations', 'PROXY protocol; pods that expect the header reject connections', {
      remedy: l4,
    });
  if (model.certificate !== undefined) reportTls(draft, model, 'on VKS, only an L4Rule of Avi can terminate it');
  if (model.dnsLabel !== undefined)
    draft.loss('/metadata/annotations', `the name ${model.dnsLabel}.… that Azure gave to the address`, {
      remedy: 'point clients to a DNS name you control',
    });
  if (model.shared !== undefined && isAvi)
    annotate(draft, 'Services share one address', { 'ako.vmware.com/enable-shared-vip': model.shared });
}

/** Internal by default or by its own word, it may be reached from elsewhere now; public, from fewer places. */
function reportExposure(draft: Draft, { exposure, exposureIsDefault }: LoadBalancerModel): void {
  const message = `the load balancer was ${exposure ?? ''}; on VKS the network of the cluster decides`;
  const remedy = 'check the network of the vSphere Namespace, or choose a different one with an AviInfraSetting';
  if (exposure === 'internal') draft.unmapped('/metadata/annotations', message, { remedy });
  else if (exposure !== undefined && exposureIsDefault !== true) draft.manual('/metadata/annotations', message, remedy);
}
