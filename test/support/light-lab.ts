import type { ClusterSpec } from '../../src/core/spec/spec.ts';
import { addressesOf, identify } from '../../lab/identity.ts';
import { mintKubeconfig, up, type ClusterName, type Lab } from '../../lab/index.ts';
import { findRegistration } from '../../lab/registry.ts';

let lab: Promise<Lab> | undefined;

/**
 * The light lab named `test`: brought up by the first test that asks, reused by the others of the level, and by later
 * runs with LANDFALL_KEEP_LAB=1. So tests use namespaces of their own.
 */
export function useLightLab(): Promise<Lab> {
  lab ??= up({ light: true, name: 'test' });
  return lab;
}

/** A cluster of the lab as configurations name it, with full rights. */
export function labClusterSpec(light: Lab, name: ClusterName): ClusterSpec {
  const { kubeconfig, context } = light.clusters[name];
  return { name, kubeconfig: { path: kubeconfig, context }, platform: 'generic' };
}

/** The same cluster as another user, who may do what the test grants that name. */
export async function labUserSpec(
  light: Lab,
  name: ClusterName,
  who: { readonly user: string; readonly groups?: readonly string[] }
): Promise<ClusterSpec> {
  const path = await mintKubeconfig(light, name, who);
  return { name, kubeconfig: { path, context: light.clusters[name].context }, platform: 'generic' };
}

/** Client address of a cluster's etcd, for faults below the API server. */
export function labEtcdUrl(light: Lab, name: ClusterName): string {
  const registration = findRegistration(identify(light.name));
  if (registration === undefined) throw new Error(`lab "${light.name}" is not registered`);
  return `http://127.0.0.1:${addressesOf(registration.index).ports[name].etcd}`;
}
