/** What stands at a path that names a namespace. */
export type ReferenceForm =
  /** The name itself. */
  | 'name'
  /** `namespace/name`; without a slash it is a name in the same namespace and stays. */
  | 'qualified'
  /** A label selector whose `kubernetes.io/metadata.name` is the namespace. */
  | 'selector'
  /** Accounts as text: `system:serviceaccount:NAMESPACE:NAME`, `system:serviceaccounts:NAMESPACE`. */
  | 'account'
  /** An identity of SPIFFE: `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`. */
  | 'spiffe';

/** A place where one kind of object names a namespace. A segment `*` is every item. */
export interface NamespaceReference {
  readonly group: string;
  readonly kind: string;
  readonly path: string;
  readonly form: ReferenceForm;
}

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const flowcontrol = 'flowcontrol.apiserver.k8s.io';
const gateway = 'gateway.networking.k8s.io';

/**
 * Every place known to name a namespace, by kind: mapping a namespace maps these too. Source: the API references of
 * Kubernetes 1.34, Gateway API 1.3 and the projects named by their groups. Pod affinity is added for all workloads by
 * `references-of`. What is not in this table is not changed; `rule namespace-names` reports DNS names it finds.
 */
export const namespaceReferences: readonly NamespaceReference[] = [
  ...rows({ group: rbac, kinds: ['RoleBinding', 'ClusterRoleBinding'] }, ['/subjects/*/namespace']),
  ...rows({ group: rbac, kinds: ['RoleBinding', 'ClusterRoleBinding'] }, ['/subjects/*/name'], 'account'),
  // Who may be impersonated is named here (authorization of the verb impersonate on users and groups).
  ...rows({ group: rbac, kinds: ['Role', 'ClusterRole'] }, ['/rules/*/resourceNames/*'], 'account'),
  ...rows({ group: flowcontrol, kinds: ['FlowSchema'] }, ['/spec/rules/*/subjects/*/serviceAccount/namespace']),
  ...rows(
    { group: flowcontrol, kinds: ['FlowSchema'] },
    ['/spec/rules/*/subjects/*/user/name', '/spec/rules/*/subjects/*/group/name'],
    'account'
  ),
  ...rows({ group: admission, kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] }, [
    '/webhooks/*/clientConfig/service/namespace',
  ]),
  ...rows(
    { group: admission, kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] },
    ['/webhooks/*/namespaceSelector'],
    'selector'
  ),
  ...rows(
    { group: admission, kinds: ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'] },
    ['/spec/matchConstraints/namespaceSelector'],
    'selector'
  ),
  ...rows(
    { group: admission, kinds: ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding'] },
    ['/spec/matchResources/namespaceSelector'],
    'selector'
  ),
  ...rows({ group: admission, kinds: ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding'] }, [
    '/spec/paramRef/namespace',
  ]),
  ...rows({ group: 'apiregistration.k8s.io', kinds: ['APIService'] }, ['/spec/service/namespace']),
  ...rows({ group: 'apiextensions.k8s.io', kinds: ['CustomResourceDefinition'] }, [
    '/spec/conversion/webhook/clientConfig/service/namespace',
  ]),
  ...rows(
    { group: 'networking.k8s.io', kinds: ['NetworkPolicy'] },
    ['/spec/ingress/*/from/*/namespaceSelector', '/spec/egress/*/to/*/namespaceSelector'],
    'selector'
  ),
  ...rows({ group: 'networking.k8s.io', kinds: ['IngressClass'] }, ['/spec/parameters/namespace']),
  ...rows({ group: '', kinds: ['Endpoints'] }, [
    '/subsets/*/addresses/*/targetRef/namespace',
    '/subsets/*/notReadyAddresses/*/targetRef/namespace',
  ]),
  ...rows({ group: 'discovery.k8s.io', kinds: ['EndpointSlice'] }, ['/endpoints/*/targetRef/namespace']),
  ...rows({ group: gateway, kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] }, [
    '/spec/parentRefs/*/namespace',
    '/spec/rules/*/backendRefs/*/namespace',
    '/spec/rules/*/filters/*/requestMirror/backendRef/namespace',
    '/spec/rules/*/backendRefs/*/filters/*/requestMirror/backendRef/namespace',
  ]),
  ...rows({ group: gateway, kinds: ['Gateway'] }, ['/spec/listeners/*/tls/certificateRefs/*/namespace']),
  ...rows({ group: gateway, kinds: ['Gateway'] }, ['/spec/listeners/*/allowedRoutes/namespaces/selector'], 'selector'),
  ...rows({ group: gateway, kinds: ['GatewayClass'] }, ['/spec/parametersRef/namespace']),
  ...rows({ group: gateway, kinds: ['ReferenceGrant'] }, ['/spec/from/*/namespace']),
  // Certificates are injected into these by cert-manager's cainjector, which reads `namespace/name` from them.
  ...rows(
    { group: '*', kinds: ['*'] },
    [
      '/metadata/annotations/cert-manager.io~1inject-ca-from',
      '/metadata/annotations/cert-manager.io~1inject-ca-from-secret',
      '/metadata/annotations/nginx.ingress.kubernetes.io~1auth-secret',
      '/metadata/annotations/nginx.ingress.kubernetes.io~1auth-tls-secret',
      '/metadata/annotations/nginx.ingress.kubernetes.io~1proxy-ssl-secret',
      '/metadata/annotations/nginx.ingress.kubernetes.io~1custom-headers',
    ],
    'qualified'
  ),
  // Helm adopts an object only where this is the namespace of the release; Flux finds what it applied by its labels.
  ...rows({ group: '*', kinds: ['*'] }, [
    '/metadata/annotations/meta.helm.sh~1release-namespace',
    '/metadata/labels/kustomize.toolkit.fluxcd.io~1namespace',
    '/metadata/labels/helm.toolkit.fluxcd.io~1namespace',
  ]),
  ...rows({ group: 'monitoring.coreos.com', kinds: ['ServiceMonitor', 'PodMonitor', 'Probe'] }, [
    '/spec/namespaceSelector/matchNames/*',
    '/spec/targets/ingress/namespaceSelector/matchNames/*',
  ]),
  ...rows({ group: 'monitoring.coreos.com', kinds: ['Prometheus'] }, ['/spec/alerting/alertmanagers/*/namespace']),
  ...rows(
    { group: 'monitoring.coreos.com', kinds: ['Prometheus', 'PrometheusAgent', 'ThanosRuler', 'Alertmanager'] },
    [
      '/spec/serviceMonitorNamespaceSelector',
      '/spec/podMonitorNamespaceSelector',
      '/spec/probeNamespaceSelector',
      '/spec/ruleNamespaceSelector',
      '/spec/alertmanagerConfigNamespaceSelector',
    ],
    'selector'
  ),
  ...rows({ group: 'networking.istio.io', kinds: ['VirtualService'] }, ['/spec/gateways/*'], 'qualified'),
  ...rows({ group: 'networking.istio.io', kinds: ['Sidecar'] }, ['/spec/egress/*/hosts/*'], 'qualified'),
  ...rows({ group: 'networking.istio.io', kinds: ['VirtualService', 'DestinationRule', 'ServiceEntry'] }, [
    '/spec/exportTo/*',
  ]),
  ...rows({ group: 'security.istio.io', kinds: ['AuthorizationPolicy'] }, [
    '/spec/rules/*/from/*/source/namespaces/*',
    '/spec/rules/*/from/*/source/notNamespaces/*',
  ]),
  ...rows(
    { group: 'security.istio.io', kinds: ['AuthorizationPolicy'] },
    ['/spec/rules/*/from/*/source/principals/*', '/spec/rules/*/from/*/source/notPrincipals/*'],
    'spiffe'
  ),
  ...rows({ group: 'projectcontour.io', kinds: ['HTTPProxy'] }, [
    '/spec/includes/*/namespace',
    '/spec/virtualhost/authorization/extensionRef/namespace',
  ]),
  ...rows({ group: 'projectcontour.io', kinds: ['HTTPProxy'] }, ['/spec/virtualhost/tls/secretName'], 'qualified'),
  ...rows({ group: 'projectcontour.io', kinds: ['TLSCertificateDelegation'] }, [
    '/spec/delegations/*/targetNamespaces/*',
  ]),
  ...rows({ group: 'traefik.io', kinds: ['IngressRoute', 'IngressRouteTCP', 'IngressRouteUDP'] }, [
    '/spec/routes/*/services/*/namespace',
    '/spec/routes/*/middlewares/*/namespace',
    '/spec/tls/options/namespace',
  ]),
  ...rows({ group: 'helm.toolkit.fluxcd.io', kinds: ['HelmRelease'] }, [
    '/spec/chart/spec/sourceRef/namespace',
    '/spec/chartRef/namespace',
    '/spec/targetNamespace',
    '/spec/storageNamespace',
    '/spec/dependsOn/*/namespace',
  ]),
  ...rows({ group: 'kustomize.toolkit.fluxcd.io', kinds: ['Kustomization'] }, [
    '/spec/sourceRef/namespace',
    '/spec/targetNamespace',
    '/spec/dependsOn/*/namespace',
    '/spec/healthChecks/*/namespace',
  ]),
  ...rows({ group: 'argoproj.io', kinds: ['Application'] }, ['/spec/destination/namespace']),
  ...rows({ group: 'argoproj.io', kinds: ['AppProject'] }, [
    '/spec/destinations/*/namespace',
    '/spec/sourceNamespaces/*',
  ]),
  ...rows({ group: 'external-secrets.io', kinds: ['ClusterSecretStore'] }, [
    '/spec/conditions/*/namespaces/*',
    '/spec/provider/*/auth/*/serviceAccountRef/namespace',
    '/spec/provider/*/auth/*/secretRef/namespace',
  ]),
  ...rows({ group: 'external-secrets.io', kinds: ['ClusterExternalSecret'] }, ['/spec/namespaces/*']),
  ...rows({ group: 'keda.sh', kinds: ['ScaledObject', 'ScaledJob'] }, ['/spec/triggers/*/metadata/namespace']),
  ...rows({ group: 'rabbitmq.com', kinds: ['Queue', 'Exchange', 'Binding', 'User', 'Vhost', 'Policy', 'Permission'] }, [
    '/spec/rabbitmqClusterReference/namespace',
  ]),
  ...rows({ group: 'serving.knative.dev', kinds: ['DomainMapping'] }, ['/spec/ref/namespace']),
  ...rows({ group: 'eventing.knative.dev', kinds: ['Trigger'] }, ['/spec/subscriber/ref/namespace']),
];

function rows(
  { group, kinds }: { readonly group: string; readonly kinds: readonly string[] },
  paths: readonly string[],
  form: ReferenceForm = 'name'
): readonly NamespaceReference[] {
  return kinds.flatMap((kind) => paths.map((path) => ({ group, kind, path, form })));
}
