import { join } from 'node:path';
import { clusterNames, type ClusterName } from '../identity.ts';
import { buildImage, type ImageName } from '../images/build.ts';
import { importImage, type Lab } from '../index.ts';
import { kubectlFor, type Kubectl } from './kubectl.ts';
import { applyDemoObjects } from './objects.ts';
import { loadRows, ROWS_DEFAULT } from './rows.ts';

const workloadImages: readonly ImageName[] = ['busybox', 'toolbox', 'postgres'];

const workloads = [
  ['shop', 'statefulset/postgres'],
  ['shop', 'deployment/web'],
  ['backoffice', 'statefulset/ledger'],
  ['backoffice', 'deployment/attic'],
] as const;

export interface DeployOptions {
  /** Rows of the table `orders`; about 300 bytes each. */
  readonly rows?: number;
  readonly cluster?: ClusterName;
  readonly onProgress?: (line: string) => void;
}

/** Gives both clusters what a platform has before an application comes: a class for its Ingresses. Idempotent. */
export async function applyPlatform(lab: Lab): Promise<void> {
  for (const name of clusterNames) {
    await kubectlFor(lab, name)(['apply', '-f', join(import.meta.dirname, 'platform')]);
  }
}

/** Builds the images the demo's workloads need, or finds them cached, and brings them into a cluster. */
export async function importDemoImages(
  lab: Lab,
  cluster: ClusterName,
  onProgress: (line: string) => void = () => undefined
): Promise<void> {
  for (const name of workloadImages) {
    const { tar, reference } = await buildImage(name, { onProgress });
    onProgress(`importing ${reference} into ${cluster}`);
    await importImage(lab, cluster, tar);
  }
}

/**
 * Puts the demo into a whole lab's cluster (`source` by default): images, objects, running workloads, rows. Returns
 * when all pods are ready and the rows are in the database. Idempotent; a second run takes seconds.
 */
export async function deployDemo(lab: Lab, options: DeployOptions = {}): Promise<void> {
  const { rows = ROWS_DEFAULT, cluster = 'source', onProgress = () => undefined } = options;
  const kubectl = kubectlFor(lab, cluster);
  await importDemoImages(lab, cluster, onProgress);
  onProgress('applying the objects');
  await applyPlatform(lab);
  await applyDemoObjects(kubectl);
  await waitForDemo(kubectl, onProgress);
  await loadRows(kubectl, rows, (loaded) => onProgress(`${String(loaded)} of ${String(rows)} rows are loaded`));
}

/** Waits until every workload of the demo is rolled out; fails after three minutes for one of them, with what its pods say. */
export async function waitForDemo(
  kubectl: Kubectl,
  onProgress: (line: string) => void = () => undefined
): Promise<void> {
  for (const [namespace, workload] of workloads) {
    onProgress(`waiting for ${workload} in ${namespace}`);
    await kubectl([`--namespace=${namespace}`, 'rollout', 'status', workload, '--timeout=180s']).catch(
      async (cause: unknown) => {
        const pods = await kubectl([`--namespace=${namespace}`, 'get', 'pods', '--output=wide']);
        const warnings = await kubectl([`--namespace=${namespace}`, 'get', 'events', '--field-selector=type=Warning']);
        throw new Error(`${workload} in ${namespace} did not become ready\n${pods}${warnings}`, { cause });
      }
    );
  }
}
