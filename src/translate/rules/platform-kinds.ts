import { compileGlobs } from '../../core/select/glob.ts';
import { kindKey } from '../../core/transform/rule.ts';
import { isTree, text, tree } from '../draft.ts';
import { isControllerOf } from '../ingress/classes.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { serves, type KnownPlatform } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

interface PlatformGroup {
  /** API groups; `*` is a wildcard. */
  readonly groups: readonly string[];
  /** Kinds of these groups; empty = all. */
  readonly kinds?: readonly string[];
  readonly reason: string;
  /** What is gone with it, where it is more than a controller's own record. */
  readonly loss?: string;
  /** What of it keeps requests out: without it they are answered. */
  readonly guards?: readonly Guard[];
  /** Kept where the target serves the kind. */
  readonly isUnlessServed?: boolean;
}

/** A field of a kind that refuses requests, or asks who sends them. */
interface Guard {
  readonly kind: string;
  /** Keys down to the field; none = the object as a whole. Items of lists are all looked at. */
  readonly path: readonly string[];
  readonly what: string;
}

/**
 * Kinds that only mean something to a platform. Antrea policies and Contour proxies are not here: they are translated.
 * The block list of the vSphere plug-in is for Supervisors and would drop kinds of users (cert-manager, Calico).
 */
const platformGroups: Readonly<Record<KnownPlatform, readonly PlatformGroup[]>> = {
  vks: [
    {
      groups: [
        'cns.vmware.com',
        'vmoperator.vmware.com',
        'run.tanzu.vmware.com',
        'nsx.vmware.com',
        'crd.nsx.vmware.com',
        'netoperator.vmware.com',
        'psp.wcp.vmware.com',
        'registryagent.vmware.com',
        'topology.tanzu.vmware.com',
        'imageregistry.vmware.com',
        'appplatform.vmware.com',
        'storagepool.cns.vmware.com',
      ],
      reason: 'a kind of the Supervisor',
    },
    { groups: ['*.cluster.x-k8s.io', 'cluster.x-k8s.io'], reason: 'describes the cluster itself' },
    {
      groups: [
        'packaging.carvel.dev',
        'data.packaging.carvel.dev',
        'internal.packaging.carvel.dev',
        'kappctrl.k14s.io',
      ],
      reason: 'a Carvel package: install it on the target from its catalog',
      loss: 'the package is not installed on the target',
    },
    {
      groups: ['secretgen.carvel.dev', 'secretgen.k14s.io'],
      reason: 'secretgen-controller is part of the Carvel packages of the source',
      loss: 'the Secret that it exports, imports or generates is no longer kept in sync; existing Secrets are moved unchanged',
    },
    {
      groups: ['ako.vmware.com'],
      reason: 'a setting of the Avi load balancer',
      loss: 'settings of the Avi load balancer (TLS, health monitors, WAF, pools) end with it',
      guards: [
        { kind: 'SSORule', path: [], what: 'the login at the Avi load balancer' },
        { kind: 'HostRule', path: ['virtualhost', 'networkSecurityPolicy'], what: 'the network security policy' },
        { kind: 'HostRule', path: ['virtualhost', 'httpPolicy', 'policySets'], what: 'the HTTP policy sets' },
        { kind: 'HostRule', path: ['virtualhost', 'tls', 'sslKeyCertificate'], what: 'TLS at Avi' },
        { kind: 'L7Rule', path: ['networkSecurityPolicyRef'], what: 'the network security policy' },
        { kind: 'L7Rule', path: ['httpPolicy'], what: 'the HTTP policy sets' },
      ],
    },
    {
      groups: ['projectcontour.io'],
      kinds: ['ExtensionService', 'ContourConfiguration', 'ContourDeployment'],
      reason: 'Contour does not run on the target',
      loss: 'what it set up in Contour (external authorization, rate limits, the configuration) ends with it',
      guards: [{ kind: 'ContourConfiguration', path: ['globalExtAuth'], what: 'authorization of every host' }],
      isUnlessServed: true,
    },
    { groups: ['networking.x-k8s.io', 'networking.vmware.com'], reason: 'a setting of the network of the source' },
  ],
  eks: [
    {
      groups: ['vpcresources.k8s.aws'],
      kinds: ['SecurityGroupPolicy'],
      reason: 'security groups for pods exist on EKS only',
      loss: 'the security groups no longer protect the pods; use a NetworkPolicy instead',
    },
    { groups: ['vpcresources.k8s.aws', 'crd.k8s.amazonaws.com'], reason: 'created by the VPC network for nodes' },
    {
      groups: ['networking.k8s.aws'],
      kinds: ['PolicyEndpoint', 'ClusterPolicyEndpoint'],
      reason: 'created by the network policy controller',
    },
    {
      groups: ['eks.amazonaws.com'],
      kinds: ['IngressClassParams', 'TargetGroupBinding'],
      reason: 'a setting of the load balancers of EKS Auto Mode',
    },
    { groups: ['karpenter.sh', 'karpenter.k8s.aws', 'eks.amazonaws.com'], reason: 'describes nodes of the source' },
    {
      groups: ['elbv2.k8s.aws'],
      reason: 'a record of the AWS Load Balancer Controller',
      loss: 'manually bound target groups and class parameters no longer apply',
    },
    {
      groups: ['gateway.k8s.aws', 'aga.k8s.aws'],
      reason: 'a setting of the AWS Load Balancer Controller',
      loss: 'settings of the load balancer (certificates, attributes, listener rules) no longer apply',
    },
    {
      groups: ['application-networking.k8s.aws'],
      reason: 'VPC Lattice exists on AWS only',
      loss: 'policies and exports of VPC Lattice end with it',
      guards: [
        { kind: 'IAMAuthPolicy', path: [], what: 'the policy of IAM that says who may call' },
        { kind: 'VpcAssociationPolicy', path: ['securityGroupIds'], what: 'security groups' },
      ],
    },
    {
      groups: ['*.services.k8s.aws'],
      reason: 'a resource of AWS managed by ACK; on another platform its controller does not run',
      loss: 'the AWS resource is left unchanged, and the target does not manage it',
    },
  ],
  aks: [
    {
      groups: ['aadpodidentity.k8s.io'],
      reason: 'Azure pod-managed identity, which is retired',
      loss: 'the identity of the pods',
    },
    {
      groups: ['alb.networking.azure.io', 'appgw.ingress.k8s.io', 'appgw.ingress.azure.io'],
      reason: 'a setting of an Azure gateway',
      loss: 'settings of the Azure gateway (health probes, TLS policies, prohibited targets) end with it',
      guards: [
        { kind: 'WebApplicationFirewallPolicy', path: [], what: 'the firewall (WAF)' },
        { kind: 'FrontendTLSPolicy', path: ['default', 'verify'], what: 'client certificates' },
        { kind: 'FrontendTLSPolicy', path: ['overrides', 'verify'], what: 'client certificates' },
      ],
    },
    { groups: ['approuting.kubernetes.azure.com'], reason: 'configures the managed NGINX of AKS' },
    {
      groups: ['acn.azure.com', '*.acn.azure.com', 'karpenter.azure.com', 'karpenter.sh'],
      reason: 'describes nodes and network of the source',
    },
    {
      groups: ['*.azure.com'],
      reason: 'a resource of Azure managed by a controller that runs on Azure only',
      loss: 'the Azure resource is left unchanged, and the target does not manage it',
    },
  ],
};

