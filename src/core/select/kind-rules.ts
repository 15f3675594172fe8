/** A kind that is never taken, whatever the scope says, and why. */
export interface KindRule {
  readonly rule: string;
  /** True: not counted either: it comes and goes by the second, is nothing that is stored, or is counted in another group. */
  readonly uncounted?: boolean;
  /** Exact group, or `*` for any. */
  readonly group: string;
  /** Kinds of the group; empty = all of them. */
  readonly kinds: readonly string[];
  readonly reason: string;
}

/**
 * Kinds that say something about one cluster and nothing about the application: published, so that the report can cite
 * the row. Source: Kubernetes API reference 1.34, Velero's non-restorable list, cert-manager's backup guide.
 */
export const kindRules: readonly KindRule[] = [
  row('node', '', ['Node'], 'nodes belong to the cluster'),
  row('node', 'storage.k8s.io', ['CSINode', 'CSIStorageCapacity'], 'reported by a node or its storage driver'),
  row('node', 'resource.k8s.io', ['ResourceSlice'], 'published by a node about its devices'),
  row('attachment', 'storage.k8s.io', ['VolumeAttachment'], 'the attachment of a volume to a node of this cluster'),
  uncounted(row('event', '', ['Event'], 'a record of what happened on the source')),
  uncounted(row('event', 'events.k8s.io', ['Event'], 'a record of what happened on the source')),
  row('lease', 'coordination.k8s.io', ['Lease', 'LeaseCandidate'], 'a lock held by a process on the source'),
  row('binding', '', ['Binding'], 'a request to the scheduler, not a stored object'),
  row('health', '', ['ComponentStatus'], 'the health of the control plane'),
  row('review', 'authentication.k8s.io', [], 'a query to the API server, not a stored object'),
  row('review', 'authorization.k8s.io', [], 'a query to the API server, not a stored object'),
  uncounted(row('metric', 'metrics.k8s.io', [], 'measured, not stored')),
  uncounted(row('metric', 'custom.metrics.k8s.io', [], 'measured, not stored')),
  uncounted(row('metric', 'external.metrics.k8s.io', [], 'measured, not stored')),
  row(
    'certificate-request',
    'certificates.k8s.io',
    ['CertificateSigningRequest'],
    'a request to this cluster’s certificate authority'
  ),
  row('address', 'networking.k8s.io', ['IPAddress', 'ServiceCIDR'], 'addresses in this cluster’s Service network'),
  row('storage-version', 'internal.apiserver.k8s.io', [], 'how this API server stores objects'),
  row('storage-version', 'storagemigration.k8s.io', [], 'how this API server stores objects'),
  row('flow-control', 'flowcontrol.apiserver.k8s.io', [], 'how this API server queues its requests'),
  row('volume', '', ['PersistentVolume'], 'created on the target for the claims that move'),
  row(
    'snapshot',
    'snapshot.storage.k8s.io',
    [],
    'snapshots on the source’s storage; the data is moved with the claims'
  ),
  row(
    'snapshot',
    'groupsnapshot.storage.k8s.io',
    [],
    'snapshots on the source’s storage; the data is moved with the claims'
  ),
  row('velero', 'velero.io', [], 'Velero’s own records of this cluster'),
  row('landfall', 'landfall.dev', [], 'created by Landfall'),
  uncounted(row('second-group', 'extensions', [], 'the same objects are served in apps, networking.k8s.io and policy')),
  row(
    'in-flight',
    'acme.cert-manager.io',
    ['Order', 'Challenge'],
    'an issuance in progress; recreated by cert-manager'
  ),
  row(
    'derived',
    'cilium.io',
    ['CiliumEndpoint', 'CiliumEndpointSlice', 'CiliumIdentity', 'CiliumNode'],
    'created by the CNI for its pods'
  ),
  row(
    'derived',
    'projectcalico.org',
    ['WorkloadEndpoint', 'Node', 'BlockAffinity', 'IPAMBlock', 'IPAMHandle'],
    'created by the CNI for its pods and nodes'
  ),
  row(
    'derived',
    'crd.projectcalico.org',
    ['WorkloadEndpoint', 'BlockAffinity', 'IPAMBlock', 'IPAMHandle', 'IPAMConfig'],
    'created by the CNI for its pods and nodes'
  ),
  uncounted(
    row('derived', 'authorization.openshift.io', [], 'a view of roles and bindings in rbac.authorization.k8s.io')
  ),
  row('derived', 'project.openshift.io', ['Project'], 'a view of namespaces'),
  row('derived', 'image.openshift.io', ['ImageStreamTag', 'ImageTag'], 'a view of ImageStreams'),
  row(
    'derived',
    'aquasecurity.github.io',
    [
      'VulnerabilityReport',
      'ConfigAuditReport',
      'ExposedSecretReport',
      'RbacAssessmentReport',
      'InfraAssessmentReport',
      'SbomReport',
    ],
    'a report; recreated by the tool that reports'
  ),
  row('derived', 'wgpolicyk8s.io', [], 'a report; made again by what reports'),
  row('derived', 'openreports.io', [], 'a report; made again by what reports'),
  row('derived', 'status.gatekeeper.sh', [], 'what a pod of Gatekeeper says of itself'),
  row(
    'derived',
    'networking.k8s.aws',
    ['PolicyEndpoint', 'ClusterPolicyEndpoint'],
    'addresses of pods of the source; made again by the network for its policies'
  ),
  row('in-flight', 'kyverno.io', ['UpdateRequest'], 'work of Kyverno under way; asked for again where there is any'),
  row('derived', 'reports.kyverno.io', [], 'a report; made again by what reports'),
  row('derived', 'packages.operators.coreos.com', [], 'a computed view of catalogues'),
];

function row(rule: string, group: string, kinds: readonly string[], reason: string): KindRule {
  return { rule: `kind/${rule}`, group, kinds, reason };
}

function uncounted(of: KindRule): KindRule {
  return { ...of, uncounted: true };
}
