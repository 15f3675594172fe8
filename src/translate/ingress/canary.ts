import { ensureTree, text, tree, trees, type Draft } from '../draft.ts';
import { annotate } from './annotate.ts';
import { isTrue } from './readers.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

const prefix = 'nginx.ingress.kubernetes.io/canary';

type Annotations = Readonly<Record<string, unknown>>;

/** True for an Ingress of NGINX that only takes a share of the requests of another (annotations.md, Canary). */
export function isCanary(annotations: Annotations | undefined): boolean {
  return isTrue(text(annotations, prefix));
}

/** How a canary takes its share. */
interface Share {
  readonly weight: number;
  readonly total: number;
  /** Headers and cookies, which come before the weight. */
  readonly others: readonly string[];
}

function shareOf(annotations: Annotations | undefined): Share {
  const number = (name: string, otherwise: number): number => {
    const value = text(annotations, `${prefix}-${name}`);
    return /^[0-9]{1,9}$/.test(value) ? Number(value) : otherwise;
  };
  const total = Math.max(1, number('weight-total', 100));
  const header = text(annotations, `${prefix}-by-header`);
  const cookie = text(annotations, `${prefix}-by-cookie`);
  const others = [
    ...(header === '' ? [] : [`by the header ${header}`]),
    ...(cookie === '' ? [] : [`by the cookie ${cookie}`]),
  ];
  return { weight: Math.min(total, number('weight', 0)), total, others };
}

function describeShare({ weight, total, others }: Share): string {
  const parts = [...others, ...(weight > 0 ? [`${weight} of ${total} requests`] : [])];
  return parts.length === 0 ? 'no requests' : parts.join(', ');
}

/**
 * Excludes a canary: as an Ingress of its own it would claim the same host and path as the one it stands beside, and
 * take all of the requests or none. `becomesWeights`: an Ingress that is its main one says its weight.
 */
export function excludeCanary(draft: Draft, annotations: Annotations | undefined, becomesWeights: boolean): void {
  const share = shareOf(annotations);
  const path = `/metadata/annotations/${prefix.replaceAll('/', '~1')}`;
  if (becomesWeights && share.weight > 0 && share.others.length === 0) {
    draft.exclude(`an NGINX canary (${describeShare(share)}): its weight becomes an action of the main Ingress`);
    return;
  }
  const whole = share.weight === share.total && share.others.length === 0;
  const remaining =
    becomesWeights && share.weight > 0 ? 'only its weight is kept' : 'all requests go to the main Ingress';
  draft.loss(
    path,
    `NGINX canary routing (${describeShare(share)}): ${whole ? 'it received all requests, and now ' : ''}${remaining}`,
    { remedy: 'split by weights and headers in an HTTPRoute or HTTPProxy, or end the canary before the migration' }
  );
  draft.exclude(`an NGINX canary (${describeShare(share)}) is not a separate Ingress`);
}

/** A path of an Ingress, and the canary that takes a share of its requests. */
export interface WeightedPath {
  readonly path: Tree;
  readonly canary: IngressFact;
  readonly service: string;
  readonly port: string;
}

/** Paths of an Ingress of which a canary takes a share: same class, same host, same path. */
export function weightedPaths(
  spec: Tree,
  { className, namespace, name }: Pick<IngressFact, 'className' | 'namespace' | 'name'>,
  ingresses: readonly IngressFact[]
): readonly WeightedPath[] {
  const canaries = ingresses.filter(
    (one) =>
      one.className === className &&
      one.namespace === namespace &&
      one.name !== name &&
      isCanary(one.annotations) &&
      shareOf(one.annotations).weight > 0
  );
  if (canaries.length === 0) return [];
  return trees(spec, 'rules').flatMap((rule) =>
    trees(tree(rule, 'http'), 'paths').flatMap((path) => {
      const host = text(rule, 'host').toLowerCase();
      for (const canary of canaries) {
        const route = canary.routes.find(
          (one) => one.host === host && (one.path || '/') === (text(path, 'path') || '/')
        );
        if (route !== undefined) return [{ path, canary, service: route.service, port: route.port }];
      }
      return [];
    })
  );
}

/** The most an ALB takes as a weight. */
const weightMax = 999;

/** Says the weights of canaries as forward actions of an ALB. */
export function writeWeights(draft: Draft, weighted: readonly WeightedPath[]): void {
  for (const { path, canary, service, port } of weighted) {
    const backend = tree(path, 'backend', 'service');
    const own = text(backend, 'name');
    const ownPort = tree(backend, 'port');
    const { weight, total } = shareOf(canary.annotations);
    const scale = total > weightMax ? weightMax / total : 1;
    const action = `${own}-and-${service}`;
    const target = (serviceName: string, servicePort: unknown, share: number) => ({
      serviceName,
      servicePort,
      weight: Math.round(share * scale),
    });
    const config = {
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          target(own, ownPort?.['number'] ?? ownPort?.['name'], total - weight),
          target(service, /^[0-9]+$/.test(port) ? Number(port) : port, weight),
        ],
      },
    };
    const reason = `the canary ${canary.name}, as weights of one action`;
    annotate(draft, reason, { [`alb.ingress.kubernetes.io/actions.${action}`]: JSON.stringify(config) });
    draft.step(reason, () => {
      ensureTree(path, 'backend')['service'] = { name: action, port: { name: 'use-annotation' } };
    });
  }
}
