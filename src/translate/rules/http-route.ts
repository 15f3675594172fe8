import { list, numeric, text, tree, trees, type Draft, type Manifest } from '../draft.ts';
import { reportListeners } from '../ingress/listeners.ts';
import { readGateway } from '../ingress/read-gateway.ts';
import { reportUnmapped } from '../load-balancer/report-unmapped.ts';
import type { PackRule } from '../pack.ts';
import { serves, type Translation } from '../../core/profile/cluster-profile.ts';
import { dnsAnnotations } from './external-dns.ts';
import type { Tree } from '../../core/json/tree.ts';

const group = 'gateway.networking.k8s.io';

/** Whether routes of Gateway API become HTTPProxies. */
function becomesContour({ tables, target }: Translation): boolean {
  const { routes } = tables.ingress;
  if (routes === 'contour') return true;
  return routes === 'auto' && !serves(target, group, 'HTTPRoute') && serves(target, 'projectcontour.io', 'HTTPProxy');
}

/** The way back: an HTTPRoute becomes an HTTPProxy for each of its hosts. */
export const httpRoutes: PackRule = {
  id: 'http-routes',
  from: ['eks', 'aks'],
  to: ['vks'],
  kinds: [
    `${group}/HTTPRoute`,
    `${group}/Gateway`,
    `${group}/ReferenceGrant`,
    'apiextensions.k8s.io/CustomResourceDefinition',
  ],
  matches:
    'HTTPRoutes and their Gateways, where the target serves HTTPProxy and not Gateway API, or translation.ingress.routes is contour',
  does: 'Creates a Contour HTTPProxy for each host of an HTTPRoute; excludes Gateways.',
  loses: [
    'listeners of the Gateway: their certificates are taken from translation.certificates by host',
    'matches by method; several matches of a rule become routes',
    'header values that are added to existing ones, a second mirror',
    'filters of extensions and authorization, address ranges and client certificates of the Gateway: they may deny requests, so each stops the run',
  ],
  sources: ['https://projectcontour.io/docs/main/config/api/', 'https://gateway-api.sigs.k8s.io/reference/spec/'],
  translate(draft, { head }, translation) {
    if (!becomesContour(translation)) return;
    if (head.ref.kind === 'CustomResourceDefinition') {
      if (head.ref.name.endsWith('.gateway.networking.k8s.io'))
        draft.exclude('Gateway API is not served by the target');
      return;
    }
    if (head.ref.kind === 'Gateway') reportGateway(draft, head.ref.namespace, translation);
    if (head.ref.kind !== 'HTTPRoute') {
      draft.exclude('its routes become HTTPProxies of Contour, which need no Gateway');
      return;
    }
    convert(draft, translation);
  },
};

/** Contour serves all hosts by one Envoy: what a Gateway said of its own load balancer has no place there. */
function reportGateway(draft: Draft, namespace: string, translation: Translation): void {
  const spec = tree(draft.root, 'spec') ?? {};
  const annotations = tree(draft.root, 'metadata', 'annotations');
  const model = readGateway({ namespace, spec, annotations }, translation);
  const remedy = 'keep connections out by ipAllowPolicy of the HTTPProxies or in another way, and waive this finding';
  reportUnmapped(draft, model, { isBalanced: true, at: '/spec/infrastructure' });
  if (model.sourceRanges.length > 0)
    draft.opens('/spec/infrastructure', `only ${model.sourceRanges.join(', ')} may connect to it`, remedy);
  if (model.unseen !== undefined)
    draft.unmapped('/spec/infrastructure', `${model.unseen} could not be read, and may restrict who can reach it`, {
      remedy,
      severity: 'blocker',
    });
  if (model.exposure === 'internal')
    draft.unmapped('/spec/gatewayClassName', 'the Gateway was internal; its hosts move behind Contour’s Envoy', {
      remedy: 'check which networks can reach the Envoy Service',
    });
  const listeners = trees(spec, 'listeners');
  if (
    tree(spec, 'tls', 'frontend') !== undefined ||
    listeners.some((one) => tree(one, 'tls', 'frontendValidation') !== undefined)
  )
    draft.opens(
      '/spec/tls',
      'client certificates',
      'set tls.clientValidation of the HTTPProxies, and waive this finding'
    );
  reportListeners(
    draft,
    { listeners: listeners.map(withoutCertificates) },
    { name: '', isThere: true, isAlb: false, isAws: false, isAgc: false }
  );
}

function withoutCertificates(listener: Tree): Tree {
  return { ...listener, tls: { options: tree(listener, 'tls', 'options') } };
}

