import type { Platform } from '../../../core/spec/spec.ts';
import { list, text, tree, trees } from '../../draft.ts';
import { isEverywhere } from '../cidr.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import { restriction, type Front } from './front.ts';
import type { Tree } from '../../../core/json/tree.ts';

/**
 * The door of an HTTPProxy of Contour. One without a host is a part of another and opens nothing by itself. TLS redirects
 * everything else to itself but for routes that permit what is insecure.
 */
export function proxyFront(object: CheckedObject, origin: string, platform: Platform): Front {
  const spec = tree(object.root, 'spec');
  const host = tree(spec, 'virtualhost');
  const tls = tree(host, 'tls');
  const routes = trees(spec, 'routes');
  const className = text(spec, 'ingressClassName') || 'contour';
  const fqdn = text(host, 'fqdn');
  const ranges = restriction([host, ...routes].flatMap(allowed), isEverywhere);
  const refused = [host, ...routes].some((one) => list(one, 'ipDenyPolicy').length > 0);
  const hasLogin = tree(host, 'authorization') !== undefined && !isOff(tree(host, 'authorization'));
  const guards = [
    ...(hasLogin ? ['the login'] : []),
    ...(list(host, 'jwtProviders').length > 0 ? ['tokens (JWT)'] : []),
    ...(tree(tls, 'clientValidation') === undefined || isOptional(tls) ? [] : ['client certificates']),
    ...(refused ? ['the list of denied addresses'] : []),
  ];
  const answers = routes.map((route) => ({
    host: fqdn,
    path: pathOf(route),
    plain: tls === undefined || route['permitInsecure'] === true,
  }));
  const level = platform === 'vks' ? 'network' : 'unknown';
  return {
    origin,
    subject: subjectOf(object),
    reach: () => ({ level, token: `class ${className}` }),
    ranges: () => ranges,
    guards,
    answers: () => (fqdn === '' ? [] : answers),
    servers: () => (fqdn === '' ? [] : ['contour']),
  };
}

function allowed(one: Tree | undefined): readonly string[] {
  return trees(one, 'ipAllowPolicy').map((policy) => text(policy, 'cidr'));
}

function isOff(authorization: Tree | undefined): boolean {
  return tree(authorization, 'authPolicy')?.['disabled'] === true;
}

function isOptional(tls: Tree | undefined): boolean {
  return tree(tls, 'clientValidation')?.['optionalClientCertificate'] === true;
}

/** Conditions are alternatives of headers as well: two routes of one prefix are no collision where they differ. */
function pathOf(route: Tree): string {
  return JSON.stringify(route['conditions'] ?? '/');
}
