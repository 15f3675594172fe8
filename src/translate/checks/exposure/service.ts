import type { Platform } from '../../../core/spec/spec.ts';
import { list, text, tree } from '../../draft.ts';
import { isEverywhere } from '../cidr.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import { noAnswers, noServers, restriction, type Front, type Reach } from './front.ts';
import type { Tree } from '../../../core/json/tree.ts';

const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
const azure = 'service.beta.kubernetes.io/azure-';

/** Annotations by which load balancers of the clouds are made internal. */
const internalWords: readonly (readonly [key: string, value: RegExp])[] = [
  [`${aws}scheme`, /^internal$/],
  [`${aws}internal`, /^(?!false$)./],
  [`${azure}load-balancer-internal`, /^true$/i],
  ['networking.gke.io/load-balancer-type', /^internal$/i],
  ['cloud.google.com/load-balancer-type', /^internal$/i],
  ['service.beta.kubernetes.io/openstack-internal-load-balancer', /^true$/i],
  ['service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type', /^private$/],
];

/** Annotations that name a public address somebody has reserved. */
const addresses = [`${aws}eip-allocations`, `${azure}pip-name`, `${azure}pip-prefix-id`];

/** The doors of a Service: none for one that is reached only inside the cluster. */
export function serviceFront(object: CheckedObject, origin: string, platform: Platform): Front | undefined {
  const spec = tree(object.root, 'spec');
  const annotations = tree(object.root, 'metadata', 'annotations');
  const type = text(spec, 'type');
  const hasExternal = list(spec, 'externalIPs').length > 0;
  if (type !== 'LoadBalancer' && type !== 'NodePort' && !hasExternal) return undefined;
  const reach = type === 'LoadBalancer' ? balancerReach(spec, annotations, platform) : nodes;
  const ranges = type === 'LoadBalancer' ? rangesOf(spec, annotations) : undefined;
  const guards = [
    ...(/./.test(text(annotations, `${aws}security-groups`)) ? ['security groups'] : []),
    // Beside ranges they let in more, and without them fewer come in; the tag Internet is everybody.
    ...(/^(?!.*\bInternet\b)./.test(text(annotations, `${azure}allowed-service-tags`)) && ranges === undefined
      ? ['service tags']
      : []),
    ...(type === 'LoadBalancer' && text(annotations, `${aws}ssl-cert`) !== '' ? ['TLS of the load balancer'] : []),
  ];
  return {
    origin,
    subject: subjectOf(object),
    reach: () => reach,
    ranges: () => ranges,
    guards,
    answers: noAnswers,
    servers: noServers,
  };
}

const nodes: Reach = { level: 'internal', token: 'nodes' };

/** Who may come in, by the spec and by the annotations that mean the same. */
function rangesOf(spec: Tree | undefined, annotations: Tree | undefined): readonly string[] | undefined {
  const written = list(spec, 'loadBalancerSourceRanges').map(String);
  const noted = ['service.beta.kubernetes.io/load-balancer-source-ranges', `${azure}allowed-ip-ranges`].flatMap((key) =>
    text(annotations, key).split(',')
  );
  return restriction([...written, ...noted], isEverywhere);
}

/** Where a load balancer of a platform stands. What nobody knows keeps the name of its class, to be compared by. */
export function balancerReach(spec: Tree | undefined, annotations: Tree | undefined, platform: Platform): Reach {
  const loadBalancerClass = text(spec, 'loadBalancerClass');
  // A class of the user's own is brought to the target by the user; without one the platform decides.
  const token = loadBalancerClass === '' ? `load balancers of ${platform}` : `load balancer class ${loadBalancerClass}`;
  const isChosen = addresses.some((key) => text(annotations, key) !== '');
  if (internalWords.some(([key, value]) => value.test(text(annotations, key)))) return { level: 'internal', token: '' };
  switch (platform) {
    case 'vks':
      return { level: 'network', token };
    case 'aks':
      return loadBalancerClass === '' ? { level: 'public', token: '', isChosen } : { level: 'unknown', token };
    case 'eks': {
      if (text(annotations, `${aws}scheme`) === 'internet-facing') return { level: 'public', token: '', isChosen };
      const isKnown = /^(?:service\.k8s\.aws|eks\.amazonaws\.com)\/nlb$/.test(loadBalancerClass);
      if (loadBalancerClass !== '' && !isKnown) return { level: 'unknown', token };
      // The controller of AWS makes internal ones unless configured otherwise; the one that is built in makes public ones.
      const byController = isKnown || /^(?:external|nlb-ip)$/.test(text(annotations, `${aws}type`));
      return { level: byController ? 'internal' : 'public', token: '' };
    }
    default:
      return { level: 'unknown', token };
  }
}
