import { kubectl as kubectlSpec } from '../binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { run } from '../../src/host/command.ts';
import type { ClusterName } from '../identity.ts';
import type { Lab } from '../lab-file.ts';

/** Runs kubectl against one cluster and returns what it printed; fails with what it said. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** Makes a Kubectl with full rights for a cluster of a lab. */
export function kubectlFor(lab: Lab, cluster: ClusterName): Kubectl {
  const { kubeconfig, context } = lab.clusters[cluster];
  return async function kubectl(args, input) {
    // A light lab has not looked for one, since nothing in it needs one.
    const binary = lab.binaries['kubectl'] ?? (await resolveBinary(kubectlSpec));
    const where = [`--kubeconfig=${kubeconfig}`, `--context=${context}`];
    const { stdout } = await run(binary.path, [...where, ...args], input === undefined ? {} : { input });
    return stdout;
  };
}
