import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ApiResource } from '../../src/core/resource.ts';
import { readHead } from '../../src/core/select/head.ts';
import type { TranslationSpec } from '../../src/core/spec/spec.ts';
import { withTranslation } from '../../src/translate/between.ts';
import { explainOutcome, type Explanation } from '../../src/translate/explain.ts';
import { routingFactsOf } from '../../src/translate/ingress/facts.ts';
import { inclusionsOf, type ProxyObject } from '../../src/translate/ingress/inclusion.ts';
import type { ClusterProfile, Direction, KnownPlatform, Translation } from '../../src/core/profile/cluster-profile.ts';
import type { TransformContext, TransformOutcome } from '../../src/core/transform/rule.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import type { RoutingFacts } from '../../src/core/profile/routing-facts.ts';

/** The clusters the manifests were written for: what detection and the readers of classes would find on them. */
const empty: Omit<ClusterProfile, 'platform'> = {
  declared: true,
  evidence: [],
  storageClasses: [],
  ingressClasses: [],
  gatewayClasses: [],
  runtimeClasses: [],
  priorityClasses: ['system-cluster-critical', 'system-node-critical'],
  zones: [],
  autoMode: false,
  kinds: [],
  unreadable: [],
};

const storage = (name: string, provisioner: string, waits: boolean, parameters = {}, isDefault = false) => ({
  name,
  provisioner,
  parameters,
  isDefault,
  waitsForConsumer: waits,
});

export const profiles: Readonly<Record<KnownPlatform, ClusterProfile>> = {
  vks: {
    ...empty,
    platform: 'vks',
    storageClasses: [
      storage('vsan-gold', 'csi.vsphere.vmware.com', false, { svstorageclass: 'vsan-gold' }, true),
      storage('vsan-gold-latebinding', 'csi.vsphere.vmware.com', true, { svstorageclass: 'vsan-gold' }),
      storage('vsan-silver', 'csi.vsphere.vmware.com', false, { svstorageclass: 'vsan-silver' }),
      storage('vsan-silver-latebinding', 'csi.vsphere.vmware.com', true, { svstorageclass: 'vsan-silver' }),
      storage('nfs-homes', 'nfs.csi.k8s.io', false),
    ],
    ingressClasses: [
      { name: 'contour', controller: 'projectcontour.io/contour', isDefault: true },
      { name: 'avi-lb', controller: 'ako.vmware.com/avi-lb', isDefault: false },
    ],
    kinds: ['projectcontour.io/HTTPProxy', 'crd.antrea.io/ClusterNetworkPolicy', 'ako.vmware.com/HostRule'],
  },
  eks: {
    ...empty,
    platform: 'eks',
    storageClasses: [
      storage('gp3', 'ebs.csi.aws.com', true, { type: 'gp3' }, true),
      storage('io2-fast', 'ebs.csi.aws.com', true, { type: 'io2' }),
      storage('auto-ebs', 'ebs.csi.eks.amazonaws.com', true, { type: 'gp3' }),
      storage('efs', 'efs.csi.aws.com', false),
    ],
    ingressClasses: [{ name: 'alb', controller: 'ingress.k8s.aws/alb', isDefault: false }],
    gatewayClasses: [{ name: 'aws-alb', controller: 'gateway.k8s.aws/alb', isDefault: false }],
    kinds: [
      'gateway.networking.k8s.io/HTTPRoute',
      'gateway.networking.k8s.io/Gateway',
      'gateway.k8s.aws/LoadBalancerConfiguration',
      'gateway.k8s.aws/TargetGroupConfiguration',
      'networking.k8s.aws/ClusterNetworkPolicy',
    ],
    loadBalancerConfigurations: {
      'shop/edge': { scheme: 'internet-facing', sourceRanges: ['203.0.113.0/24'], tags: { team: 'shop' } },
    },
  },
  aks: {
    ...empty,
    platform: 'aks',
    storageClasses: [
      storage('managed-csi', 'disk.csi.azure.com', true, { skuName: 'StandardSSD_LRS' }, true),
      storage('managed-csi-premium', 'disk.csi.azure.com', true, { skuName: 'Premium_LRS' }),
      storage('encrypted-disk', 'disk.csi.azure.com', true, { skuName: 'StandardSSD_ZRS' }),
      storage('azurefile-csi-premium', 'file.csi.azure.com', false, { skuName: 'Premium_LRS' }),
    ],
    ingressClasses: [
      {
        name: 'webapprouting.kubernetes.azure.com',
        controller: 'webapprouting.kubernetes.azure.com/nginx',
        isDefault: false,
      },
      {
        name: 'nginx-internal',
        controller: 'webapprouting.kubernetes.azure.com/nginx/nginx-internal',
        isDefault: false,
      },
    ],
    gatewayClasses: [{ name: 'approuting-istio', controller: 'istio.io/gateway-controller', isDefault: false }],
    kinds: [
      'gateway.networking.k8s.io/HTTPRoute',
      'gateway.networking.k8s.io/Gateway',
      'cilium.io/CiliumClusterwideNetworkPolicy',
      'cilium.io/CiliumNetworkPolicy',
    ],
  },
};

