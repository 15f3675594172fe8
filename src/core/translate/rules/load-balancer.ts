import { text, tree, type Tree } from '../draft.ts';
import { prune } from '../labels.ts';
import { readLoadBalancer } from '../load-balancer/read.ts';
import { writeLoadBalancer } from '../load-balancer/write.ts';
import { everywhere, type PackRule } from '../pack.ts';

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
  does: 'Says exposure, addresses, source ranges, health check, idle timeout, PROXY protocol and TLS in the target’s words.',
  loses: [
    'pinned addresses without a row in translation.loadBalancers.addresses',
    'to AKS: PROXY protocol, TLS at the load balancer, timeouts of probes; idle timeouts are whole minutes of 4 to 30',
    'to VKS: health check, idle timeout, PROXY protocol, TLS (an L4Rule of Avi can say them)',
    'to EKS: addresses that Services share, DNS labels of Azure; idle timeouts are 60 to 6000 s',
    'security groups, service tags, access logs, tags, Private Link, L4Rule and AviInfraSetting',
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
      writeRanges(draft.root, model.sourceRanges, (act) => draft.step('the neutral form of who may connect', act));
    draft.step(`the load balancer of ${from.toUpperCase()} read it`, () => {
      prune(tree(draft.root, 'metadata'), 'annotations', (key) => model.read.has(key));
      if (isBalanced) delete spec['loadBalancerClass'];
      if (isBalanced && text(spec, 'loadBalancerIP') !== '') delete spec['loadBalancerIP'];
    });
    for (const { key, what } of model.unmapped) {
      draft.loss(
        `/metadata/annotations/${key.replaceAll('/', '~1')}`,
        `${what} (${key.slice(key.lastIndexOf('/') + 1)})`
      );
    }
    if (isBalanced) writeLoadBalancer[to](draft, model, translation);
    if (isBalanced && head.ref.name !== '' && spec['sessionAffinity'] === 'ClientIP' && to === 'eks') {
      draft.loss(
        '/spec/sessionAffinity',
        'with targets by address the NLB picks the pod, so ClientIP affinity of the Service has no effect',
        'set stickiness.enabled in the target group attributes by a transform'
      );
    }
  },
};

/** MetalLB, kube-vip, Cilium: the user brought a controller and brings it again. */
function keepsOwnController(spec: Tree): boolean {
  const name = text(spec, 'loadBalancerClass');
  return name !== '' && !platformClass.test(name);
}

function writeRanges(root: Tree, ranges: readonly string[], step: (act: () => void) => void): void {
  const spec = tree(root, 'spec');
  const written = [...new Set(ranges)];
  if (spec === undefined || written.length === 0) return;
  step(() => (spec['loadBalancerSourceRanges'] = written));
}
