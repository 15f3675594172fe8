import type { JsonValue } from '../json/value.ts';

/** One field of an object and the value that holds its controller still, or keeps it from deleting what is outside. */
export interface Setting {
  /** JSON pointer. */
  readonly path: string;
  readonly value: JsonValue;
  /** Set only where the object has the field: a schema may not know it. */
  readonly where?: 'present';
}

/** A family of objects that stand for something outside of the cluster, and what keeps their controllers from acting. */
export interface ExternalFamily {
  readonly id: string;
  /** The controller, as people call it. */
  readonly name: string;
  /** Groups whose kinds all stand for something outside, but for those of `except`. */
  readonly groups?: RegExp;
  /** `group/Kind`. */
  readonly kinds?: RegExp;
  readonly except?: RegExp;
  /**
   * Signs on an object of whatever group: keys of annotations, finalizers, fields. What holds an object is one of them, since
   * the finalizer that showed it does not travel.
   */
  readonly annotations?: RegExp;
  readonly finalizers?: RegExp;
  readonly fields?: readonly string[];
  /** `paused`: the controller does nothing at all. `orphaning`: a delete leaves the outside alone. `none`: neither exists. */
  readonly inert: 'paused' | 'orphaning' | 'none';
  /** What makes an object inert. */
  readonly hold: readonly Setting[];
  /** What makes a deletion leave the outside alone, beside `hold`. */
  readonly orphan?: readonly Setting[];
  /** `likely`: that both clusters act on one thing depends on how it is set up. */
  readonly certainty?: 'likely';
  /** Where that is documented. */
  readonly source: string;
}