const zones: Readonly<Record<KnownPlatform, readonly string[]>> = {
  vks: ['zone-a', 'zone-b'],
  eks: ['eu-central-1a', 'eu-central-1b'],
  aks: ['germanywestcentral-1', 'germanywestcentral-2'],
};
const regions: Readonly<Record<KnownPlatform, string>> = {
  vks: 'dc-1',
  eks: 'eu-central-1',
  aks: 'germanywestcentral',
};
const registries: Readonly<Record<KnownPlatform, string>> = {
  vks: 'harbor.corp.example/shop',
  eks: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop',
  aks: 'shopregistry.azurecr.io',
};
const pools: Readonly<Record<KnownPlatform, Readonly<Record<string, string>>>> = {
  vks: { general: 'tier=general', batch: 'tier=batch', memory: 'tier=memory' },
  eks: { general: 'general', batch: 'batch', memory: 'memory' },
  aks: { general: 'general', batch: 'batch', memory: 'memory' },
};
const identities: Readonly<Record<KnownPlatform, string>> = {
  vks: '',
  eks: 'arn:aws:iam::111122223333:role/uploader',
  aks: '11111111-2222-3333-4444-555555555555',
};

/** The tables a careful person would write for the shop, each with gaps on purpose. */
export function tablesOf({ from, to }: Direction): TranslationSpec {
  const pairs = zones[from].map((zone, index) => [zone, zones[to][index] ?? ''] as const);
  const byId = from === 'eks' ? [['euc1-az1', zones[to][0] ?? ''] as const] : [];
  return {
    mode: 'auto',
    zones: Object.fromEntries([...pairs, ...byId, [regions[from], regions[to]]]),
    nodePools: pools[to],
    storage: {},
    loadBalancers: {
      defaultExposure: 'internal',
      subnets: to === 'vks' ? [] : ['subnet-apps'],
      addresses: {
        '10.20.0.15': to === 'eks' ? 'eipalloc-77' : '10.30.0.15',
        iot: to === 'eks' ? '' : '10.30.0.16',
        'eipalloc-0a': to === 'aks' ? 'shop-pip' : '10.20.0.15',
        'shop-pip': to === 'eks' ? 'eipalloc-0a' : '10.20.0.15',
      },
    },
    certificates:
      to === 'eks'
        ? { 'shop/shop-tls': 'arn:aws:acm:eu-central-1:111122223333:certificate/c1' }
        : { 'arn:aws:acm:eu-central-1:111122223333:certificate/c1': 'shop/shop-tls', 'store.example.com': 'store-tls' },
    ingress: { classes: {}, routes: 'auto' },
    identities: { 'shop/uploader': identities[to] },
    registries: { [registries[from]]: registries[to] },
    imageDigests: { 'docker.io/shop/z:1': `sha256:${'c'.repeat(64)}` },
    pullSecrets: from === 'vks' ? {} : { acr: '' },
    dns: 'hold',
    podSecurity: to === 'vks' ? { shop: 'baseline' } : {},
    runtimeClasses: from === 'aks' ? { 'kata-vm-isolation': '' } : {},
    priorityClasses: {},
  };
}

