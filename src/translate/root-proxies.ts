import { read } from '../core/json/node.ts';
import { describeRef, type ObjectRef } from '../core/resource.ts';
import type { Finding } from '../core/run/events.ts';

/** Collects the hosts of root HTTPProxies over a whole plan: what no rule sees, which sees one object. */
export interface RootProxies {
  /** Looks at an object as it is desired on the target; `made`: a rule made it. */
  add(ref: ObjectRef, text: string, made: boolean): void;
  /**
   * A blocker for each host of several that a rule has part in. Contour takes a host from one root HTTPProxy and refuses
   * all of several (projectcontour.io, Virtual Hosts: DuplicateVhost); where the source has it so, it was so before.
   */
  findings(): readonly Finding[];
}

export function createRootProxies(): RootProxies {
  const byHost = new Map<string, { readonly names: string[]; made: boolean }>();
  return {
    add(ref, text, made) {
      if (ref.group !== 'projectcontour.io' || ref.kind !== 'HTTPProxy') return;
      const fqdn = read(text, '/spec/virtualhost/fqdn');
      if (typeof fqdn !== 'string') return;
      const host = fqdn.toLowerCase();
      const known = byHost.get(host) ?? { names: [], made: false };
      known.names.push(describeRef(ref));
      known.made ||= made;
      byHost.set(host, known);
    },
    findings() {
      const clashes = [...byHost].filter(([, { names, made }]) => made && names.length > 1);
      return clashes
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([host, { names }]) => ({
          code: 'TRANSLATION_COLLISION',
          severity: 'blocker',
          subject: names.toSorted().join(', '),
          message: `${host} is the host of ${names.length} HTTPProxies, and in that case Contour serves none of them`,
          remedy:
            'put all routes of the host into one HTTPRoute on the source, or exclude these and create one HTTPProxy by hand',
        }));
    },
  };
}
