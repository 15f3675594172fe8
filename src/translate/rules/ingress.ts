import { text, tree, trees, type Draft } from '../draft.ts';
import { isCanary, excludeCanary, weightedPaths, writeWeights } from '../ingress/canary.ts';
import {
  chooseIngressClass,
  controllerOf,
  languageOf,
  type ChosenIngressClass,
  type IngressController,
} from '../ingress/classes.ts';
import { annotate } from '../ingress/annotate.ts';
import { sharedWords } from '../ingress/alb-group.ts';
import { readBackends } from '../ingress/backends.ts';
import { narrowSources } from '../ingress/class-ranges.ts';
import { checkExposure, classByExposure, readClassExposure, whoseExposure } from '../ingress/exposure.ts';
import { classAnnotations, ingressFact } from '../ingress/facts.ts';
import { reportUnsupported } from '../ingress/loss-words.ts';
import type { IngressModel } from '../ingress/model.ts';
import { readIngress } from '../ingress/read-ingress.ts';
import { isTrue } from '../ingress/readers.ts';
import { reportUnmapped } from '../ingress/report-unmapped.ts';
import { addAliases, translatePaths } from '../ingress/translate-paths.ts';
import { reportStray, writeIngress } from '../ingress/write.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackObject, type PackRule } from '../pack.ts';
import type { ClusterProfile, Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

/** Ingresses keep hosts, paths and backends; class and annotations become those of the target's controller. */
export const ingress: PackRule = {
  id: 'ingress',
  from: everywhere,
  to: everywhere,
  kinds: ['networking.k8s.io/Ingress'],
  matches:
    'Ingresses of the platform’s controllers: Contour, Avi, ALB, NGINX of AKS, Application Gateway; other classes belong to the user and are kept',
  does: 'Maps the class, and expresses paths, redirects, timeouts, protocol, affinity, source ranges, certificates and exposure for the target’s controller; Ingresses that share a host share an ALB.',
  loses: [
    'access restrictions that the target cannot express: authentication, client certificates, address lists, an internal load balancer; these stop the run',
    'WAF, snippets, rate limits, CORS, retries, TLS policies, rewrite rules',
    'actions and conditions of the ALB that lead to no Service; their paths are excluded by name, and of weighted Services the heaviest is kept',
    'canaries of NGINX; on an ALB their weights are kept',
    'paths that only one controller can match: expressions, wildcards',
    'TLS Secrets on an ALB, certificates of ACM and Key Vault elsewhere, without an entry in translation.certificates',
  ],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/',
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/cert_discovery/',
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/',
    'https://azure.github.io/application-gateway-kubernetes-ingress/annotations/',
    'https://learn.microsoft.com/azure/aks/app-routing-nginx-configuration',
    'https://projectcontour.io/docs/main/config/annotations/',
  ],
  translate(draft, object, translation) {
    const spec = tree(draft.root, 'spec');
    const metadata = tree(draft.root, 'metadata');
    if (spec === undefined || metadata === undefined) return;
    const own = ownFact(draft, object);
    const name = className(draft, own, translation);
    if (name === '') return;
    const chosen = chooseIngressClass(name, translation);
    if (chosen.kind === 'users') return reportUsersClass(draft, { name, chosen }, translation);
    const { source, target } = translation;
    const before =
      controllerOf(name, translation.from, source.ingressClasses) ?? languageOf(name, source.ingressClasses);
    const written = { ...tree(metadata, 'annotations'), ...source.routing?.classAnnotations[name] };
    const annotations = before === 'alb' ? { ...sharedWords(own, written, source), ...written } : written;
    const first = controllerAfter(chosen.name, translation);
    if (before === 'nginx' && first !== 'nginx' && isCanary(annotations))
      return excludeCanary(draft, annotations, first === 'alb' && hasMain(own, source.routing?.ingresses ?? []));
    const model = before === undefined ? undefined : readIngress(annotations, before, trees(spec, 'tls').length > 0);
    if (model !== undefined && before !== undefined)
      readClassExposure(draft, model, { name, controller: before, source });
    if (model !== undefined && before === 'nginx') narrowSources(draft, model, source.routing?.classRanges?.[name]);
    const better = model === undefined ? chosen : classByExposure(chosen, model, translation);
    writeClass(draft, { name, chosen: better }, translation);
    const after = controllerAfter(better.name, translation);
    if (before === undefined || model === undefined) return reportUnknown(draft, { name, chosen: better.name }, source);
    if (before === after) return checkSame(draft, model, { before, className: better.name, target, translation });
    translateBetween(draft, model, { own, before, after, annotations, className: better.name, translation });
  },
};

