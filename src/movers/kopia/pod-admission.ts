/**
 * A sidecar that a mesh puts into a mover never ends, and takes its traffic to the store through a proxy. These words keep
 * each of the common meshes out of a pod; a mesh that is not there does not read them.
 */

/** Labels, for webhooks that select pods by them: Istio (sidecar and ambient), Kuma since 1.6. */
export const meshLabels: Readonly<Record<string, string>> = {
  // https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
  'sidecar.istio.io/inject': 'false',
  // https://istio.io/latest/docs/ambient/usage/add-workloads/
  'istio.io/dataplane-mode': 'none',
  'kuma.io/sidecar-injection': 'disabled',
};

/** Annotations of the pod: the meshes that read annotations, and the autoscaler, which must not move a running mover. */
export const podAnnotations: Readonly<Record<string, string>> = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'sidecar.istio.io/inject': 'false',
  // https://linkerd.io/2/features/proxy-injection/
  'linkerd.io/inject': 'disabled',
  'consul.hashicorp.com/connect-inject': 'false',
  'kuma.io/sidecar-injection': 'disabled',
  'openservicemesh.io/sidecar-injection': 'disabled',
  'appmesh.k8s.aws/sidecarInjectorWebhook': 'disabled',
  'injector.nsm.nginx.com/auto-inject': 'false',
};
