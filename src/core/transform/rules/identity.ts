import { isJsonObject } from '../../json/value.ts';
import { isAutoAccountSecretName } from '../../select/derived.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import { change, kindKey, removals, type Change, type Rule, type RuleObject } from '../rule.ts';

const tokenFields = [
  '/data/token',
  '/data/ca.crt',
  '/data/namespace',
  '/metadata/annotations/kubernetes.io~1service-account.uid',
];

/**
 * A token Secret that somebody made is kept without its token: the target's controller fills in its own. With the
 * foreign uid it would be deleted, with the old token it would keep one the target does not know (fact 4).
 */
export const tokenSecret: Rule = {
  id: 'token-secret',
  describe: 'Removes the source’s token from service-account-token Secrets; the target fills in its own.',
  appliesTo: (head) => kindKey(head.ref) === '/Secret',
  apply: ({ view }) => {
    if (view.read('/type') !== 'kubernetes.io/service-account-token') return [];
    return change('token-secret', 'the token and uid of an account of the source', removals(view, tokenFields));
  },
};

/** Token and registry Secrets that controllers made for the account are not taken along, so it must not name them. */
export const serviceAccount: Rule = {
  id: 'service-account',
  describe: 'Removes the names of generated token Secrets from a ServiceAccount.',
  appliesTo: (head) => kindKey(head.ref) === '/ServiceAccount',
  apply: (object) => [...dropGenerated(object, '/secrets'), ...dropGenerated(object, '/imagePullSecrets')],
};

const requester = ['/spec/username', '/spec/uid', '/spec/groups', '/spec/extra'];

/** cert-manager's webhook writes into a CertificateRequest who created it, and refuses any other name. */
export const certificateRequest: Rule = {
  id: 'certificate-request',
  describe: 'Removes who asked for a certificate on the source from a CertificateRequest.',
  appliesTo: (head) => kindKey(head.ref) === 'cert-manager.io/CertificateRequest',
  apply: ({ view }) =>
    change('certificate-request', 'cert-manager writes who creates it on the target', removals(view, requester)),
};

function dropGenerated({ head, view }: RuleObject, list: string): readonly Change[] {
  const patch: PatchOperation[] = [];
  for (const index of view.children(list)) {
    const item = view.read(`${list}/${index}`);
    const name = isJsonObject(item) ? item['name'] : undefined;
    if (typeof name === 'string' && isAutoAccountSecretName(name, head.ref.name)) {
      patch.unshift({ op: 'remove', path: `${list}/${index}` });
    }
  }
  if (patch.length === 0) return [];
  const all = patch.length === view.children(list).length;
  const whole: PatchOperation = { op: 'remove', path: list };
  return change('service-account', 'a Secret that a controller of the source created', all ? [whole] : patch);
}