function convert(draft: Draft, translation: Translation): void {
  const metadata = tree(draft.root, 'metadata');
  const spec = tree(draft.root, 'spec');
  const hosts = list(spec, 'hostnames').map(String);
  if (hosts.length === 0) {
    draft.loss(
      '/spec/hostnames',
      'it has no host of its own; the hosts of its Gateway’s listeners are not available here',
      { remedy: 'add hostnames to the route, or create an HTTPProxy by hand' }
    );
    draft.exclude('an HTTPProxy needs a host');
    return;
  }
  if (redirectsToHttps(spec)) {
    const plain = trees(spec, 'rules').filter((rule) => list(rule, 'backendRefs').length > 0).length;
    if (plain > 0)
      draft.loss('/spec/rules', `${plain} of its rules serve plain HTTP alongside the redirect`, {
        remedy: 'set permitInsecure: true on these routes of the HTTPProxy of the host',
      });
    draft.exclude('Contour redirects to HTTPS by default');
    return;
  }
  const own = text(metadata, 'namespace');
  if (trees(spec, 'parentRefs').some((one) => (text(one, 'namespace') || own) !== own))
    draft.loss(
      '/spec/parentRefs',
      'its Gateway serves several namespaces, and Contour accepts one HTTPProxy per host',
      { remedy: 'if others have the same host, include this one in the HTTPProxy that has it' }
    );
  const routes = trees(spec, 'rules').flatMap((rule, index) => convertRule(draft, rule, `/spec/rules/${index}`));
  const name = text(metadata, 'name');
  // A Contour that was given a class leaves HTTPProxies without one alone.
  const className = translation.target.ingressClasses.find((one) =>
    one.controller.startsWith('projectcontour.io/')
  )?.name;
  hosts.forEach((fqdn, index) => {
    const secret = certificateOf(draft, fqdn, translation);
    const virtualhost: Tree = { fqdn, ...(secret === undefined ? {} : { tls: { secretName: secret } }) };
    const annotations = dnsAnnotations(tree(metadata, 'annotations'));
    const proxy: Manifest = {
      apiVersion: 'projectcontour.io/v1',
      kind: 'HTTPProxy',
      metadata: {
        name: index === 0 ? name : `${name}-${index + 1}`,
        namespace: text(metadata, 'namespace'),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
      },
      spec: { ...(className === undefined ? {} : { ingressClassName: className }), virtualhost, routes },
    };
    draft.add('the routes of the HTTPRoute for one of its hosts', proxy);
  });
  draft.exclude('recreated as a Contour HTTPProxy');
}

/**
 * A route on port 80 that sends to HTTPS: Contour does that for every host with TLS. Its twin on port 443 becomes the
 * HTTPProxy; a second one of the same host would make Contour refuse both.
 */
function redirectsToHttps(spec: Tree | undefined): boolean {
  return trees(spec, 'rules').some(
    (rule) =>
      list(rule, 'backendRefs').length === 0 &&
      trees(rule, 'filters').some((filter) => {
        const redirect = tree(filter, 'requestRedirect');
        return text(redirect, 'scheme') === 'https' && text(redirect, 'hostname') === '';
      })
  );
}

function certificateOf(draft: Draft, fqdn: string, { tables }: Translation): string | undefined {
  const word = Object.hasOwn(tables.certificates, fqdn) ? tables.certificates[fqdn] : undefined;
  if (word === undefined) {
    draft.unmapped('/spec/hostnames', `the certificate of ${fqdn} is set on the Gateway, which is not moved`, {
      remedy: `write ${fqdn}: SECRET to translation.certificates ('' = no TLS)`,
    });
  }
  return word === '' ? undefined : word;
}

function convertRule(draft: Draft, rule: Tree, at: string): readonly Tree[] {
  const base: Tree = {};
  const backends = trees(rule, 'backendRefs');
  // Without a weight a backend has 1 in Gateway API, and 0 in Contour as soon as another has one.
  const weighted = backends.some((one) => one['weight'] !== undefined);
  const services = backends.map((ref) => serviceOf(draft, weighted ? { weight: 1, ...ref } : ref, at));
  const filters = trees(rule, 'filters');
  for (const filter of filters) convertFilter(draft, filter, { route: base, services, at });
  if (services.length > 0) base['services'] = services;
  const request = text(tree(rule, 'timeouts'), 'request');
  if (request !== '') base['timeoutPolicy'] = { response: request === '0s' ? 'infinity' : request };
  const retry = tree(rule, 'retry');
  const perTry = text(tree(rule, 'timeouts'), 'backendRequest');
  if (retry !== undefined)
    base['retryPolicy'] = {
      count: numeric(retry, 'attempts') ?? 1,
      ...(perTry === '' || perTry === '0s' ? {} : { perTryTimeout: perTry }),
      ...(list(retry, 'codes').length > 0 ? { retriableStatusCodes: list(retry, 'codes') } : {}),
    };
  if (rule['sessionPersistence'] !== undefined) base['loadBalancerPolicy'] = { strategy: 'Cookie' };
  const matches = trees(rule, 'matches');
  return (matches.length === 0 ? [{}] : matches).map((match) => {
    const conditions = conditionsOf(draft, match, at);
    return { ...(conditions.length > 0 ? { conditions } : {}), ...base };
  });
}

