import type { DocumentView } from '../../core/json/document.ts';
import { diffOperations } from '../../core/json/diff.ts';
import type { PatchOperation } from '../../core/spec/spec.ts';
import { ensureTree, list, text, tree, trees } from '../draft.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackRule } from '../pack.ts';
import type { KnownPlatform, Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** external-dns up to 0.21 reads the first, from 0.22 the second, and neither falls back to the other. */
const alpha = 'external-dns.alpha.kubernetes.io/';
const stable = 'external-dns.kubernetes.io/';

/** A value other than `dns-controller` makes external-dns leave the whole object alone, hosts of its spec included. */
const controller = 'controller';
const heldBy = 'landfall-held';

/** Hostnames AKO publishes by itself are kept here until the cutover. */
const parkedHostname = 'landfall.dev/held-hostname';

/** Keys one provider reads; the only one of Azure is `azure-tags`. */
const providerKeys: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^$/,
  eks: /^(?:aws-.*|alias|set-identifier)$/,
  aks: /^azure-.*$/,
};

const publishing = [
  '/Service',
  '/Pod',
  'networking.k8s.io/Ingress',
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'gateway.networking.k8s.io/TCPRoute',
  'gateway.networking.k8s.io/UDPRoute',
  'projectcontour.io/HTTPProxy',
  'traefik.io/IngressRoute',
  'networking.istio.io/Gateway',
  'networking.istio.io/VirtualService',
];

export const externalDns: PackRule = {
  id: 'external-dns',
  from: everywhere,
  to: everywhere,
  kinds: publishing,
  matches:
    'objects with annotations of external-dns, or with host names that it publishes by default (Ingress, Gateway, routes, HTTPProxy)',
  does: 'Writes annotations for both generations of external-dns, and keeps it from publishing the target until the cutover.',
  loses: [
    'routing policies and alias records of Route 53; tags of Azure DNS',
    'a pinned target, which is an address on the source',
  ],
  sources: ['https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/'],
  translate(draft, { head, contains }, translation) {
    // A route without hosts is published under those of its Gateway's listeners, an included HTTPProxy becomes such.
    const { group, kind } = head.ref;
    const isRoute = (group === 'gateway.networking.k8s.io' && kind.endsWith('Route')) || kind === 'HTTPProxy';
    const named = isRoute || contains(/external-dns\./);
    if (!named && !contains(/"host(?:s|name|names)?"|"fqdn"/)) return;
    const metadata = tree(draft.root, 'metadata');
    if (metadata === undefined || (!named && hostsOf(draft.root).length === 0)) return;
    const { from, to, tables } = translation;
    const words = wordsOf(metadata);
    for (const word of Object.keys(words)) {
      if (providerKeys[from].test(word))
        draft.loss(
          `/metadata/annotations/${stable.replace('/', '~1')}${word}`,
          `${word} is read by the DNS provider of ${from.toUpperCase()} only`,
          { remedy: 'configure it in the target’s DNS zone' }
        );
      if (word === 'target')
        draft.unmapped(
          '/metadata/annotations',
          'the record is pinned to an address on the source; from the target it would point back',
          {
            remedy:
              'set the annotation again at the cutover, or map the address in translation.loadBalancers.addresses',
          }
        );
    }
    if (Object.keys(words).length > 0) {
      draft.step('an address or a provider of the source', () =>
        prune(metadata, 'annotations', (key) => {
          const word = wordOf(key);
          return word !== undefined && (word === 'target' || providerKeys[from].test(word));
        })
      );
      draft.step('external-dns reads one prefix up to 0.21 and the other from 0.22', () => {
        for (const [word, value] of Object.entries(wordsOf(metadata))) setBoth(metadata, word, value);
      });
    }
    const held = words[controller];
    if (tables.dns !== 'hold') return;
    const parks = to === 'vks' && runsAko(translation);
    if (held !== undefined && held !== 'dns-controller') {
      if (parks) draft.step('AKO publishes the host name regardless of external-dns', () => park(metadata));
      return;
    }
    draft.step('DNS stays with the source until the cutover', () => {
      setBoth(metadata, controller, heldBy);
      if (parks) park(metadata);
    });
    draft.manual(
      '/metadata/annotations',
      'external-dns ignores the object on the target until it is released',
      `at the cutover remove the annotations ${alpha}${controller} and ${stable}${controller}`
    );
  },
};