/** The controller of the platform behind a class of the target, or one that somebody brought there. */
function controllerAfter(name: string, { to, target }: Translation): IngressController | undefined {
  return controllerOf(name, to, target.ingressClasses) ?? languageOf(name, target.ingressClasses);
}

/** Annotations of a controller nobody knows stay, and mean nothing to another one. */
function reportUnknown(
  draft: Draft,
  { name, chosen }: { readonly name: string; readonly chosen: string },
  { ingressClasses }: ClusterProfile
): void {
  if (name === chosen) return;
  const controller = ingressClasses.find((one) => one.name === name)?.controller ?? 'not known';
  draft.unmapped(
    '/metadata/annotations',
    `the controller of class ${name} (${controller}) has annotations that Landfall cannot interpret; they are left unchanged`,
    { remedy: 'express them for the controller of the target with a transform: authentication and address lists first' }
  );
}

interface Same {
  readonly before: IngressController;
  readonly className: string;
  readonly target: ClusterProfile;
  readonly translation: Translation;
}

/** The same controller on both sides reads the same words; its load balancer may still be another one. */
function checkSame(draft: Draft, model: IngressModel, { before, className: name, target, translation }: Same): void {
  if (before !== 'nginx') return;
  keepClassWords(draft, model);
  checkExposure(draft, model, { className: name, actual: target.routing?.exposures[name] ?? 'public', translation });
}

/** What the class of the source said for its Ingresses, where the Ingress itself does not: the same words, one by one. */
function keepClassWords(draft: Draft, model: IngressModel): void {
  const prefix = 'nginx.ingress.kubernetes.io/';
  const annotations = tree(draft.root, 'metadata', 'annotations');
  const ranges = model.sourceRanges.join(',');
  const isSaid = ['whitelist-source-range', 'allowlist-source-range'].some(
    (name) => text(annotations, prefix + name).replaceAll(' ', '') === ranges
  );
  if (ranges !== '' && !isSaid)
    annotate(draft, 'who may connect, which the load balancer of its class said', {
      [`${prefix}whitelist-source-range`]: ranges,
    });
  const redirects = model.sslRedirect === true && trees(draft.root['spec'], 'tls').length === 0;
  if (redirects && text(annotations, `${prefix}force-ssl-redirect`) === '')
    annotate(draft, 'the redirect to HTTPS, which its class said', { [`${prefix}force-ssl-redirect`]: 'true' });
}

/** The Ingress as it is on the source: earlier rules have mapped its namespace. */
function ownFact(draft: Draft, { head }: PackObject): IngressFact {
  const { namespace, name } = head.ref;
  return { ...ingressFact(draft.root), namespace, name };
}

/** Without a word it is the default class; Contour also takes what names none at all. */
function className(draft: Draft, own: IngressFact, { from, source, target }: Translation): string {
  const named = own.className || (source.ingressClasses.find((one) => one.isDefault)?.name ?? '');
  if (named !== '') return named;
  const contour = source.ingressClasses.find(({ controller }) => controller.startsWith('projectcontour.io/'));
  if (from === 'vks' && contour !== undefined) return contour.name;
  const fallback = target.ingressClasses.find((one) => one.isDefault)?.name;
  if (fallback !== undefined)
    draft.unmapped(
      '/spec/ingressClassName',
      `it names no class and the source has no default class, so nothing served it; on the target the default class ${fallback} does`,
      { remedy: 'exclude it, or set the class that should serve it with a transform' }
    );
  return '';
}

function reportUsersClass(
  draft: Draft,
  { name, chosen: { isThere } }: { readonly name: string; readonly chosen: ChosenIngressClass },
  { target }: Translation
): void {
  if (isThere || target.ingressClasses.length === 0) return;
  draft.unmapped('/spec/ingressClassName', `the target has no ingress class ${name}`, {
    remedy: `install its controller on the target, or write ${name}: … to translation.ingress.classes`,
  });
}

function writeClass(
  draft: Draft,
  { name, chosen }: { readonly name: string; readonly chosen: ChosenIngressClass & { readonly kind: 'mapped' } },
  { to }: Translation
): void {
  draft.step(chosen.reason, (root) => {
    // The annotation and the field together are refused at create.
    prune(tree(root, 'metadata'), 'annotations', (key) => classAnnotations.includes(key));
    const spec = tree(root, 'spec');
    if (spec !== undefined) spec['ingressClassName'] = chosen.name;
  });
  if (chosen.isThere) return;
  draft.unmapped('/spec/ingressClassName', `the target has no ingress class ${chosen.name} yet`, {
    remedy: `enable the ingress controller of ${to.toUpperCase()}, or write ${name}: … to translation.ingress.classes`,
  });
}

