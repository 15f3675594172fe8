import { ensureTree, list, text, trees, type Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import { annotate } from './annotate.ts';
import type { IngressController } from './classes.ts';
import type { HostGroup } from './groups.ts';
import type { IngressModel } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Hosts of the rules, as they stand in the draft. */
function hostsOf(draft: Draft): readonly string[] {
  return [...new Set(trees(draft.root['spec'], 'rules').map((rule) => text(rule, 'host')))].filter(
    (host) => host !== ''
  );
}

export interface CertificateWriting {
  readonly from: IngressController;
  readonly to: IngressController;
  readonly translation: Translation;
  /** Ingresses that share hosts with it, whose Secrets serve its hosts too. */
  readonly group: HostGroup | undefined;
}

/** ALBs take certificates of ACM, all others Secrets of `spec.tls`. */
export function writeCertificates(
  draft: Draft,
  model: IngressModel,
  { from, to, translation, group }: CertificateWriting
): void {
  if (model.passthrough === true) return;
  if (to === 'alb') writeArns(draft, { model, group }, translation);
  else writeSecrets(draft, { model, from }, translation);
}

interface Row {
  readonly key: string;
  readonly word: string;
}

function rowsOf(names: readonly string[], { tables }: Translation): readonly Row[] {
  return names.flatMap((key) => {
    const word = Object.hasOwn(tables.certificates, key) ? (tables.certificates[key] ?? '') : '';
    return word === '' ? [] : [{ key, word }];
  });
}

/**
 * With certificate-arn an ALB looks for none by host (cert_discovery.md), so either all are given or none: what a table
 * knows only a part of is reported.
 */
function writeArns(
  draft: Draft,
  { model, group }: { readonly model: IngressModel; readonly group: HostGroup | undefined },
  translation: Translation
): void {
  const namespace = text(draft.root['metadata'], 'namespace');
  const entries = trees(draft.root['spec'], 'tls');
  const secrets = entries.map((one) => text(one, 'secretName')).filter((name) => name !== '');
  const hosts = hostsOf(draft);
  const others = (group?.members ?? []).flatMap((one) =>
    one.tls
      .filter((entry) => entry.hosts.some((host) => hosts.includes(host)))
      .map(({ secretName }) => `${one.namespace}/${secretName}`)
  );
  const names = [...secrets.map((name) => `${namespace}/${name}`), ...model.certificates, ...hosts, ...others];
  const rows = rowsOf(names, translation);
  if (rows.length > 0)
    annotate(draft, 'translation.certificates', {
      'alb.ingress.kubernetes.io/certificate-arn': [...new Set(rows.map(({ word }) => word))].join(','),
    });
  const keys = new Set(rows.map(({ key }) => key));
  const isKnown = (entry: Tree): boolean =>
    keys.has(`${namespace}/${text(entry, 'secretName')}`) ||
    (list(entry, 'hosts').length > 0 && list(entry, 'hosts').every((host) => keys.has(String(host))));
  const missing = entries.filter((entry) => !isKnown(entry));
  if (rows.length > 0 && missing.length === 0) return;
  if (rows.length === 0 && secrets.length === 0 && model.terminatesTls !== true && model.sslRedirect !== true) return;
  const named = rows.length === 0 ? hosts : missing.flatMap((entry) => list(entry, 'hosts').map(String));
  draft.unmapped(
    '/spec/tls',
    rows.length === 0
      ? 'an ALB does not read TLS Secrets; it looks up ACM certificates by host name'
      : 'an ALB with explicit certificates does not look up others by host name, and these hosts have none',
    {
      remedy: `issue one in ACM for ${named.join(', ') || 'its hosts'}, or write namespace/secret: arn:aws:acm:… to translation.certificates`,
    }
  );
}

function writeSecrets(
  draft: Draft,
  { model, from }: { readonly model: IngressModel; readonly from: IngressController },
  translation: Translation
): void {
  const spec = ensureTree(draft.root, 'spec');
  const covered = trees(spec, 'tls').filter((one) => text(one, 'secretName') !== '');
  const nameless = trees(spec, 'tls').filter((one) => text(one, 'secretName') === '');
  const isCovered = (host: string): boolean =>
    covered.some(
      (one) => list(one, 'hosts').length === 0 || list(one, 'hosts').some((has) => covers(String(has), host))
    );
  const needsAll = model.certificates.length > 0 || model.certificateByHost === true;
  const asked = [...(needsAll ? hostsOf(draft) : []), ...nameless.flatMap((one) => list(one, 'hosts').map(String))];
  const hosts = [...new Set(asked)].filter((host) => !isCovered(host));
  if (hosts.length === 0 && (!needsAll || covered.length > 0 || asked.length > 0)) return;
  const shared = rowsOf([model.certificates.join(','), ...model.certificates], translation)[0];
  const bySecret = new Map<string, string[]>();
  const missing: string[] = [];
  for (const host of hosts.length === 0 ? [''] : hosts) {
    const word = (rowsOf([host, host.replace(/^[^.]+/, '*')], translation)[0] ?? shared)?.word;
    if (word === undefined) missing.push(host);
    else bySecret.set(word, [...(bySecret.get(word) ?? []), host]);
  }
  addEntries(draft, spec, { bySecret, nameless });
  if (missing.length > 0) reportMissing(draft, model, { from, missing });
}

function addEntries(
  draft: Draft,
  spec: Tree,
  {
    bySecret,
    nameless,
  }: { readonly bySecret: ReadonlyMap<string, readonly string[]>; readonly nameless: readonly Tree[] }
): void {
  if (bySecret.size === 0) return;
  const namespace = text(draft.root['metadata'], 'namespace');
  for (const [word, hosts] of bySecret) {
    const slash = word.indexOf('/');
    const secretName = word.slice(slash + 1);
    if (slash > 0 && word.slice(0, slash) !== namespace)
      draft.unmapped('/spec/tls', `the Secret ${word} is in another namespace, which an Ingress cannot refer to`, {
        remedy: `copy it to ${namespace}, and write ${namespace}/${secretName} to translation.certificates`,
      });
    draft.step('translation.certificates', () => {
      const named = hosts.filter((host) => host !== '');
      const remaining = list(spec, 'tls').filter(
        (one) => !nameless.includes(one as Tree) || !list(one, 'hosts').every((host) => named.includes(String(host)))
      );
      spec['tls'] = [...remaining, { ...(named.length > 0 ? { hosts: named } : {}), secretName }];
    });
  }
}

function reportMissing(
  draft: Draft,
  model: IngressModel,
  { from, missing }: { readonly from: IngressController; readonly missing: readonly string[] }
): void {
  const named = missing.filter((host) => host !== '');
  if (model.certificates.length > 0) {
    draft.unmapped('/spec/tls', 'its certificate is stored in the source’s cloud', {
      remedy: `issue one as a Secret (cert-manager), and write ${named[0] ?? model.certificates[0] ?? ''}: namespace/secret to translation.certificates`,
    });
    return;
  }
  for (const host of missing)
    draft.unmapped(
      '/spec/tls',
      from === 'alb'
        ? `the certificate of ${host || 'its listener'} is looked up by host name in ACM, and is not a Secret`
        : `no Secret is set for ${host || 'its hosts'}: the controller served its default certificate`,
      {
        remedy: `issue one as a Secret (cert-manager), and write ${host || 'the host'}: namespace/secret to translation.certificates`,
      }
    );
}

function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.replace(/^[^.]+/, '*') === pattern);
}