function wordOf(key: string): string | undefined {
  if (key.startsWith(alpha)) return key.slice(alpha.length);
  return key.startsWith(stable) ? key.slice(stable.length) : undefined;
}

function wordsOf(metadata: Tree): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(tree(metadata, 'annotations') ?? {})) {
    const word = wordOf(key);
    if (word !== undefined) found[word] = String(value);
  }
  return found;
}

function setBoth(metadata: Tree, word: string, value: string): void {
  const annotations = ensureTree(metadata, 'annotations');
  annotations[`${alpha}${word}`] = value;
  annotations[`${stable}${word}`] = value;
}

/** AKO reads the hostname itself, whatever the controller annotation says. */
function runsAko({ target }: Translation): boolean {
  return (
    target.kinds.some((kind) => kind.startsWith('ako.vmware.com/')) ||
    target.ingressClasses.some((one) => one.controller === 'ako.vmware.com/avi-lb')
  );
}

function park(metadata: Tree): void {
  const annotations = ensureTree(metadata, 'annotations');
  const hostname = text(annotations, `${alpha}hostname`);
  if (hostname === '') return;
  annotations[parkedHostname] = hostname;
  delete annotations[`${alpha}hostname`];
  delete annotations[`${stable}hostname`];
}

/** Host names an object publishes by its spec. */
function hostsOf(root: Tree): readonly string[] {
  const spec = tree(root, 'spec');
  const hosts = [
    ...trees(spec, 'rules').map((rule) => text(rule, 'host')),
    ...list(spec, 'hostnames').map(String),
    ...list(spec, 'hosts').map(String),
    ...trees(spec, 'listeners').map((listener) => text(listener, 'hostname')),
    ...trees(spec, 'servers').flatMap((server) => list(server, 'hosts').map(String)),
    text(tree(spec, 'virtualhost'), 'fqdn'),
  ];
  return hosts.filter((host) => host !== '' && host !== '*');
}

/** What releases a held object at the cutover: external-dns publishes it from then on. Empty when it is not held. */
export function releaseDns(view: DocumentView): readonly PatchOperation[] {
  const annotations = view.read('/metadata/annotations');
  const before = { ...(annotations as Tree | undefined) };
  if (before[`${stable}${controller}`] !== heldBy) return [];
  const after = { ...before };
  delete after[`${alpha}${controller}`];
  delete after[`${stable}${controller}`];
  const parked = text(after, parkedHostname);
  if (parked !== '') {
    delete after[parkedHostname];
    after[`${alpha}hostname`] = parked;
    after[`${stable}hostname`] = parked;
  }
  return diffOperations(before, after, '/metadata/annotations');
}

/** Annotations of external-dns that an object made of another takes over, the hold among them. */
export function dnsAnnotations(annotations: Tree | undefined): Readonly<Record<string, string>> {
  const kept = Object.entries(annotations ?? {}).filter(([key]) => wordOf(key) !== undefined || key === parkedHostname);
  return Object.fromEntries(kept.map(([key, value]) => [key, String(value)]));
}

/** Records written as objects cannot be held by an annotation. */
export const dnsEndpoints: PackRule = {
  id: 'dns-endpoints',
  from: everywhere,
  to: everywhere,
  kinds: ['externaldns.k8s.io/DNSEndpoint'],
  matches: 'DNSEndpoint, while translation.dns is hold',
  does: 'Excludes DNSEndpoint objects: nothing can keep them from being published on the target.',
  loses: ['the records, until somebody creates them at the cutover'],
  sources: ['https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/crd/'],
  translate(draft, _object, { tables }) {
    if (tables.dns !== 'hold') return;
    draft.manual('', 'both clusters must not write the same records', 'create it on the target at the cutover');
    draft.exclude('DNS records stay with the source until the cutover');
  },
};
