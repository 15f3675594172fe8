import { ensureTree, tree } from '../draft.ts';
import { contourProtocols, spokenTo } from '../ingress/backends.ts';
import { albWordsOf } from '../ingress/facts.ts';
import { readIngress } from '../ingress/read-ingress.ts';
import { reportUnmapped } from '../ingress/report-unmapped.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackRule } from '../pack.ts';

const prefix = 'projectcontour.io/upstream-protocol.';

/** Contour reads the protocol of a backend from the Service, the controllers of the clouds from the Ingress. */
export const ingressBackends: PackRule = {
  id: 'ingress-backends',
  from: ['eks', 'aks'],
  to: ['vks'],
  kinds: ['/Service'],
  matches: 'Services to which the source’s ingress controller speaks TLS, HTTP/2 or gRPC',
  does: 'Annotates the Service with the protocol that Contour must use for its ports.',
  loses: [],
  sources: ['https://projectcontour.io/docs/main/config/annotations/'],
  translate(draft, { head }, translation) {
    const ports = spokenTo(head.ref, translation);
    if (ports.length === 0) return;
    const byName = new Map<string, Set<string>>();
    for (const { port, protocol } of ports) {
      const name = contourProtocols[protocol];
      if (name !== undefined && port !== '') byName.set(name, (byName.get(name) ?? new Set()).add(port));
    }
    draft.step('Contour reads the protocol of a backend from its Service', (root) => {
      if (byName.size === 0) return;
      const annotations = ensureTree(ensureTree(root, 'metadata'), 'annotations');
      for (const [name, own] of byName) annotations[`${prefix}${name}`] = [...own].sort().join(',');
    });
  },
};

/** Annotations of Services that the AWS controller takes before those of the Ingress: protocol, checks, login. */
export const albBackends: PackRule = {
  id: 'alb-backends',
  from: ['eks'],
  to: everywhere,
  kinds: ['/Service'],
  matches: 'Services with annotations of the AWS Load Balancer Controller for Ingresses',
  does: 'Removes what an ALB read of a Service; protocol and health check are said on the Ingress, or on the Service for Contour.',
  loses: ['logins at the load balancer, which stop the run; details of health checks and target groups'],
  sources: ['https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/'],
  translate(draft) {
    const words = albWordsOf(tree(draft.root, 'metadata', 'annotations'));
    if (Object.keys(words).length === 0) return;
    draft.step('an ALB read it', (root) =>
      prune(tree(root, 'metadata'), 'annotations', (key) => Object.hasOwn(words, key))
    );
    reportUnmapped(draft, readIngress(words, 'alb', false));
  },
};
