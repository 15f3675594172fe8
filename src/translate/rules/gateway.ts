import { copyTree, text, tree, trees, type Draft } from '../draft.ts';
import { chooseGatewayClass, isPlatformGatewayClass } from '../ingress/classes.ts';
import { dropLoadBalancerOrders, hasLoadBalancerOrders, writeGatewayExposure } from '../ingress/gateway-exposure.ts';
import { dropFields } from '../ingress/made-routes.ts';
import { readGateway, type GatewayModel } from '../ingress/read-gateway.ts';
import { reportUnmapped } from '../load-balancer/report-unmapped.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import { reportListeners } from '../ingress/listeners.ts';
import type { Tree } from '../../core/json/tree.ts';

const group = 'gateway.networking.k8s.io';

/** Gateways keep listeners; class, addresses and parameters are the platform's. */
export const gateways: PackRule = {
  id: 'gateways',
  from: everywhere,
  to: everywhere,
  kinds: [`${group}/Gateway`],
  matches: 'Gateways',
  does: 'Maps the GatewayClass, configures who may reach it (internal or public, address ranges) for it, and removes addresses and parameters of the source’s controller.',
  loses: [
    'parameters of the controller beyond scheme and ranges (LoadBalancerConfiguration, AviInfraSetting, ApplicationLoadBalancer)',
    'pinned addresses',
    'who may reach it, if parameters of the source could not be read: this stops the run if the Gateway becomes public',
    'security groups, prefix lists, service tags, web ACLs, client certificates, and address ranges that the target cannot express: each stops the run',
    'to EKS: an ALB does not read certificateRefs; it uses ACM certificates',
    'fields that the definition on the target does not have',
  ],
  sources: [
    'https://gateway-api.sigs.k8s.io/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/gateway/',
    'https://learn.microsoft.com/azure/aks/app-routing-gateway-api',
  ],
  translate(draft, { head }, translation) {
    const spec = tree(draft.root, 'spec');
    if (spec === undefined) return;
    const name = text(spec, 'gatewayClassName');
    const source = copyTree(spec) as Tree;
    const annotations = copyTree(tree(draft.root, 'metadata', 'annotations')) as Tree | undefined;
    const isUsers =
      !isPlatformGatewayClass(name, translation) && !Object.hasOwn(translation.tables.ingress.classes, name);
    if (isUsers) {
      if (translation.target.gatewayClasses.every((one) => one.name !== name)) {
        draft.unmapped('/spec/gatewayClassName', `the target has no gateway class ${name}`, {
          remedy: `install its controller on the target, or write ${name}: … to translation.ingress.classes`,
        });
      }
      if (hasLoadBalancerOrders(spec, annotations, translation.from))
        rewriteOrders(draft, { namespace: head.ref.namespace, spec, source, annotations }, translation);
      return;
    }
    const chosen = chooseGatewayClass(name, translation);
    draft.step(`the gateway class of ${translation.to.toUpperCase()}`, () => (spec['gatewayClassName'] = chosen.name));
    if (!chosen.isThere) {
      draft.unmapped('/spec/gatewayClassName', `the target has no gateway class ${chosen.name} yet`, {
        remedy: `create one for its controller, or write ${name}: … to translation.ingress.classes`,
      });
    }
    const exposure = exposureOf(
      draft,
      readGateway({ namespace: head.ref.namespace, spec: source, annotations }, translation)
    );
    const isPublic = dropPlatformParts(draft, spec, { translation, isRead: exposure.isRead === true });
    dropLoadBalancerOrders(draft, spec);
    if (isPublic) exposure.exposure = 'public';
    const metadata = tree(draft.root, 'metadata');
    const gateway = { name: text(metadata, 'name'), namespace: text(metadata, 'namespace'), spec, chosen, exposure };
    writeGatewayExposure(draft, gateway, translation);
    reportAddresses(draft, exposure, translation);
    reportListeners(draft, spec, chosen);
    draft.step('the definition on the target may not have it', (root) => dropFields(draft, root, translation));
  },
};

interface UsersGateway {
  readonly namespace: string;
  readonly spec: Tree;
  readonly source: Tree;
  readonly annotations: Tree | undefined;
}

/** The user's controller stays; what it hands on to its Service speaks to the load balancer of the target. */
function rewriteOrders(
  draft: Draft,
  { namespace, spec, source, annotations }: UsersGateway,
  translation: Translation
): void {
  const exposure = exposureOf(draft, readGateway({ namespace, spec: source, annotations }, translation));
  dropLoadBalancerOrders(draft, spec);
  const metadata = tree(draft.root, 'metadata');
  const names = { name: text(metadata, 'name'), namespace: text(metadata, 'namespace') };
  const chosen = { name: text(spec, 'gatewayClassName'), isThere: true, isAlb: false, isAws: false, isAgc: false };
  writeGatewayExposure(draft, { ...names, spec, chosen, exposure }, translation);
  reportAddresses(draft, exposure, translation);
}

/** Reports what was said of the load balancer and has no form; the rest is written. */
function exposureOf(draft: Draft, model: GatewayModel): GatewayModel {
  reportUnmapped(draft, model, { isBalanced: true, at: '/spec/infrastructure' });
  return model;
}

/** Addresses that annotations pinned; an ALB has none of its own, and on AKS names of addresses are annotations. */
function reportAddresses(draft: Draft, { addresses }: GatewayModel, { tables, to, from }: Translation): void {
  const table = tables.loadBalancers.addresses;
  const lost = addresses.filter((word) => to === 'eks' || (table[word] ?? '') === '');
  if (to === 'vks')
    draft.step('translation.loadBalancers.addresses', (root) => {
      const mapped = addresses.flatMap((word) => (table[word] ?? '') || []);
      const spec = tree(root, 'spec');
      if (spec !== undefined && mapped.length > 0)
        spec['addresses'] = mapped.map((value) => ({ type: 'IPAddress', value }));
    });
  if (lost.length > 0)
    draft.unmapped('/spec/addresses', `address ${lost.join(', ')} of ${from.toUpperCase()} cannot be moved`, {
      remedy:
        to === 'eks'
          ? 'an ALB has no fixed address: update DNS records and allowlists that contain it'
          : 'reserve one, and write it to translation.loadBalancers.addresses',
    });
}

/** True where a word of the table is the name of a public address. */
function dropPlatformParts(
  draft: Draft,
  spec: Tree,
  { translation, isRead }: { readonly translation: Translation; readonly isRead: boolean }
): boolean {
  const { from, to, tables } = translation;
  const infrastructure = tree(spec, 'infrastructure');
  const parameters = tree(infrastructure, 'parametersRef');
  if (parameters !== undefined && infrastructure !== undefined) {
    // What was read is written, or reported field by field.
    if (!isRead)
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
      `address ${addresses.map((one) => text(one, 'value')).join(', ')} of ${from.toUpperCase()} cannot be moved`,
      { remedy: 'reserve one, and write it to translation.loadBalancers.addresses' }
    );
  }
  draft.step('addresses of the source', () => {
    if (mapped.length === 0) delete spec['addresses'];
    else spec['addresses'] = mapped;
  });
  return to === 'aks' && mapped.some(({ value }) => !/^[0-9a-f.:]+$/i.test(value));
}
