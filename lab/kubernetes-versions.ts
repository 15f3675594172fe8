import { controlPlanes, pinnedControlPlane, type ControlPlane } from './binaries/catalogue.ts';
import type { ClusterName } from './identity.ts';
import type { LabMode } from './registry.ts';

/** The Kubernetes of each side by its minor, `1.30`; what is absent is the pinned one. */
export type KubernetesChoice = Readonly<Partial<Record<ClusterName, string>>>;

/** The control planes of both sides of a lab. */
export type SideControlPlanes = Readonly<Record<ClusterName, ControlPlane>>;

/** Finds what a lab was asked to run; fails naming the versions there are. Nodes exist in the pinned version only. */
export function chooseControlPlanes(choice: KubernetesChoice, mode: LabMode): SideControlPlanes {
  const chosen = { source: find(choice.source), target: find(choice.target) };
  if (mode === 'whole' && (chosen.source !== pinnedControlPlane || chosen.target !== pinnedControlPlane))
    throw new Error(
      `a whole lab runs Kubernetes ${pinnedControlPlane.minor} on both sides; other versions need --light`
    );
  return chosen;
}

function find(minor: string | undefined): ControlPlane {
  if (minor === undefined) return pinnedControlPlane;
  const found = controlPlanes.find((one) => one.minor === minor);
  if (found !== undefined) return found;
  throw new Error(
    `no Kubernetes "${minor}" is pinned for labs; there are: ${controlPlanes.map((one) => one.minor).join(', ')}`
  );
}
