import { describe, expect, it } from 'vitest';
import type { Platform } from '../core/spec/spec.ts';
import { profileFindings } from '../translate/findings.ts';
import type { ClusterProfile, Translation } from '../core/profile/cluster-profile.ts';
import type { Cluster } from '../ports/cluster.ts';
import { readProfile } from './read-profile.ts';

describe('what is said of platforms', () => {
  const profile = (platform: Platform, more: Partial<ClusterProfile> = {}): ClusterProfile => ({
    ...{ platform, declared: true, evidence: ['version suffix -eks-'], zones: [], autoMode: false, kinds: [] },
    ...{ storageClasses: [], ingressClasses: [], gatewayClasses: [], runtimeClasses: [], priorityClasses: [] },
    ...{ unreadable: [], ...more },
  });
  const warnings = (source: ClusterProfile, target: ClusterProfile): readonly string[] =>
    profileFindings(source, target, {} as Translation)
      .filter(({ severity }) => severity === 'warning')
      .map(({ code, subject, message, side }) => `${code} ${side} ${subject}: ${message}`);

  it.each<[string, ClusterProfile, ClusterProfile, readonly string[]]>([
    ['as they look', profile('eks'), profile('aks'), []],
    [
      'otherwise than the source looks',
      profile('aks', { detected: 'eks' }),
      profile('vks'),
      [
        'PLATFORM_DETECTED source source contradicts all evidence: the file sets AKS, but the cluster looks like EKS: version suffix -eks-',
      ],
    ],
    [
      'otherwise than the target looks',
      profile('vks'),
      profile('generic', { detected: 'eks' }),
      [
        'PLATFORM_DETECTED target target contradicts all evidence: the file sets generic Kubernetes, but the cluster looks like EKS: version suffix -eks-',
      ],
    ],
  ])('that the file names %s', (_what, source, target, expected) => {
    expect(warnings(source, target)).toEqual(expected);
  });

  it.each<[Platform | 'detect', Platform, Platform | undefined]>([
    ['detect', 'eks', undefined],
    ['eks', 'eks', undefined],
    ['aks', 'aks', 'eks'],
    ['generic', 'generic', 'eks'],
  ])('%s in the file of a cluster with the version of EKS', async (said, platform, detected) => {
    const cluster = {
      identity: () => Promise.resolve({ gitVersion: 'v1.33.1-eks-7fa8e12' }),
      discover: () => Promise.resolve({ resources: [] }),
    } as unknown as Cluster;
    const found = await readProfile(cluster, { platform: said }, new AbortController().signal);
    expect([found.platform, found.detected]).toEqual([platform, detected]);
  });
});