/** What translates in one direction between the clusters above. */
export function translationOf(direction: Direction): Translation {
  return {
    ...direction,
    tables: tablesOf(direction),
    source: {
      ...profiles[direction.from],
      ...(direction.from === 'vks' ? { inclusions: included() } : {}),
      routing: routingOf(direction.from),
    },
    target: profiles[direction.to],
  };
}

const routing = new Map<KnownPlatform, RoutingFacts>();

/** What a list of the Ingresses of the cluster, and what decides about them, would find. */
function routingOf(platform: KnownPlatform): RoutingFacts {
  const known = routing.get(platform);
  if (known !== undefined) return known;
  const objects = manifestsOf(platform).map(({ text, resource }) => ({
    kind: resource.kind,
    value: JSON.parse(text) as unknown,
  }));
  const of = (kind: string): readonly unknown[] => objects.filter((one) => one.kind === kind).map(({ value }) => value);
  const facts = routingFactsOf({
    ingresses: of('Ingress'),
    ingressClasses: of('IngressClass'),
    classParameters: of('IngressClassParams'),
    nginxControllers: of('NginxIngressController'),
    services: of('Service'),
  });
  routing.set(platform, facts);
  return facts;
}

/** What a list of the HTTPProxies of the cluster would find. */
function included(): ReturnType<typeof inclusionsOf> {
  const proxies = manifestsOf('vks').filter(({ resource }) => resource.kind === 'HTTPProxy');
  return inclusionsOf(proxies.map(({ text }) => JSON.parse(text) as ProxyObject));
}

export function contextOf(translation: Translation): TransformContext {
  return withTranslation(
    {
      namespaceMapping: {},
      storageClasses: {},
      userTransforms: [],
      volumes: {},
      targetResources: [],
      preserve: { nodePorts: false, status: [] },
      deferPodSecurity: false,
    },
    translation
  );
}

export interface Manifest {
  readonly file: string;
  readonly text: string;
  readonly resource: ApiResource;
}

const clusterScoped =
  /^(?:Namespace|Cluster.*|StorageClass|CSIDriver|VolumeAttributesClass|PriorityClass|RuntimeClass|CustomResourceDefinition|.*WebhookConfiguration|Tier|Egress|NodePool|TanzuKubernetesRelease|CiliumClusterwide.*|NginxIngressController|IngressClass|GatewayClass)$/;

const manifests = new Map<KnownPlatform, readonly Manifest[]>();

/** The manifests of a platform, in the order of files and documents. */
export function manifestsOf(platform: KnownPlatform): readonly Manifest[] {
  const known = manifests.get(platform) ?? readManifests(platform);
  manifests.set(platform, known);
  return known;
}

function readManifests(platform: KnownPlatform): readonly Manifest[] {
  const folder = new URL(`manifests/${platform}/`, import.meta.url);
  return readdirSync(folder)
    .sort()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map((document) => {
        if (document.errors.length > 0) throw document.errors[0] as Error;
        const value = document.toJS() as { readonly apiVersion: string; readonly kind: string };
        return { file, text: JSON.stringify(value), resource: resourceOf(value.apiVersion, value.kind) };
      })
    );
}

/** A resource as discovery would report it; plurals do not matter to translation. */
export function resourceOf(apiVersion: string, kind: string): ApiResource {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const namespaced = !clusterScoped.test(kind);
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced, verbs: [], subresources: ['status'] };
}

export function translate(text: string, resource: ApiResource, translation: Translation): TransformOutcome {
  return transformObject({ head: readHead(text, resource), text, resource }, contextOf(translation));
}

export function explain(text: string, resource: ApiResource, translation: Translation): Explanation {
  return explainOutcome(text, readHead(text, resource).ref, translate(text, resource, translation));
}
