import { escapeSegment } from '../../json/pointer.ts';
import { change, kindKey, removals, type Rule } from '../rule.ts';

const id = 'controller-annotations';

/** Annotations that a controller of the source wrote and one of the target writes itself; by kind, '*' for all. */
const controllerAnnotations: Readonly<Record<string, readonly string[]>> = {
  '*': ['control-plane.alpha.kubernetes.io/leader'],
  'apps/Deployment': ['deployment.kubernetes.io/revision'],
  'apps/ReplicaSet': [
    'deployment.kubernetes.io/revision',
    'deployment.kubernetes.io/revision-history',
    'deployment.kubernetes.io/desired-replicas',
    'deployment.kubernetes.io/max-replicas',
  ],
  'apps/DaemonSet': ['deprecated.daemonset.template.generation'],
  // The annotations `metrics` and `behavior` are the specification in autoscaling/v1 and stay.
  'autoscaling/HorizontalPodAutoscaler': [
    'autoscaling.alpha.kubernetes.io/conditions',
    'autoscaling.alpha.kubernetes.io/current-metrics',
  ],
  '/Endpoints': ['endpoints.kubernetes.io/last-change-trigger-time'],
  'discovery.k8s.io/EndpointSlice': ['endpoints.kubernetes.io/last-change-trigger-time'],
  '/Pod': [
    'cni.projectcalico.org/containerID',
    'cni.projectcalico.org/podIP',
    'cni.projectcalico.org/podIPs',
    'k8s.v1.cni.cncf.io/network-status',
    'k8s.v1.cni.cncf.io/networks-status',
  ],
};

/** `kubectl.kubernetes.io/last-applied-configuration` stays: it is the user's, and kubectl apply needs it. */
export const annotations: Rule = {
  id,
  describe: 'Removes annotations in which controllers of the source keep their own state.',
  appliesTo: (head) => Object.keys(head.annotations).length > 0,
  apply: ({ head, view }) => {
    const key = kindKey(head.ref);
    const names = [
      ...(controllerAnnotations['*'] ?? []),
      ...(Object.hasOwn(controllerAnnotations, key) ? (controllerAnnotations[key] ?? []) : []),
    ].filter((name) => head.annotations[name] !== undefined);
    const pointers = names.map((name) => `/metadata/annotations/${escapeSegment(name)}`);
    return change(id, 'state of a controller of the source', removals(view, pointers));
  },
};
