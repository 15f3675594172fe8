import type { Platform } from '../core/spec/spec.ts';
import { platforms, type KnownPlatform } from '../core/profile/cluster-profile.ts';

/** What distinguishes platforms, as read from a cluster. Any of it may be missing. */
export interface PlatformFacts {
  /** `v1.33.1-eks-7fa8e12`. */
  readonly gitVersion: string;
  readonly nodes: readonly {
    readonly providerID: string;
    readonly kubeletVersion: string;
    readonly labels: readonly string[];
  }[];
  readonly provisioners: readonly string[];
  /** API groups served. */
  readonly groups: readonly string[];
}

export interface PlatformDetection {
  readonly platform: Platform;
  /** What was seen, each with how much it counts; of every platform it speaks for. */
  readonly evidence: readonly string[];
  /** True when marks of several platforms were seen and none outweighs the others. */
  readonly ambiguous: boolean;
}

interface Mark {
  readonly platform: KnownPlatform;
  readonly weight: number;
  readonly what: string;
  seen(facts: PlatformFacts): boolean;
}

const label = (prefix: string) => (facts: PlatformFacts) =>
  facts.nodes.some(({ labels }) => labels.some((name) => name.startsWith(prefix)));
const provider = (prefix: string) => (facts: PlatformFacts) =>
  facts.nodes.some(({ providerID }) => providerID.startsWith(prefix));
const provisioner = (name: string) => (facts: PlatformFacts) => facts.provisioners.includes(name);
const group = (pattern: RegExp) => (facts: PlatformFacts) => facts.groups.some((name) => pattern.test(name));
const version = (pattern: RegExp) => (facts: PlatformFacts) =>
  pattern.test(facts.gitVersion) || facts.nodes.some(({ kubeletVersion }) => pattern.test(kubeletVersion));

/**
 * A provider id alone is not the platform: kubeadm runs on EC2 and plain VMs of Azure and vSphere too. Labels and
 * versions that only the managed service sets count most, storage drivers least (they can be installed anywhere).
 */
const marks: readonly Mark[] = [
  { platform: 'eks', weight: 4, what: 'version suffix -eks-', seen: version(/-eks-/) },
  { platform: 'eks', weight: 4, what: 'node labels eks.amazonaws.com/', seen: label('eks.amazonaws.com/') },
  { platform: 'eks', weight: 1, what: 'provider id aws://', seen: provider('aws://') },
  { platform: 'eks', weight: 1, what: 'class of ebs.csi.aws.com', seen: provisioner('ebs.csi.aws.com') },
  {
    platform: 'eks',
    weight: 3,
    what: 'class of ebs.csi.eks.amazonaws.com',
    seen: provisioner('ebs.csi.eks.amazonaws.com'),
  },
  { platform: 'eks', weight: 2, what: 'API group vpcresources.k8s.aws', seen: group(/^vpcresources\.k8s\.aws$/) },
  { platform: 'aks', weight: 4, what: 'node labels kubernetes.azure.com/', seen: label('kubernetes.azure.com/') },
  { platform: 'aks', weight: 1, what: 'provider id azure://', seen: provider('azure://') },
  { platform: 'aks', weight: 2, what: 'class of disk.csi.azure.com', seen: provisioner('disk.csi.azure.com') },
  { platform: 'vks', weight: 4, what: 'node labels run.tanzu.vmware.com/', seen: label('run.tanzu.vmware.com/') },
  { platform: 'vks', weight: 4, what: 'version with +vmware', seen: version(/\+vmware\./) },
  { platform: 'vks', weight: 1, what: 'provider id vsphere://', seen: provider('vsphere://') },
  { platform: 'vks', weight: 2, what: 'class of csi.vsphere.vmware.com', seen: provisioner('csi.vsphere.vmware.com') },
  {
    platform: 'vks',
    weight: 2,
    what: 'API group of CNS or Tanzu',
    seen: group(/^(?:cns\.vmware\.com|run\.tanzu\.vmware\.com)$/),
  },
];

/** A storage driver and a provider id together are not enough; one mark of the service itself is. */
const enough = 4;

/** Reports which platform a cluster is, and by what. Total: `generic` where nothing says enough. */
export function detectPlatform(facts: PlatformFacts): PlatformDetection {
  const seen = marks.filter((mark) => mark.seen(facts));
  const scores = platforms
    .map((platform) => ({ platform, score: scoreOf(seen, platform) }))
    .sort((left, right) => right.score - left.score);
  const [first, second] = scores;
  const evidence = seen.map(({ platform, weight, what }) => `${what} (${platform}, ${weight})`);
  if (first === undefined || first.score < enough) return { platform: 'generic', evidence, ambiguous: false };
  if (second !== undefined && second.score === first.score) return { platform: 'generic', evidence, ambiguous: true };
  return { platform: first.platform, evidence, ambiguous: false };
}

function scoreOf(seen: readonly Mark[], platform: KnownPlatform): number {
  return seen.filter((mark) => mark.platform === platform).reduce((sum, { weight }) => sum + weight, 0);
}