function serviceOf(draft: Draft, ref: Tree, at: string): Tree {
  if (list(ref, 'filters').length > 0) draft.loss(at, `filters of the backend ${text(ref, 'name')} alone`);
  if (text(ref, 'namespace') !== '')
    draft.loss(
      at,
      `the backend ${text(ref, 'name')} is in another namespace; Contour reaches it only through inclusion`
    );
  return {
    name: text(ref, 'name'),
    port: numeric(ref, 'port') ?? 0,
    ...(ref['weight'] === undefined ? {} : { weight: ref['weight'] }),
  };
}

function conditionsOf(draft: Draft, match: Tree, at: string): readonly Tree[] {
  const conditions: Tree[] = [];
  const path = tree(match, 'path');
  if (path !== undefined) {
    const key =
      { Exact: 'exact', RegularExpression: 'regex', PathPrefix: 'prefix' }[text(path, 'type') || 'PathPrefix'] ??
      'prefix';
    conditions.push({ [key]: text(path, 'value') });
  }
  for (const [from, to] of [
    ['headers', 'header'],
    ['queryParams', 'queryParameter'],
  ] as const) {
    for (const one of trees(match, from)) {
      const key = text(one, 'type') === 'RegularExpression' ? 'regex' : 'exact';
      conditions.push({ [to]: { name: text(one, 'name'), [key]: text(one, 'value') } });
    }
  }
  if (match['method'] !== undefined) {
    conditions.push({ header: { name: ':method', exact: text(match, 'method') } });
    draft.manual(at, 'the method is matched as the pseudo header :method', 'test it on the target');
  }
  return conditions;
}

function convertFilter(
  draft: Draft,
  filter: Tree,
  { route, services, at }: { readonly route: Tree; readonly services: Tree[]; readonly at: string }
): void {
  switch (text(filter, 'type')) {
    case 'RequestHeaderModifier':
      route['requestHeadersPolicy'] = headersOf(draft, tree(filter, 'requestHeaderModifier'), at);
      return;
    case 'ResponseHeaderModifier':
      route['responseHeadersPolicy'] = headersOf(draft, tree(filter, 'responseHeaderModifier'), at);
      return;
    case 'RequestMirror': {
      const ref = tree(filter, 'requestMirror', 'backendRef');
      const percent = mirroredPercent(tree(filter, 'requestMirror'));
      // Contour takes one mirror of a route, and a weight of 0 for all of its requests.
      if (percent === 0) return;
      if (services.some((one) => one['mirror'] === true)) {
        draft.loss(at, `a second mirror of requests, to ${text(ref, 'name')}`);
        return;
      }
      const weight = percent < 100 ? { weight: Math.max(1, Math.round(percent)) } : {};
      services.push({ name: text(ref, 'name'), port: numeric(ref, 'port') ?? 0, mirror: true, ...weight });
      return;
    }
    case 'URLRewrite': {
      const path = tree(filter, 'urlRewrite', 'path');
      if (text(path, 'type') === 'ReplacePrefixMatch')
        route['pathRewritePolicy'] = { replacePrefix: [{ replacement: text(path, 'replacePrefixMatch') }] };
      else draft.loss(at, 'a rewrite of the whole path');
      if (text(tree(filter, 'urlRewrite'), 'hostname') !== '') draft.loss(at, 'a rewrite of the host name');
      return;
    }
    case 'RequestRedirect': {
      const { path, ...rest } = tree(filter, 'requestRedirect') ?? {};
      const full = text(path, 'replaceFullPath');
      const prefix = text(path, 'replacePrefixMatch');
      route['requestRedirectPolicy'] = {
        ...rest,
        ...(full === '' ? {} : { path: full }),
        ...(prefix === '' ? {} : { prefix }),
      };
      return;
    }
    case 'ExtensionRef':
    case 'ExternalAuth':
      draft.opens(
        at,
        `the filter ${text(tree(filter, 'extensionRef'), 'kind') || text(filter, 'type')}, which may deny requests`,
        'protect the route with an authorization server or address rules in the HTTPProxy, and waive this finding'
      );
      return;
    default:
      draft.loss(at, `the filter ${text(filter, 'type')}`);
  }
}

/** Of how many requests in a hundred a copy goes to the mirror. */
function mirroredPercent(mirror: Tree | undefined): number {
  const fraction = tree(mirror, 'fraction');
  if (fraction === undefined) return numeric(mirror, 'percent') ?? 100;
  return ((numeric(fraction, 'numerator') ?? 0) * 100) / Math.max(1, numeric(fraction, 'denominator') ?? 100);
}

function headersOf(draft: Draft, modifier: Tree | undefined, at: string): Tree {
  for (const one of trees(modifier, 'add'))
    draft.loss(at, `header ${text(one, 'name')} is set instead of added to the existing values`);
  const set = [...trees(modifier, 'set'), ...trees(modifier, 'add')];
  const remove = list(modifier, 'remove');
  return { ...(set.length > 0 ? { set } : {}), ...(remove.length > 0 ? { remove } : {}) };
}