const annotation = (key: string, value: string): Setting => ({
  path: `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  value,
});

/**
 * Kinds and signs, most specific first. Two clusters that manage one thing outside fight for it, and the deletion of the
 * object on either side deletes it for both.
 */
export const externalFamilies: readonly ExternalFamily[] = [
  {
    id: 'crossplane',
    name: 'Crossplane',
    groups: /(?:^|\.)(?:crossplane\.io|upbound\.io)$/,
    except:
      /^(?:pkg|apiextensions|meta|protection|ops|secrets)\.crossplane\.io\/|\/(?:Cluster)?(?:Provider|Store)Config(?:Usage)?$/,
    annotations: /^crossplane\.io\/(?:external-|composition-resource-name$|paused$)/,
    finalizers: /^(?:finalizer\.managedresource|composite\.apiextensions|finalizer\.apiextensions)\.crossplane\.io$/,
    fields: ['/spec/forProvider', '/spec/compositionRef', '/spec/crossplane'],
    inert: 'paused',
    hold: [annotation('crossplane.io/paused', 'true')],
    orphan: [
      { path: '/spec/deletionPolicy', value: 'Orphan', where: 'present' },
      { path: '/spec/managementPolicies', value: ['Observe'], where: 'present' },
    ],
    source: 'https://docs.crossplane.io/latest/managed-resources/managed-resources/#paused',
  },
  {
    id: 'ack',
    name: 'AWS Controllers for Kubernetes',
    groups: /\.services\.k8s\.aws$/,
    annotations: /^services\.k8s\.aws\/(?:adoption-|read-only|deletion-policy)/,
    finalizers: /^finalizers\.[a-z0-9.-]+\.services\.k8s\.aws\//,
    inert: 'orphaning',
    hold: [annotation('services.k8s.aws/deletion-policy', 'retain')],
    source: 'https://aws-controllers-k8s.github.io/community/docs/user-docs/deletion-policy/',
  },
  {
    id: 'config-connector',
    name: 'Config Connector',
    groups: /\.cnrm\.cloud\.google\.com$/,
    except: /^(?:core|customize|operator)\.[a-z.]*cnrm\.cloud\.google\.com\//,
    annotations: /^cnrm\.cloud\.google\.com\/deletion-policy$/,
    finalizers: /^cnrm\.cloud\.google\.com\//,
    inert: 'orphaning',
    hold: [annotation('cnrm.cloud.google.com/deletion-policy', 'abandon')],
    source: 'https://cloud.google.com/config-connector/docs/how-to/managing-deleting-resources',
  },
  {
    id: 'azure-service-operator',
    name: 'Azure Service Operator',
    annotations: /^serviceoperator\.azure\.com\//,
    finalizers: /^serviceoperator\.azure\.com\//,
    fields: ['/spec/azureName'],
    inert: 'paused',
    hold: [annotation('serviceoperator.azure.com/reconcile-policy', 'skip')],
    source: 'https://azure.github.io/azure-service-operator/guide/annotations/',
  },
  {
    id: 'cluster-api',
    name: 'Cluster API',
    groups: /(?:^|\.)cluster\.x-k8s\.io$/,
    except: /^(?:addons|runtime|ipam)\.cluster\.x-k8s\.io\/|\/(?:ClusterClass|[A-Za-z]+Template)$/,
    inert: 'paused',
    hold: [annotation('cluster.x-k8s.io/paused', 'true')],
    source: 'https://cluster-api.sigs.k8s.io/reference/api/labels-and-annotations',
  },
  {
    id: 'terraform-controller',
    name: 'the Terraform controller of Flux',
    kinds: /^infra\.contrib\.fluxcd\.io\/Terraform$/,
    inert: 'paused',
    hold: [{ path: '/spec/suspend', value: true }],
    orphan: [{ path: '/spec/destroyResourcesOnDeletion', value: false }],
    source: 'https://flux-iac.github.io/tofu-controller/References/terraform/',
  },
  {
    id: 'flux',
    name: 'Flux',
    kinds:
      /^(?:kustomize\.toolkit\.fluxcd\.io\/Kustomization|helm\.toolkit\.fluxcd\.io\/HelmRelease|image\.toolkit\.fluxcd\.io\/ImageUpdateAutomation)$/,
    inert: 'paused',
    hold: [{ path: '/spec/suspend', value: true }],
    source: 'https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend',
  },
  {
    id: 'argo-cd',
    name: 'Argo CD',
    kinds: /^argoproj\.io\/Application$/,
    inert: 'paused',
    hold: [annotation('argocd.argoproj.io/skip-reconcile', 'true')],
    source: 'https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/',
  },
  {
    // Its controller writes the annotations of the template over those of each Application, so that a hold of the
    // Application alone would not last.
    id: 'argo-cd-sets',
    name: 'Argo CD',
    kinds: /^argoproj\.io\/ApplicationSet$/,
    inert: 'paused',
    hold: [{ path: '/spec/template/metadata/annotations/argocd.argoproj.io~1skip-reconcile', value: 'true' }],
    orphan: [{ path: '/spec/syncPolicy/preserveResourcesOnDeletion', value: true }],
    source:
      'https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/',
  },
  {
    id: 'hcp-terraform',
    name: 'the HCP Terraform operator',
    kinds: /^app\.terraform\.io\/(?:Workspace|Project|AgentPool)$/,
    inert: 'orphaning',
    hold: [{ path: '/spec/deletionPolicy', value: 'retain' }],
    source: 'https://github.com/hashicorp/hcp-terraform-operator/blob/main/docs/workspace.md',
  },
  {
    id: 'pulumi',
    name: 'the Pulumi operator',
    kinds: /^pulumi\.com\/Stack$/,
    inert: 'orphaning',
    hold: [{ path: '/spec/destroyOnFinalize', value: false }],
    source: 'https://github.com/pulumi/pulumi-kubernetes-operator/blob/master/docs/stacks.md',
  },
  {
    id: 'atlas',
    name: 'the MongoDB Atlas operator',
    groups: /^atlas\.mongodb\.com$/,
    inert: 'paused',
    hold: [
      annotation('mongodb.com/atlas-reconciliation-policy', 'skip'),
      annotation('mongodb.com/atlas-resource-policy', 'keep'),
    ],
    source: 'https://www.mongodb.com/docs/atlas/operator/stable/ak8so-annotations/',
  },
  {
    id: 'hive',
    name: 'OpenShift Hive',
    kinds: /^hive\.openshift\.io\/ClusterDeployment$/,
    inert: 'paused',
    hold: [annotation('hive.openshift.io/reconcile-pause', 'true'), { path: '/spec/preserveOnDelete', value: true }],
    source: 'https://github.com/openshift/hive/blob/master/docs/using-hive.md',
  },
  {
    id: 'external-dns',
    name: 'ExternalDNS',
    kinds:
      /^(?:\/Service|networking\.k8s\.io\/Ingress|gateway\.networking\.k8s\.io\/(?:Gateway|[A-Z]+Route)|networking\.istio\.io\/(?:Gateway|VirtualService)|projectcontour\.io\/HTTPProxy|traefik\.io\/IngressRoute)$/,
    annotations: /^external-dns\.(?:alpha\.)?kubernetes\.io\/(?:internal-)?hostname$/,
    inert: 'paused',
    // Any other value than dns-controller makes it leave the object alone; it reads one prefix up to 0.21, the other later.
    hold: [
      annotation('external-dns.alpha.kubernetes.io/controller', 'landfall-held'),
      annotation('external-dns.kubernetes.io/controller', 'landfall-held'),
    ],
    source: 'https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/',
  },
  {
    id: 'dns-endpoint',
    name: 'ExternalDNS',
    kinds: /^externaldns\.(?:k8s|nginx)\.(?:io|org)\/DNSEndpoint$/,
    inert: 'none',
    hold: [],
    source: 'https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/crd/',
  },
  {
    // A target group knows one set of targets: the controller of each cluster takes those of the other out again.
    id: 'target-group',
    name: 'the AWS Load Balancer Controller',
    kinds: /^elbv2\.k8s\.aws\/TargetGroupBinding$/,
    inert: 'none',
    hold: [],
    source:
      'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/targetgroupbinding/',
  },
  {
    // A destination writes its copy over the claim of the application, a source into the repository of the other one.
    id: 'volsync',
    name: 'VolSync',
    kinds: /^volsync\.backube\/Replication(?:Source|Destination)$/,
    inert: 'paused',
    hold: [{ path: '/spec/paused', value: true }],
    source: 'https://volsync.readthedocs.io/en/stable/usage/index.html',
  },
  {
    id: 'terraform-operator',
    name: 'the Terraform operator',
    kinds: /^tf\.(?:galleybytes|isaaguilar)\.com\/Terraform$/,
    inert: 'orphaning',
    hold: [{ path: '/spec/ignoreDelete', value: true }],
    source: 'https://tf.galleybytes.com/docs/references/v1beta1/',
  },
  {
    id: 'cloud-service',
    name: 'an operator of cloud services',
    groups: /^(?:aiven\.io|servicecatalog\.k8s\.io|services\.cloud\.sap\.com|ibmcloud\.ibm\.com)$/,
    kinds:
      /^(?:config\.terraform\.padok\.cloud\/TerraformLayer|kuadrant\.io\/DNSRecord|networking\.cfargotunnel\.com\/Tunnel|(?:ingress|ngrok)\.k8s\.ngrok\.com\/(?:Domain|IPPolicy|AgentEndpoint|CloudEndpoint))$/,
    inert: 'none',
    hold: [],
    source: 'https://kubernetes.io/docs/concepts/extend-kubernetes/operator/',
  },
  {
    id: 'bucket',
    name: 'the provisioner of its bucket',
    kinds: /^(?:objectbucket\.io\/ObjectBucketClaim|objectstorage\.k8s\.io\/Bucket(?:Claim|Access))$/,
    inert: 'none',
    hold: [],
    certainty: 'likely',
    source: 'https://container-object-storage-interface.sigs.k8s.io/',
  },
  {
    id: 'pushed-secret',
    name: 'External Secrets',
    kinds: /^external-secrets\.io\/(?:Cluster)?PushSecret$/,
    inert: 'none',
    hold: [],
    certainty: 'likely',
    source: 'https://external-secrets.io/latest/api/pushsecret/',
  },
  {
    id: 'named-load-balancer',
    name: 'the load balancer controller of a cloud',
    kinds: /^\/Service$/,
    annotations:
      /(?:load-?balancer|nodebalancer|elb|slb|clb)[./-](?:id|lbid|existing-id|existed-lbid)$|(?:existed-lbid|lb-id|nodebalancer-id)$/,
    inert: 'none',
    hold: [],
    source: 'https://docs.digitalocean.com/products/kubernetes/how-to/migrate-load-balancers/',
  },
];

/** Kubernetes' own objects for storage: the policy decides whether what is behind them goes with them. */
export const storageFamilies: readonly ExternalFamily[] = [
  {
    id: 'persistent-volume',
    name: 'the volume driver',
    kinds: /^\/PersistentVolume$/,
    inert: 'orphaning',
    hold: [{ path: '/spec/persistentVolumeReclaimPolicy', value: 'Retain' }],
    source: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming',
  },
  {
    id: 'snapshot-content',
    name: 'the snapshot driver',
    kinds: /^(?:group)?snapshot\.storage\.k8s\.io\/Volume(?:Group)?SnapshotContent$/,
    inert: 'orphaning',
    hold: [{ path: '/spec/deletionPolicy', value: 'Retain' }],
    source: 'https://kubernetes.io/docs/concepts/storage/volume-snapshots/#deletion',
  },
];
