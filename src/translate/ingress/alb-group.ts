import { isTree, text } from '../draft.ts';
import type { ClusterProfile } from '../../core/profile/cluster-profile.ts';
import { parseJson } from './json.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

const prefix = 'alb.ingress.kubernetes.io/';

/**
 * Words that one Ingress says for the whole ALB of its group: the guide calls them exclusive, to be said once or the same
 * everywhere (docs/guide/ingress/annotations.md, MergeBehavior).
 */
const exclusive = [
  'scheme',
  'ssl-redirect',
  'security-groups',
  'security-group-prefix-lists',
  'wafv2-acl-arn',
  'wafv2-acl-name',
  'load-balancer-attributes',
].map((name) => `${prefix}${name}`);

/**
 * What other Ingresses of the group of an Ingress say for the load balancer they share, as annotations of its own. A list
 * of addresses holds for the ports of the Ingress that has it, and for all that listen there.
 */
export function sharedWords(own: IngressFact, annotations: Tree, source: ClusterProfile): Tree {
  const group = text(annotations, `${prefix}group.name`);
  if (group === '') return {};
  const shared: Tree = {};
  for (const fact of source.routing?.ingresses ?? []) {
    if (fact.namespace === own.namespace && fact.name === own.name) continue;
    const words: Tree = { ...fact.annotations, ...source.routing?.classAnnotations[fact.className] };
    if (text(words, `${prefix}group.name`) !== group) continue;
    for (const key of exclusive) if (text(words, key) !== '') shared[key] ??= words[key];
    const ranges = `${prefix}inbound-cidrs`;
    const ports = new Set(portsOf(words));
    if (text(words, ranges) !== '' && portsOf(annotations).some((port) => ports.has(port)))
      shared[ranges] ??= words[ranges];
  }
  return shared;
}

/** Ports an Ingress has the ALB listen on; a certificate alone moves the one listener to 443. */
export function portsOf(words: Tree): readonly string[] {
  const written = parseJson(text(words, `${prefix}listen-ports`));
  if (Array.isArray(written)) return written.filter(isTree).flatMap((one) => Object.values(one).map(String));
  return [text(words, `${prefix}certificate-arn`) === '' ? '80' : '443'];
}
