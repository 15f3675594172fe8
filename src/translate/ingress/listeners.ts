import { text, tree, trees, type Draft } from '../draft.ts';
import type { ChosenGatewayClass } from './classes.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Reports what listeners say that their new controller does not read. */
export function reportListeners(draft: Draft, spec: Tree, { isAlb, isAws }: ChosenGatewayClass): void {
  const listeners = trees(spec, 'listeners');
  if (isAlb && listeners.some((one) => trees(tree(one, 'tls'), 'certificateRefs').length > 0))
    draft.loss('/spec/listeners', 'an ALB does not read certificateRefs', {
      remedy: 'issue the certificates in ACM, and name them in a LoadBalancerConfiguration of the Gateway',
    });
  if (isAlb && listeners.some((one) => text(tree(one, 'tls'), 'mode') === 'Passthrough'))
    draft.unmapped('/spec/listeners', 'an ALB terminates TLS and cannot pass it through', {
      remedy: 'use a class of the NLB controller, or a Service of type LoadBalancer',
    });
  const asksClients =
    tree(spec, 'tls', 'frontend') !== undefined ||
    listeners.some((one) => tree(one, 'tls', 'frontendValidation') !== undefined);
  if (isAws && asksClients)
    draft.opens(
      '/spec/tls',
      'client certificates, which the AWS Load Balancer Controller does not request for a Gateway',
      'set mutualAuthentication in a LoadBalancerConfiguration of the Gateway, and waive this finding'
    );
  const options = listeners.flatMap((one) => Object.entries(tree(one, 'tls', 'options') ?? {}));
  if (options.some(([, value]) => /MUTUAL/.test(String(value))))
    draft.opens(
      '/spec/listeners',
      'client certificates, requested with an option of the source’s controller',
      'configure them with the target’s controller, and waive this finding'
    );
  else if (options.length > 0)
    draft.loss(
      '/spec/listeners',
      `TLS options of the source’s controller: ${options
        .map(([key]) => key)
        .sort()
        .join(', ')}`
    );
}
