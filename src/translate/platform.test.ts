import { describe, expect, it } from 'vitest';
import { detectPlatform, type PlatformFacts } from './platform.ts';

const nothing: PlatformFacts = { gitVersion: 'v1.34.4', nodes: [], provisioners: [], groups: [] };
const node = (providerID: string, kubeletVersion: string, ...labels: string[]) => ({
  providerID,
  kubeletVersion,
  labels,
});

describe('platform detection', () => {
  it.each<[string, Partial<PlatformFacts>, string]>([
    ['nothing', {}, 'generic'],
    ['EKS by version', { gitVersion: 'v1.33.1-eks-7fa8e12' }, 'eks'],
    [
      'EKS by node labels',
      { nodes: [node('aws:///eu-central-1a/i-1', 'v1.33.1', 'eks.amazonaws.com/nodegroup')] },
      'eks',
    ],
    ['EKS Auto Mode', { provisioners: ['ebs.csi.eks.amazonaws.com'], groups: ['vpcresources.k8s.aws'] }, 'eks'],
    ['kubeadm on EC2', { nodes: [node('aws:///a/i-1', 'v1.33.1')], provisioners: ['ebs.csi.aws.com'] }, 'generic'],
    ['AKS', { nodes: [node('azure:///subscriptions/s', 'v1.33.1', 'kubernetes.azure.com/agentpool')] }, 'aks'],
    ['VMs of Azure', { nodes: [node('azure:///subscriptions/s', 'v1.33.1')] }, 'generic'],
    ['VKS by kubelet', { nodes: [node('vsphere://42', 'v1.33.1+vmware.1-fips')] }, 'vks'],
    ['VKS by classes and groups', { provisioners: ['csi.vsphere.vmware.com'], groups: ['cns.vmware.com'] }, 'vks'],
    [
      'vSphere driver alone',
      { provisioners: ['csi.vsphere.vmware.com'], nodes: [node('vsphere://42', 'v1.33.1')] },
      'generic',
    ],
  ])('%s', (_name, facts, platform) => {
    const found = detectPlatform({ ...nothing, ...facts });
    expect(found.platform).toBe(platform);
    expect(found.evidence.filter((one) => one.includes(`(${platform}, `)).length > 0).toBe(platform !== 'generic');
  });

  it('does not choose between marks that weigh the same', () => {
    const both = detectPlatform({ ...nothing, gitVersion: 'v1.33.1-eks-1+vmware.1' });
    expect(both).toMatchObject({ platform: 'generic', ambiguous: true });
    expect(both.evidence).toHaveLength(2);
  });
});
