import { list, text, tree, trees, type Draft, type Tree } from '../draft.ts';
import { chooseGatewayClass } from '../ingress/classes.ts';
import { dropLoadBalancerOrders, readGatewayExposure, writeGatewayExposure } from '../ingress/gateway-exposure.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { serves, type Translation } from '../translation.ts';

const group = 'gateway.networking.k8s.io';

/** Gateways keep listeners; class, addresses and parameters are the platform's. */
export const gateways: PackRule = {
  id: 'gateways',
  from: everywhere,
  to: everywhere,
  kinds: [`${group}/Gateway`],
  matches: 'Gateways',
  does: 'Maps the GatewayClass, says internal or public in its words, and takes addresses and parameters of the source’s controller away.',
  loses: [
    'parameters of the controller (LoadBalancerConfiguration, AviInfraSetting, ApplicationLoadBalancer)',
    'pinned addresses',
    'who may reach it, where parameters of the source decide: translation.loadBalancers.defaultExposure says it then',
    'to EKS: an ALB does not read certificateRefs; it takes certificates of ACM',
  ],
  sources: [
    'https://gateway-api.sigs.k8s.io/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/gateway/',
    'https://learn.microsoft.com/azure/aks/app-routing-gateway-api',
  ],
  translate(draft, _object, translation) {
    const spec = tree(draft.root, 'spec');
    if (spec === undefined) return;
    const name = text(spec, 'gatewayClassName');
    const isUsers = !isPlatformClass(name, translation) && !Object.hasOwn(translation.tables.ingress.classes, name);
    if (isUsers) {
      if (translation.target.gatewayClasses.every((one) => one.name !== name)) {
        draft.unmapped(
          '/spec/gatewayClassName',
          `the target has no gateway class ${name}`,
          `install its controller on the target, or write ${name}: … to translation.ingress.classes`
        );
      }
      return;
    }
    const chosen = chooseGatewayClass(name, translation);
    draft.step(`the gateway class of ${translation.to.toUpperCase()}`, () => (spec['gatewayClassName'] = chosen.name));
    if (!chosen.isThere) {
      draft.unmapped(
        '/spec/gatewayClassName',
        `the target has no gateway class ${chosen.name} yet`,
        `make one for its controller, or write ${name}: … to translation.ingress.classes`
      );
    }
    const exposure = readGatewayExposure(spec, translation.from);
    const isPublic = dropPlatformParts(draft, spec, translation);
    dropLoadBalancerOrders(draft, spec);
    const metadata = tree(draft.root, 'metadata');
    const gateway = { name: text(metadata, 'name'), namespace: text(metadata, 'namespace'), spec };
    writeGatewayExposure(draft, gateway, isPublic ? 'public' : exposure, chosen, translation);
    if (
      chosen.isAlb &&
      trees(spec, 'listeners').some((listener) => trees(tree(listener, 'tls'), 'certificateRefs').length > 0)
    ) {
      draft.loss(
        '/spec/listeners',
        'an ALB does not read certificateRefs',
        'issue the certificates in ACM, and name them in a LoadBalancerConfiguration of the Gateway'
      );
    }
  },
};

function isPlatformClass(name: string, { source, from }: Translation): boolean {
  const controller = source.gatewayClasses.find((one) => one.name === name)?.controller ?? '';
  const pattern = {
    vks: /^(?:projectcontour\.io|ako\.vmware\.com)\//,
    eks: /^gateway\.k8s\.aws\//,
    aks: /^alb\.networking\.azure\.io\/|^istio\.io\//,
  }[from];
  const names: readonly string[] = {
    vks: ['contour', 'avi-lb'],
    eks: ['alb', 'nlb', 'amazon-vpc-lattice'],
    aks: ['approuting-istio', 'azure-alb-external', 'istio'],
  }[from];
  return controller === '' ? names.includes(name) : pattern.test(controller);
}

