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
  row('node', { group: '', kinds: ['Node'] }, 'nodes belong to the cluster'),
  row(
    'node',
    { group: 'storage.k8s.io', kinds: ['CSINode', 'CSIStorageCapacity'] },
    'reported by a node or its storage driver'
  ),
  row('node', { group: 'resource.k8s.io', kinds: ['ResourceSlice'] }, 'published by a node about its devices'),
  row(
    'attachment',
    { group: 'storage.k8s.io', kinds: ['VolumeAttachment'] },
    'the attachment of a volume to a node of this cluster'
  ),
  uncounted(row('event', { group: '', kinds: ['Event'] }, 'a record of what happened on the source')),
  uncounted(row('event', { group: 'events.k8s.io', kinds: ['Event'] }, 'a record of what happened on the source')),
  row(
    'lease',
    { group: 'coordination.k8s.io', kinds: ['Lease', 'LeaseCandidate'] },
    'a lock held by a process on the source'
  ),
  row('binding', { group: '', kinds: ['Binding'] }, 'a request to the scheduler, not a stored object'),
  row('health', { group: '', kinds: ['ComponentStatus'] }, 'the health of the control plane'),
  row('review', { group: 'authentication.k8s.io', kinds: [] }, 'a query to the API server, not a stored object'),
  row('review', { group: 'authorization.k8s.io', kinds: [] }, 'a query to the API server, not a stored object'),
  uncounted(row('metric', { group: 'metrics.k8s.io', kinds: [] }, 'measured, not stored')),
  uncounted(row('metric', { group: 'custom.metrics.k8s.io', kinds: [] }, 'measured, not stored')),
  uncounted(row('metric', { group: 'external.metrics.k8s.io', kinds: [] }, 'measured, not stored')),
  row(
    'certificate-request',
    { group: 'certificates.k8s.io', kinds: ['CertificateSigningRequest'] },
    'a request to this cluster’s certificate authority'
  ),
  row(
    'address',
    { group: 'networking.k8s.io', kinds: ['IPAddress', 'ServiceCIDR'] },
    'addresses in this cluster’s Service network'
  ),
  row('storage-version', { group: 'internal.apiserver.k8s.io', kinds: [] }, 'how this API server stores objects'),
  row('storage-version', { group: 'storagemigration.k8s.io', kinds: [] }, 'how this API server stores objects'),
  row('flow-control', { group: 'flowcontrol.apiserver.k8s.io', kinds: [] }, 'how this API server queues its requests'),
  row('volume', { group: '', kinds: ['PersistentVolume'] }, 'created on the target for the claims that move'),
  row(
    'snapshot',
    { group: 'snapshot.storage.k8s.io', kinds: [] },
    'snapshots on the source’s storage; the data is moved with the claims'
  ),
  row(
    'snapshot',
    { group: 'groupsnapshot.storage.k8s.io', kinds: [] },
    'snapshots on the source’s storage; the data is moved with the claims'
  ),
  row('velero', { group: 'velero.io', kinds: [] }, 'Velero’s own records of this cluster'),
  row('landfall', { group: 'landfall.dev', kinds: [] }, 'created by Landfall'),
  uncounted(
    row(
      'second-group',
      { group: 'extensions', kinds: [] },
      'the same objects are served in apps, networking.k8s.io and policy'
    )
  ),
  row(
    'in-flight',
    { group: 'acme.cert-manager.io', kinds: ['Order', 'Challenge'] },
    'an issuance in progress; recreated by cert-manager'
  ),
  row(
    'derived',
    { group: 'cilium.io', kinds: ['CiliumEndpoint', 'CiliumEndpointSlice', 'CiliumIdentity', 'CiliumNode'] },
    'created by the CNI for its pods'
  ),
  row(
    'derived',
    { group: 'projectcalico.org', kinds: ['WorkloadEndpoint', 'Node', 'BlockAffinity', 'IPAMBlock', 'IPAMHandle'] },
    'created by the CNI for its pods and nodes'
  ),
  row(
    'derived',
    {
      group: 'crd.projectcalico.org',
      kinds: ['WorkloadEndpoint', 'BlockAffinity', 'IPAMBlock', 'IPAMHandle', 'IPAMConfig'],
    },
    'created by the CNI for its pods and nodes'
  ),
  uncounted(
    row(
      'derived',
      { group: 'authorization.openshift.io', kinds: [] },
      'a view of roles and bindings in rbac.authorization.k8s.io'
    )
  ),
  row('derived', { group: 'project.openshift.io', kinds: ['Project'] }, 'a view of namespaces'),
  row('derived', { group: 'image.openshift.io', kinds: ['ImageStreamTag', 'ImageTag'] }, 'a view of ImageStreams'),
  row(
    'derived',
    {
      group: 'aquasecurity.github.io',
      kinds: [
        'VulnerabilityReport',
        'ConfigAuditReport',
        'ExposedSecretReport',
        'RbacAssessmentReport',
        'InfraAssessmentReport',
        'SbomReport',
      ],
    },
    'a report; recreated by the tool that reports'
  ),
  row('derived', { group: 'wgpolicyk8s.io', kinds: [] }, 'a report; made again by what reports'),
  row('derived', { group: 'openreports.io', kinds: [] }, 'a report; made again by what reports'),
  row('derived', { group: 'status.gatekeeper.sh', kinds: [] }, 'what a pod of Gatekeeper says of itself'),
  row(
    'derived',
    { group: 'networking.k8s.aws', kinds: ['PolicyEndpoint', 'ClusterPolicyEndpoint'] },
    'addresses of pods of the source; made again by the network for its policies'
  ),
  row(
    'in-flight',
    { group: 'kyverno.io', kinds: ['UpdateRequest'] },
    'work of Kyverno under way; asked for again where there is any'
  ),
  row('derived', { group: 'reports.kyverno.io', kinds: [] }, 'a report; made again by what reports'),
  row('derived', { group: 'packages.operators.coreos.com', kinds: [] }, 'a computed view of catalogues'),
];

function row(rule: string, of: Pick<KindRule, 'group' | 'kinds'>, reason: string): KindRule {
  return { rule: `kind/${rule}`, ...of, reason };
}

function uncounted(of: KindRule): KindRule {
  return { ...of, uncounted: true };
}
