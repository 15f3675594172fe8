import { list, text, tree, trees, type Draft } from '../draft.ts';
import { fitToAlb } from '../ingress/alb-route.ts';
import { chooseGatewayClass, isPlatformGatewayClass } from '../ingress/classes.ts';
import { dropFields, lossReporter } from '../ingress/made-routes.ts';
import { addTargetGroups } from '../ingress/target-groups.ts';
import { everywhere, type PackObject, type PackRule } from '../pack.ts';
import { serves, type KnownPlatform, type Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const group = 'gateway.networking.k8s.io';

/** What controllers of the target do not support of Gateway API. */
export const gatewayRoutes: PackRule = {
  id: 'gateway-routes',
  from: everywhere,
  to: everywhere,
  kinds: [`${group}/HTTPRoute`, `${group}/GRPCRoute`, `${group}/TLSRoute`, `${group}/BackendTLSPolicy`],
  matches: 'routes of Gateway API, and policies of TLS to their backends',
  does: 'Removes filters and fields that the target’s controller or definitions reject, and reports what else they do not implement; behind an ALB, sets pod addresses as targets.',
  loses: [
    'on an ALB: header changes, mirroring, CORS, timeouts, retries, session persistence, TLS to backends, filters of other controllers',
    'filters of the source’s controller, such as logins and source addresses of a ListenerRuleConfiguration: they may deny requests, so each stops the run',
    'fields that the definition on the target does not have, such as retries in the standard channel',
    'on the Istio of AKS: TLSRoute',
  ],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/l7gateway/',
    'https://learn.microsoft.com/azure/aks/app-routing-gateway-api',
    'https://gateway-api.sigs.k8s.io/reference/spec/',
  ],
  translate(draft, object, translation) {
    const { kind } = object.head.ref;
    const isAlb = isBehindAlb(draft.root, object, translation);
    if (kind === 'BackendTLSPolicy') {
      if (isAlb) draft.loss('/spec', 'TLS to the backends, which an ALB does not configure from a policy');
      return;
    }
    if (translation.to === 'aks' && kind === 'TLSRoute' && !serves(translation.target, group, 'TLSRoute')) {
      draft.loss('/spec', 'the managed Istio of AKS does not support TLSRoute', {
        remedy: 'terminate TLS at the Gateway, or use another controller',
      });
    }
    draft.step('a filter of the source’s controller', (root) => dropForeignFilters(draft, root, translation.from));
    draft.step('the definition on the target may not have it', (root) => dropFields(draft, root, translation));
    if (isAlb && kind !== 'TLSRoute') {
      draft.step('the ALB controller rejects it, and does not create the Gateway', (root) =>
        fitToAlb(root, lossReporter(draft))
      );
      addTargetGroups(draft, [draft.root], translation);
    }
  },
};

/** Groups of the filters that only a controller of the platform reads. */
const filterGroups: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:ako\.vmware\.com|projectcontour\.io)$/,
  eks: /^gateway\.k8s\.aws$/,
  aks: /^alb\.networking\.azure\.io$/,
};

function dropForeignFilters(draft: Draft, root: Tree, from: KnownPlatform): void {
  trees(tree(root, 'spec'), 'rules').forEach((rule, index) => {
    const filters = list(rule, 'filters');
    const isForeign = (filter: unknown): boolean =>
      filterGroups[from].test(text(tree(filter, 'extensionRef'), 'group'));
    const foreign = filters.filter(isForeign);
    if (foreign.length === 0) return;
    for (const filter of foreign)
      draft.opens(
        `/spec/rules/${index}`,
        `${text(tree(filter, 'extensionRef'), 'kind')} ${text(tree(filter, 'extensionRef'), 'name')}, which may deny requests`,
        'configure it with the target’s controller, and waive this finding'
      );
    const kept = filters.filter((filter) => !isForeign(filter));
    if (kept.length === 0) delete rule['filters'];
    else rule['filters'] = kept;
  });
}

/** Whether an ALB serves one of its Gateways; where Gateways of the source are not known, whether the target has one. */
function isBehindAlb(root: Tree, { mapNamespace }: PackObject, translation: Translation): boolean {
  const { to, target, source } = translation;
  if (to !== 'eks') return false;
  const own = text(tree(root, 'metadata'), 'namespace');
  const parents = trees(tree(root, 'spec'), 'parentRefs').map(
    (one) => `${text(one, 'namespace') || own}/${text(one, 'name')}`
  );
  const classes = Object.entries(source.gateways ?? {}).flatMap(([key, className]) => {
    const slash = key.indexOf('/');
    return parents.includes(`${mapNamespace(key.slice(0, slash))}/${key.slice(slash + 1)}`) ? [className] : [];
  });
  if (classes.length === 0)
    return target.gatewayClasses.some((one) => one.controller.startsWith('gateway.k8s.aws/alb'));
  return classes.some((name) => {
    const isMapped =
      isPlatformGatewayClass(name, translation) || Object.hasOwn(translation.tables.ingress.classes, name);
    const kept = target.gatewayClasses.find((one) => one.name === name)?.controller ?? '';
    return isMapped ? chooseGatewayClass(name, translation).isAlb : kept.startsWith('gateway.k8s.aws/alb');
  });
}