interface Between {
  readonly own: IngressFact;
  readonly before: IngressController;
  /** Undefined: a class of the user's on the target. */
  readonly after: IngressController | undefined;
  /** With what the class says. */
  readonly annotations: Tree;
  readonly className: string;
  readonly translation: Translation;
}

function translateBetween(draft: Draft, model: IngressModel, between: Between): void {
  const { own, before, after, annotations, translation } = between;
  const spec = tree(draft.root, 'spec') ?? {};
  const hadPaths = trees(spec, 'rules').length > 0 || spec['defaultBackend'] !== undefined;
  draft.step(`the ingress controller of ${translation.from.toUpperCase()} read it`, (root) =>
    prune(tree(root, 'metadata'), 'annotations', (key) => model.read.has(key))
  );
  if (after === 'contour') reportStray(draft, before);
  addAliases(draft, spec, model);
  const weighted =
    after === 'alb' && before === 'nginx' ? weightedPaths(spec, own, translation.source.routing?.ingresses ?? []) : [];
  translatePaths(draft, spec, {
    from: before,
    to: after ?? 'other',
    model,
    annotations,
    asExpressions: (host) => readsExpressions(host, { own, before, annotations, translation }),
  });
  writeWeights(draft, weighted);
  reportUnmapped(draft, model);
  if (hadPaths && trees(spec, 'rules').length === 0 && spec['defaultBackend'] === undefined) {
    draft.exclude('none of its paths can be served on the target, and an Ingress without rules is rejected');
    return;
  }
  if (model.group !== undefined)
    draft.manual(
      '/metadata/annotations',
      `Ingresses of the group ${model.group} shared one ALB; other controllers share one load balancer anyway`,
      'nothing, unless they need separate ones'
    );
  readBackends(draft, model, between);
  if (after === undefined) reportUntold(draft, model, between);
  else writeIngress(draft, model, { from: before, to: after, className: between.className, translation, own });
}

/** A controller nobody knows gets nothing but hosts and paths. */
function reportUntold(draft: Draft, model: IngressModel, { className: name, translation }: Between): void {
  draft.unmapped(
    '/spec/ingressClassName',
    `class ${name} is not one of ${translation.to.toUpperCase()}’s own, so only hosts and paths are kept`,
    { remedy: 'configure redirects, timeouts and TLS in its own annotations with a transform' }
  );
  reportUnsupported(draft, model, ['sourceRanges']);
  const remedy = 'configure it in the annotations of its controller with a transform';
  if (model.httpsOnly === true) draft.opens('/spec/tls', 'HTTPS only: the class may serve plain HTTP', remedy);
  if (model.exposure === 'internal')
    draft.unmapped('/spec/ingressClassName', `${whoseExposure(model)}; the exposure of class ${name} is unknown`, {
      remedy,
    });
}

/** One Ingress with use-regex or rewrite-target makes NGINX read all paths of its hosts as expressions (use-regex). */
function readsExpressions(
  host: string,
  { own, before, annotations, translation }: Pick<Between, 'own' | 'before' | 'annotations' | 'translation'>
): boolean {
  if (before === 'alb') return isTrue(text(annotations, 'alb.ingress.kubernetes.io/use-regex-path-match'));
  if (before !== 'nginx') return false;
  const asks = (words: Readonly<Record<string, unknown>>): boolean =>
    isTrue(text(words, 'nginx.ingress.kubernetes.io/use-regex')) ||
    text(words, 'nginx.ingress.kubernetes.io/rewrite-target') !== '';
  if (asks(annotations)) return true;
  return (translation.source.routing?.ingresses ?? []).some(
    (one) =>
      one.className === own.className &&
      asks(one.annotations) &&
      one.routes.some((route) => route.host === host.toLowerCase())
  );
}

/** Whether there is the Ingress a canary stands beside. */
function hasMain(own: IngressFact, ingresses: readonly IngressFact[]): boolean {
  return ingresses.some(
    (one) =>
      one.className === own.className &&
      one.namespace === own.namespace &&
      !isCanary(one.annotations) &&
      one.routes.some((route) =>
        own.routes.some((mine) => mine.host === route.host && (mine.path || '/') === (route.path || '/'))
      )
  );
}
