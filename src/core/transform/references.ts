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
  ...rows(rbac, ['RoleBinding', 'ClusterRoleBinding'], ['/subjects/*/namespace']),
  ...rows(rbac, ['RoleBinding', 'ClusterRoleBinding'], ['/subjects/*/name'], 'account'),
  // Who may be impersonated is named here (authorization of the verb impersonate on users and groups).
  ...rows(rbac, ['Role', 'ClusterRole'], ['/rules/*/resourceNames/*'], 'account'),
  ...rows(flowcontrol, ['FlowSchema'], ['/spec/rules/*/subjects/*/serviceAccount/namespace']),
  ...rows(
    flowcontrol,
    ['FlowSchema'],
    ['/spec/rules/*/subjects/*/user/name', '/spec/rules/*/subjects/*/group/name'],
    'account'
  ),
  ...rows(
    admission,
    ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
    ['/webhooks/*/clientConfig/service/namespace']
  ),
  ...rows(
    admission,
    ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
    ['/webhooks/*/namespaceSelector'],
    'selector'
  ),
  ...rows(
    admission,
    ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'],
    ['/spec/matchConstraints/namespaceSelector'],
    'selector'
  ),
  ...rows(
    admission,
    ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding'],
    ['/spec/matchResources/namespaceSelector'],
    'selector'
  ),
  ...rows(
    admission,
    ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding'],
    ['/spec/paramRef/namespace']
  ),
  ...rows('apiregistration.k8s.io', ['APIService'], ['/spec/service/namespace']),
  ...rows(
    'apiextensions.k8s.io',
    ['CustomResourceDefinition'],
    ['/spec/conversion/webhook/clientConfig/service/namespace']
  ),
  ...rows(
    'networking.k8s.io',
    ['NetworkPolicy'],
    ['/spec/ingress/*/from/*/namespaceSelector', '/spec/egress/*/to/*/namespaceSelector'],
    'selector'
  ),
  ...rows('networking.k8s.io', ['IngressClass'], ['/spec/parameters/namespace']),
  ...rows(
    '',
    ['Endpoints'],
    ['/subsets/*/addresses/*/targetRef/namespace', '/subsets/*/notReadyAddresses/*/targetRef/namespace']
  ),
  ...rows('discovery.k8s.io', ['EndpointSlice'], ['/endpoints/*/targetRef/namespace']),
  ...rows(
    gateway,
    ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
    [
      '/spec/parentRefs/*/namespace',
      '/spec/rules/*/backendRefs/*/namespace',
      '/spec/rules/*/filters/*/requestMirror/backendRef/namespace',
      '/spec/rules/*/backendRefs/*/filters/*/requestMirror/backendRef/namespace',
    ]
  ),
  ...rows(gateway, ['Gateway'], ['/spec/listeners/*/tls/certificateRefs/*/namespace']),
  ...rows(gateway, ['Gateway'], ['/spec/listeners/*/allowedRoutes/namespaces/selector'], 'selector'),
  ...rows(gateway, ['GatewayClass'], ['/spec/parametersRef/namespace']),
  ...rows(gateway, ['ReferenceGrant'], ['/spec/from/*/namespace']),
  // Certificates are injected into these by cert-manager's cainjector, which reads `namespace/name` from them.
  ...rows(
    '*',
    ['*'],
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
  ...rows(
    '*',
    ['*'],
    [
      '/metadata/annotations/meta.helm.sh~1release-namespace',
      '/metadata/labels/kustomize.toolkit.fluxcd.io~1namespace',
      '/metadata/labels/helm.toolkit.fluxcd.io~1namespace',
    ]
  ),
  ...rows(
    'monitoring.coreos.com',
    ['ServiceMonitor', 'PodMonitor', 'Probe'],
    ['/spec/namespaceSelector/matchNames/*', '/spec/targets/ingress/namespaceSelector/matchNames/*']
  ),
  ...rows('monitoring.coreos.com', ['Prometheus'], ['/spec/alerting/alertmanagers/*/namespace']),
  ...rows(
    'monitoring.coreos.com',
    ['Prometheus', 'PrometheusAgent', 'ThanosRuler', 'Alertmanager'],
    [
      '/spec/serviceMonitorNamespaceSelector',
      '/spec/podMonitorNamespaceSelector',
      '/spec/probeNamespaceSelector',
      '/spec/ruleNamespaceSelector',
      '/spec/alertmanagerConfigNamespaceSelector',
    ],
    'selector'
  ),
  ...rows('networking.istio.io', ['VirtualService'], ['/spec/gateways/*'], 'qualified'),
  ...rows('networking.istio.io', ['Sidecar'], ['/spec/egress/*/hosts/*'], 'qualified'),
  ...rows('networking.istio.io', ['VirtualService', 'DestinationRule', 'ServiceEntry'], ['/spec/exportTo/*']),
  ...rows(
    'security.istio.io',
    ['AuthorizationPolicy'],
    ['/spec/rules/*/from/*/source/namespaces/*', '/spec/rules/*/from/*/source/notNamespaces/*']
  ),
  ...rows(
    'security.istio.io',
    ['AuthorizationPolicy'],
    ['/spec/rules/*/from/*/source/principals/*', '/spec/rules/*/from/*/source/notPrincipals/*'],
    'spiffe'
  ),
  ...rows(
    'projectcontour.io',
    ['HTTPProxy'],
    ['/spec/includes/*/namespace', '/spec/virtualhost/authorization/extensionRef/namespace']
  ),
  ...rows('projectcontour.io', ['HTTPProxy'], ['/spec/virtualhost/tls/secretName'], 'qualified'),
  ...rows('projectcontour.io', ['TLSCertificateDelegation'], ['/spec/delegations/*/targetNamespaces/*']),
  ...rows(
    'traefik.io',
    ['IngressRoute', 'IngressRouteTCP', 'IngressRouteUDP'],
    ['/spec/routes/*/services/*/namespace', '/spec/routes/*/middlewares/*/namespace', '/spec/tls/options/namespace']
  ),
  ...rows(
    'helm.toolkit.fluxcd.io',
    ['HelmRelease'],
    [
      '/spec/chart/spec/sourceRef/namespace',
      '/spec/chartRef/namespace',
      '/spec/targetNamespace',
      '/spec/storageNamespace',
      '/spec/dependsOn/*/namespace',
    ]
  ),
  ...rows(
    'kustomize.toolkit.fluxcd.io',
    ['Kustomization'],
    [
      '/spec/sourceRef/namespace',
      '/spec/targetNamespace',
      '/spec/dependsOn/*/namespace',
      '/spec/healthChecks/*/namespace',
    ]
  ),
  ...rows('argoproj.io', ['Application'], ['/spec/destination/namespace']),
  ...rows('argoproj.io', ['AppProject'], ['/spec/destinations/*/namespace', '/spec/sourceNamespaces/*']),
  ...rows(
    'external-secrets.io',
    ['ClusterSecretStore'],
    [
      '/spec/conditions/*/namespaces/*',
      '/spec/provider/*/auth/*/serviceAccountRef/namespace',
      '/spec/provider/*/auth/*/secretRef/namespace',
    ]
  ),
  ...rows('external-secrets.io', ['ClusterExternalSecret'], ['/spec/namespaces/*']),
  ...rows('keda.sh', ['ScaledObject', 'ScaledJob'], ['/spec/triggers/*/metadata/namespace']),
  ...rows(
    'rabbitmq.com',
    ['Queue', 'Exchange', 'Binding', 'User', 'Vhost', 'Policy', 'Permission'],
    ['/spec/rabbitmqClusterReference/namespace']
  ),
  ...rows('serving.knative.dev', ['DomainMapping'], ['/spec/ref/namespace']),
  ...rows('eventing.knative.dev', ['Trigger'], ['/spec/subscriber/ref/namespace']),
];

function rows(
  group: string,
  kinds: readonly string[],
  paths: readonly string[],
  form: ReferenceForm = 'name'
): readonly NamespaceReference[] {
  return kinds.flatMap((kind) => paths.map((path) => ({ group, kind, path, form })));
}
