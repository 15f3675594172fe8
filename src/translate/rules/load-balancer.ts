import type { ObjectRef } from '../../core/resource.ts';
import { text, tree } from '../draft.ts';
import { prune } from '../labels.ts';
import type { SharedAddress } from '../load-balancer/model.ts';
import { readLoadBalancer } from '../load-balancer/read.ts';
import { reportUnmapped } from '../load-balancer/report-unmapped.ts';
import { writeLoadBalancer } from '../load-balancer/write.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Classes by which a platform's own controllers are asked for; any other is the user's controller and stays. */
const platformClass =
  /^(?:service\.k8s\.aws\/nlb|eks\.amazonaws\.com\/nlb|ako\.vmware\.com\/avi-lb|service\.beta\.kubernetes\.io\/azure.*)$/;

/** Services of type LoadBalancer, through a model that is nobody's: read field by field, written field by field. */
export const loadBalancer: PackRule = {
  id: 'load-balancer',
  from: everywhere,
  to: everywhere,
  kinds: ['/Service'],
  matches: 'Services of type LoadBalancer, and annotations of load balancers on any other Service',
  does: 'Expresses exposure, addresses, source ranges, health checks, idle timeout, PROXY protocol and TLS for the target’s load balancer.',
  loses: [
    'pinned addresses without an entry in translation.loadBalancers.addresses',
    'to AKS: PROXY protocol, timeouts of probes, probes on ports of the pods that no port of the Service leads to; idle timeouts are whole minutes from 4 to 100, probes finish within two minutes',
    'to VKS: health check, idle timeout, PROXY protocol (an L4Rule of Avi can set them), whether it is internal',
    'to EKS: addresses that Services share, DNS labels of Azure, probes on ports of the nodes, SCTP; idle timeouts are 60 to 6000 s',
    'to AKS and VKS: TLS at the load balancer, which stops the run unless the pods speak TLS themselves',
    'security groups, prefix lists and service tags without address ranges in addition, ports without a rule, and the L4Rule of Avi: they denied connections, so each stops the run',
    'subnets, access logs, tags, Private Link, AviInfraSetting',
  ],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/',
    'https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/',
    'https://techdocs.broadcom.com/us/en/vmware-security-load-balancing/avi-load-balancer/avi-kubernetes-operator/',
  ],
  translate(draft, { head, contains }, translation) {
    const spec = tree(draft.root, 'spec');
    const isBalanced = text(spec, 'type') === 'LoadBalancer';
    if (spec === undefined || (!isBalanced && !contains(/load-balancer|ako\.vmware|azure-/))) return;
    const { from, to } = translation;
    const model = readLoadBalancer(draft.root, from);
    if (isBalanced && keepsOwnController(spec)) return;
    if (isBalanced)
      writeRanges(draft.root, model.sourceRanges, (effect) =>
        draft.step('the platform-neutral form of who may connect', effect)
      );
    draft.step(`the load balancer of ${from.toUpperCase()} read it`, () => {
      prune(tree(draft.root, 'metadata'), 'annotations', (key) => model.read.has(key));
      if (isBalanced) delete spec['loadBalancerClass'];
      if (isBalanced && text(spec, 'loadBalancerIP') !== '') delete spec['loadBalancerIP'];
    });
    reportUnmapped(draft, model, { isBalanced, at: '/metadata/annotations' });
    if (isBalanced) model.sharedWith = sharedWith(head.ref, model.addresses, translation);
    if (isBalanced) writeLoadBalancer[to](draft, model, translation);
    if (isBalanced && head.ref.name !== '' && spec['sessionAffinity'] === 'ClientIP' && to === 'eks') {
      draft.loss(
        '/spec/sessionAffinity',
        'with IP targets the NLB picks the pod, so ClientIP affinity of the Service has no effect',
        { remedy: 'set stickiness.enabled in the target group attributes with a transform' }
      );
    }
  },
};

/** Other Services of the source that are pinned to an address of this one. */
function sharedWith(
  { namespace, name }: ObjectRef,
  addresses: readonly string[],
  { source }: Translation
): readonly SharedAddress[] {
  const holders = source.sharedAddresses ?? {};
  return addresses.flatMap((address) => {
    const services = Object.hasOwn(holders, address) ? (holders[address] ?? []) : [];
    const own = services.indexOf(`${namespace}/${name}`);
    return own < 0 ? [] : [{ address, services, isFirst: own === 0 }];
  });
}

/** MetalLB, kube-vip, Cilium: the user brought a controller and brings it again. */
function keepsOwnController(spec: Tree): boolean {
  const name = text(spec, 'loadBalancerClass');
  return name !== '' && !platformClass.test(name);
}

function writeRanges(root: Tree, ranges: readonly string[], step: (effect: () => void) => void): void {
  const spec = tree(root, 'spec');
  const written = [...new Set(ranges)];
  if (spec === undefined || written.length === 0) return;
  step(() => (spec['loadBalancerSourceRanges'] = written));
}