/** True where a word of the table is the name of a public address. */
function dropPlatformParts(draft: Draft, spec: Tree, { from, to, tables }: Translation): boolean {
  const infrastructure = tree(spec, 'infrastructure');
  const parameters = tree(infrastructure, 'parametersRef');
  if (parameters !== undefined && infrastructure !== undefined) {
    draft.loss(
      '/spec/infrastructure/parametersRef',
      `${text(parameters, 'kind')} ${text(parameters, 'name')} configures the gateway of ${from.toUpperCase()}`
    );
    draft.step('parameters of the source’s controller', () => {
      delete infrastructure['parametersRef'];
      if (Object.keys(infrastructure).length === 0) delete spec['infrastructure'];
    });
  }
  const addresses = trees(spec, 'addresses');
  if (addresses.length === 0) return false;
  const mapped = addresses.flatMap((address) => {
    const word = tables.loadBalancers.addresses[text(address, 'value')];
    // An ALB has no addresses of its own.
    return word === undefined || word === '' || to === 'eks' ? [] : [{ ...address, value: word }];
  });
  if (mapped.length < addresses.length) {
    draft.unmapped(
      '/spec/addresses',
      `address ${addresses.map((one) => text(one, 'value')).join(', ')} of ${from.toUpperCase()} cannot move`,
      'reserve one, and write it to translation.loadBalancers.addresses'
    );
  }
  draft.step('addresses of the source', () => {
    if (mapped.length === 0) delete spec['addresses'];
    else spec['addresses'] = mapped;
  });
  return to === 'aks' && mapped.some(({ value }) => !/^[0-9a-f.:]+$/i.test(value));
}

/** What controllers of the target leave out of Gateway API. */
export const gatewayRoutes: PackRule = {
  id: 'gateway-routes',
  from: everywhere,
  to: ['eks', 'aks'],
  kinds: [`${group}/HTTPRoute`, `${group}/GRPCRoute`, `${group}/TLSRoute`],
  matches: 'routes of Gateway API',
  does: 'Tells what the target’s gateway controller does not implement; changes nothing.',
  loses: ['on an ALB: mirrors, CORS, timeouts, retries, session persistence', 'on the Istio of AKS: TLSRoute'],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/l7gateway/',
    'https://learn.microsoft.com/azure/aks/app-routing-gateway-api',
  ],
  translate(draft, { head }, translation) {
    const name = translation.target.gatewayClasses.find((one) => /gateway\.k8s\.aws\/alb/.test(one.controller));
    if (translation.to === 'eks' && name !== undefined) tellAlbLosses(draft, draft.root);
    if (translation.to === 'aks' && head.ref.kind === 'TLSRoute' && !serves(translation.target, group, 'TLSRoute')) {
      draft.loss(
        '/spec',
        'the managed Istio of AKS serves no TLSRoute',
        'end TLS at the Gateway, or use another controller'
      );
    }
  },
};

/** Tells fields of a route an ALB has no form for; also for routes made of HTTPProxies. */
export function tellAlbLosses(draft: Draft, route: Tree): void {
  trees(tree(route, 'spec'), 'rules').forEach((rule, index) => {
    const at = `/spec/rules/${index}`;
    const kinds = new Set(trees(rule, 'filters').map((filter) => text(filter, 'type')));
    if (kinds.has('RequestMirror')) draft.loss(at, 'an ALB does not mirror requests');
    if (kinds.has('CORS')) draft.loss(at, 'an ALB does not answer CORS', 'answer it in the application');
    if (rule['timeouts'] !== undefined)
      draft.loss(at, 'an ALB has no timeout for a route', 'set the idle timeout in a LoadBalancerConfiguration');
    if (rule['retry'] !== undefined) draft.loss(at, 'an ALB does not retry');
    if (rule['sessionPersistence'] !== undefined)
      draft.loss(at, 'an ALB has no session persistence for a route', 'set stickiness in a TargetGroupConfiguration');
    if (
      list(rule, 'matches').some((match) =>
        trees(match, 'headers').some((one) => text(one, 'type') === 'RegularExpression')
      )
    ) {
      draft.loss(at, 'an ALB matches headers by wildcards, not by expressions');
    }
  });
}
