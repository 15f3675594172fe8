import { ensureTree } from '../draft.ts';
import { contourProtocols, spokenTo } from '../ingress/backends.ts';
import type { PackRule } from '../pack.ts';

const prefix = 'projectcontour.io/upstream-protocol.';

/** Contour reads the protocol of a backend from the Service, the controllers of the clouds from the Ingress. */
export const ingressBackends: PackRule = {
  id: 'ingress-backends',
  from: ['eks', 'aks'],
  to: ['vks'],
  kinds: ['/Service'],
  matches: 'Services to which an Ingress of the source has its controller speak TLS, HTTP/2 or gRPC',
  does: 'Says on the Service what Contour shall speak to its ports.',
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
