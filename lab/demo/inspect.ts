import type { ClusterName } from '../identity.ts';
import type { Lab } from '../lab-file.ts';
import { kubectlFor } from './kubectl.ts';
import { inspectRows, type Rows } from './rows.ts';

/** Reads what the demo's database holds in one cluster; the same figures on both sides mean the same rows. */
export async function inspectDemo(lab: Lab, cluster: ClusterName): Promise<Rows> {
  return inspectRows(kubectlFor(lab, cluster));
}
