import { scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import { isPrivateHost, parseImage, providerOf } from '../../core/image-reference.ts';
import type { ServiceAccountObject } from '../../core/kube-objects.ts';
import { containersOf, subjectOf, workloadsOf } from '../workloads.ts';
import type { Workload } from '../workloads.ts';

/** Images by their names alone; whether a registry has them is asked separately. */
export const imageChecks: readonly Check[] = [
  {
    id: 'images/names',
    group: 'images',
    describe: 'image tags, private registries and cloud registries',
    codes: ['IMAGE_TAG_FLOATING', 'IMAGE_BY_TAG', 'IMAGE_REGISTRY_PRIVATE', 'IMAGE_REGISTRY_PROVIDER'],
    needs: [],
    run: (facts) => workloadsOf(facts).flatMap((workload) => names(workload, facts)),
  },
  {
    id: 'images/pull-secrets',
    group: 'images',
    describe: 'pull secrets that pods and their ServiceAccounts refer to',
    codes: ['IMAGE_PULL_SECRET_MISSING', 'IMAGE_PULL_SECRET_OTHER'],
    needs: [],
    run: pullSecrets,
  },
];

/** Every image of a workload once. */
export function imagesOf(workload: Pick<Workload, 'pod'>): readonly string[] {
  return [...new Set(containersOf(workload.pod).flatMap(({ image = '' }) => (image === '' ? [] : [image])))];
}

function names(workload: Workload, facts: AssessFacts): RawFinding[] {
  const found: RawFinding[] = [];
  const subject = subjectOf(workload);
  const { namespace } = workload;
  const add = (code: RawFinding['code'], message: string) =>
    found.push({ code, subject, namespace, side: 'source', message, evidence: 'images in its pod template' });
  const images = imagesOf(workload).map((image) => ({ image, ...parseImage(image) }));
  const floating = images.filter(({ tag, digest }) => digest === '' && (tag === '' || tag === 'latest'));
  const byTag = images.filter(({ tag, digest }) => digest === '' && tag !== '' && tag !== 'latest');
  if (floating.length > 0) add('IMAGE_TAG_FLOATING', list(floating));
  if (byTag.length > 0) add('IMAGE_BY_TAG', list(byTag));
  for (const [registry, of] of Map.groupBy(images, (one) => one.registry)) {
    const provider = providerOf(registry);
    if (provider !== undefined && !isHome(provider, facts.spec.target.platform)) {
      add('IMAGE_REGISTRY_PROVIDER', `${list(of)} from a registry of ${provider}`);
    } else if (provider === undefined && isPrivateHost(registry)) {
      add('IMAGE_REGISTRY_PRIVATE', `${list(of)} from ${registry}`);
    }
  }
  return found;
}

/** The nodes of a platform reach their own provider's registries, where they were given the right. */
function isHome(provider: string, platform: string): boolean {
  return (provider === 'Amazon ECR' && platform === 'eks') || (provider === 'Azure' && platform === 'aks');
}

function list(images: readonly { readonly image: string }[]): string {
  return images.map(({ image }) => image).join(', ');
}

function pullSecrets(facts: AssessFacts): RawFinding[] {
  const secrets = new Map(facts.scope.secrets.map((secret) => [`${secret.ref.namespace}/${secret.ref.name}`, secret]));
  const accounts = new Map(
    scopeObjects<ServiceAccountObject>(facts, 'ServiceAccount').map(({ ref, desired }) => [
      `${ref.namespace}/${ref.name}`,
      desired,
    ])
  );
  return workloadsOf(facts).flatMap((workload): RawFinding[] => {
    const { pod, namespace } = workload;
    const account = accounts.get(`${namespace}/${pod.serviceAccountName ?? 'default'}`);
    const own = pod.imagePullSecrets ?? [];
    const named = (own.length > 0 ? own : (account?.imagePullSecrets ?? [])).flatMap(({ name = '' }) =>
      name === '' ? [] : [name]
    );
    const subject = subjectOf(workload);
    const evidence = `imagePullSecrets of its pods or of ServiceAccount ${pod.serviceAccountName ?? 'default'}`;
    const missing = named.filter((name) => !secrets.has(`${namespace}/${name}`));
    const found: RawFinding[] = missing.map((name) => ({
      code: 'IMAGE_PULL_SECRET_MISSING',
      subject,
      namespace,
      side: 'source',
      message: `it refers to Secret ${name}, which does not exist`,
      evidence,
    }));
    const known = named.flatMap((name) => secrets.get(`${namespace}/${name}`) ?? []);
    if (known.length === 0 || missing.length > 0) return found;
    const registries = new Set(known.flatMap((secret) => secret.registries));
    const without = imagesOf(workload).filter((image) => !registries.has(parseImage(image).registry));
    if (without.length === imagesOf(workload).length && without.length > 0) {
      const message = `the credentials are for ${[...registries].join(', ') || 'nothing'}, the image is ${without.join(', ')}`;
      found.push({ code: 'IMAGE_PULL_SECRET_OTHER', subject, namespace, side: 'source', message, evidence });
    }
    return found;
  });
}
