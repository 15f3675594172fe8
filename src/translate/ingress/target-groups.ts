import { text, tree, trees, type Draft } from '../draft.ts';
import { versionServed, type Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const group = 'gateway.k8s.aws';
const kind = 'TargetGroupConfiguration';

/**
 * Says for the backends of routes behind an ALB that their targets are addresses of pods. Without a word targets are
 * nodes, which takes Services with node ports, and the whole Gateway is not built for one that has none. There is one
 * configuration a Service, in its namespace; several routes make the same.
 */
export function addTargetGroups(draft: Draft, routes: readonly Tree[], translation: Translation): void {
  const backends = new Map(
    routes.flatMap((route) => backendsOf(route)).map((one) => [`${one.namespace}/${one.name}`, one])
  );
  if (backends.size === 0) return;
  const version = versionServed(translation.target, { group, kind, otherwise: 'v1beta1' });
  if (version === undefined) {
    draft.unmapped(
      '/spec',
      'an ALB targets nodes by default, and these Services have no node ports: the Gateway is not created',
      {
        remedy:
          'install the definitions of the AWS Load Balancer Controller for Gateway API, or change its Services to NodePort with a transform',
      }
    );
    return;
  }
  for (const { namespace, name } of backends.values()) {
    draft.add('an ALB targets pod addresses only when configured to', {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name, namespace },
      spec: { targetReference: { name }, defaultConfiguration: { targetType: 'ip' } },
    });
  }
}

function backendsOf(route: Tree): readonly { readonly namespace: string; readonly name: string }[] {
  const own = text(tree(route, 'metadata'), 'namespace');
  return trees(tree(route, 'spec'), 'rules')
    .flatMap((rule) => trees(rule, 'backendRefs'))
    .filter((ref) => (text(ref, 'kind') || 'Service') === 'Service' && text(ref, 'group') === '')
    .map((ref) => ({ namespace: text(ref, 'namespace') || own, name: text(ref, 'name') }));
}
