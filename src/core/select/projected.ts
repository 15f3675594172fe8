import type { ApiResource } from '../resource.ts';
import { excluded, taken, type Decision } from './decision.ts';
import type { ObjectHead } from './head.ts';

/** Objects of an aggregated API that show what is stored elsewhere: listed like others, and refused on create. */
interface Projection {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly name: RegExp;
  readonly of: string;
}

/** Source: Calico’s API server (libcalico-go `names`, projectcalico/api), which prefixes what it makes of Kubernetes’ objects. */
const projections: readonly Projection[] = [
  {
    group: 'projectcalico.org',
    kinds: ['NetworkPolicy', 'StagedNetworkPolicy', 'GlobalNetworkPolicy', 'StagedGlobalNetworkPolicy'],
    name: /^(?:knp|kcnp|kanp|kbanp)\./,
    of: 'a policy of Kubernetes',
  },
  {
    group: 'projectcalico.org',
    kinds: ['Profile'],
    name: /^(?:kns|ksa)\.|^projectcalico-default-allow$/,
    of: 'a namespace or account',
  },
];

/** Groups that show the objects of another group once more; what is excluded is the second of them. */
const storedForms: Readonly<Record<string, string>> = {
  'crd.projectcalico.org': 'projectcalico.org',
  'internal.packaging.carvel.dev': 'data.packaging.carvel.dev',
};

/** Made by kapp-controller of the package repository that it names. */
const packageRepository = 'packaging.carvel.dev/package-repository-ref';

/** Labels by which the AWS Load Balancer Controller knows what it has made for an Ingress, a Service or a Gateway. */
const stackLabel = /^(?:ingress|service|gateway)\.k8s\.aws[a-z0-9.-]*\/stack(?:-name(?:space)?)?$/;

/** Excluded because it only shows what another object holds, which is decided by itself. */
export function decideProjected(head: ObjectHead, resources: readonly Pick<ApiResource, 'group' | 'kind'>[]): Decision {
  const { group, kind, name } = head.ref;
  const projection = projections.find((one) => one.group === group && one.kinds.includes(kind) && one.name.test(name));
  if (projection !== undefined) {
    return excluded(
      'derived/projection',
      `a view of ${projection.of}, which cannot be created; it appears automatically`
    );
  }
  const shown = storedForms[group];
  if (shown !== undefined && resources.some((served) => served.group === shown && served.kind === kind)) {
    return excluded('derived/stored-form', `the same object is served in ${shown}, where it is written`);
  }
  if (group === 'data.packaging.carvel.dev' && head.annotations[packageRepository] !== undefined) {
    return excluded('derived/projection', 'recreated by its PackageRepository');
  }
  // Carried, it would have the target take the pods of the source out of a target group that serves.
  if (group === 'elbv2.k8s.aws' && kind === 'TargetGroupBinding' && Object.keys(head.labels).some(isStackLabel)) {
    return excluded(
      'derived/target-group',
      'made again by the AWS Load Balancer Controller, for a target group of its own'
    );
  }
  return taken;
}

function isStackLabel(key: string): boolean {
  return stackLabel.test(key);
}