interface CompiledRow extends PlatformGroup {
  isGroup(group: string): boolean;
}

function compileRows(rows: readonly PlatformGroup[]): readonly CompiledRow[] {
  return rows.map((row) => ({ ...row, isGroup: compileGlobs(row.groups) }));
}

const groupRows: Readonly<Record<KnownPlatform, readonly CompiledRow[]>> = {
  vks: compileRows(platformGroups.vks),
  eks: compileRows(platformGroups.eks),
  aks: compileRows(platformGroups.aks),
};

function rowOf(platform: KnownPlatform, group: string, kind: string): CompiledRow | undefined {
  return groupRows[platform].find((row) => row.isGroup(group) && (row.kinds === undefined || row.kinds.includes(kind)));
}

/** What of an object keeps requests out, each thing once. */
function guardsIn({ guards = [] }: PlatformGroup, kind: string, spec: Tree | undefined): readonly string[] {
  const found = guards.filter((one) => one.kind === kind && isSet(spec, one.path));
  return [...new Set(found.map(({ what }) => what))];
}

function isSet(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => isSet(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return value !== undefined && value !== null && value !== '';
  return isTree(value) && Object.hasOwn(value, key) && isSet(value[key], rest);
}

/** Excludes kinds that only the source platform gives a meaning, and their definitions. */
export const platformKinds: PackRule = {
  id: 'platform-kinds',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches:
    'kinds of the source platform: Supervisor, Carvel packages, Avi settings; AWS and Azure controllers; and their CRDs',
  does: 'Excludes kinds that mean nothing without the platform of the source.',
  loses: [
    'what such an object set up outside of the cluster; named object by object',
    'logins, client certificates, firewalls and TLS that it set up at a load balancer: each stops the run',
  ],
  sources: [
    'https://github.com/vmware-tanzu/velero-plugin-for-vsphere/blob/main/pkg/constants/constants.go',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/',
    'https://learn.microsoft.com/azure/aks/',
  ],
  translate(draft, { head }, { from, target }) {
    const isDefinition = kindKey(head.ref) === 'apiextensions.k8s.io/CustomResourceDefinition';
    const row = isDefinition
      ? rowOf(from, text(tree(draft.root, 'spec'), 'group'), text(tree(draft.root, 'spec', 'names'), 'kind'))
      : rowOf(from, head.ref.group, head.ref.kind);
    if (row === undefined) return;
    const kind = isDefinition ? text(tree(draft.root, 'spec', 'names'), 'kind') : head.ref.kind;
    const group = isDefinition ? text(tree(draft.root, 'spec'), 'group') : head.ref.group;
    if (row.isUnlessServed === true && serves(target, group, kind)) return;
    const hasGuards = !isDefinition && row.guards?.some((one) => one.kind === kind) === true;
    const guards = hasGuards ? guardsIn(row, kind, tree(draft.root, 'spec')) : [];
    for (const what of guards)
      draft.opens(
        '',
        `${kind}: without ${what} that it set on the source`,
        'keep requests out in another way, and waive this finding'
      );
    if (row.loss !== undefined && !isDefinition) draft.loss('', `${kind}: ${row.loss}`);
    draft.exclude(isDefinition ? `defines ${row.reason}` : row.reason);
  },
};

/** Classes name a controller; one that only the source has would serve nobody. */
export const platformClasses: PackRule = {
  id: 'platform-classes',
  from: everywhere,
  to: everywhere,
  kinds: ['networking.k8s.io/IngressClass', 'gateway.networking.k8s.io/GatewayClass'],
  matches: 'IngressClasses and GatewayClasses of controllers of the source platform that the target does not have',
  does: 'Excludes them; what names them is given a class of the target.',
  loses: [],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class'],
  translate(draft, _object, { from, target }) {
    const spec = tree(draft.root, 'spec');
    const controller = text(spec, 'controller') || text(spec, 'controllerName');
    if (!isControllerOf(from, controller)) return;
    const there = [...target.ingressClasses, ...target.gatewayClasses];
    if (!there.some((one) => one.controller === controller)) draft.exclude('a class of a controller of the source');
  },
};

/** Namespaces the platform runs itself in; `kube-*` are no matter of a platform. */
const platformNamespaces: Readonly<Record<KnownPlatform, readonly string[]>> = {
  vks: ['vmware-system-*', 'tanzu-*', 'tkg-system', 'tkg-system-*', 'svc-*', 'vmware-system'],
  eks: ['amazon-*', 'aws-observability', 'karpenter'],
  aks: [
    'gatekeeper-system',
    'app-routing-system',
    'aks-istio-*',
    'aks-command',
    'dataprotection-microsoft',
    'calico-system',
    'tigera-operator',
  ],
};
const isPlatformNamespace = {
  vks: compileGlobs(platformNamespaces.vks),
  eks: compileGlobs(platformNamespaces.eks),
  aks: compileGlobs(platformNamespaces.aks),
};

/** Excludes what lives in namespaces the platform brings itself. */
export const platformNamespacesRule: PackRule = {
  id: 'platform-namespaces',
  from: everywhere,
  to: everywhere,
  kinds: ['*'],
  matches: `objects in, and the Namespace of: ${Object.entries(platformNamespaces)
    .map(([platform, names]) => `${platform} ${names.join(', ')}`)
    .join('; ')}`,
  does: 'Excludes namespaces in which the source’s platform runs its own components.',
  loses: [],
  sources: ['https://github.com/vmware-tanzu/velero-plugin-for-vsphere', 'https://learn.microsoft.com/azure/aks/'],
  translate(draft, { head }, { from }) {
    const namespace = kindKey(head.ref) === '/Namespace' ? head.ref.name : head.ref.namespace;
    if (namespace !== '' && isPlatformNamespace[from](namespace))
      draft.exclude(`namespace ${namespace} belongs to the platform of the source`);
  },
};

/** Webhooks, bindings and API services of the platform by name; the target has its own or none. */
const platformNames: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:validation\.csi\.vsphere\.vmware\.com|vmware-system-|tkg-|tkr-|psp:vmware-system-|crd(?:mutator|validator)\.antrea\.io|antrea-)/,
  eks: /^(?:aws-load-balancer-webhook|pod-identity-webhook|vpc-resource-|eks[:-]|amazon-network-policy|aws-node)/,
  aks: /^(?:aks-|azure-wi-webhook|azure-policy-|gatekeeper-(?:validating|mutating)-|overlay-vpa-|calico-)/,
};

export const platformAdmission: PackRule = {
  id: 'platform-admission',
  from: everywhere,
  to: everywhere,
  kinds: [
    'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/MutatingWebhookConfiguration',
    'rbac.authorization.k8s.io/ClusterRole',
    'rbac.authorization.k8s.io/ClusterRoleBinding',
    'rbac.authorization.k8s.io/RoleBinding',
  ],
  matches: 'webhooks and roles of the platform’s own controllers, and bindings to them',
  does: 'Excludes webhooks and roles of the source platform’s controllers.',
  loses: [],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/', 'https://learn.microsoft.com/azure/aks/'],
  translate(draft, { head }, { from }) {
    const role = text(tree(draft.root, 'roleRef'), 'name');
    if (platformNames[from].test(head.ref.name) || (role !== '' && platformNames[from].test(role)))
      draft.exclude('a webhook or role of a controller of the source platform');
  },
};
