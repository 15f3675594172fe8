import { ensureTree, list, text, tree, trees, type Draft, type Tree } from '../draft.ts';
import { chooseIngressClass, controllerOf, type IngressController } from '../ingress/classes.ts';
import { readIngress, type IngressModel } from '../ingress/model.ts';
import { isActionBackend, writeIngress } from '../ingress/write.ts';
import { prune } from '../labels.ts';
import { everywhere, type PackRule } from '../pack.ts';

const classAnnotation = 'kubernetes.io/ingress.class';

/** Ingresses keep hosts, paths and backends; class and annotations become those of the target's controller. */
export const ingress: PackRule = {
  id: 'ingress',
  from: everywhere,
  to: everywhere,
  kinds: ['networking.k8s.io/Ingress'],
  matches:
    'Ingresses of the platform’s controllers: Contour, Avi, ALB, NGINX of AKS, Application Gateway; other classes are the user’s and stay',
  does: 'Maps the class, and says redirect, timeout, protocol, affinity, sources and certificate in the target’s words.',
  loses: [
    'WAF, login at the load balancer, snippets, rate limits, CORS, retries, TLS policies, rewrite rules',
    'actions and conditions of the ALB; paths that lead to one are removed',
    'TLS Secrets on an ALB, certificates of ACM and Key Vault elsewhere, without a row in translation.certificates',
  ],
  sources: [
    'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/',
    'https://azure.github.io/application-gateway-kubernetes-ingress/annotations/',
    'https://learn.microsoft.com/azure/aks/app-routing',
    'https://projectcontour.io/docs/main/config/annotations/',
  ],
  translate(draft, _object, translation) {
    const { from, to, source, target } = translation;
    const spec = tree(draft.root, 'spec');
    const metadata = tree(draft.root, 'metadata');
    if (spec === undefined || metadata === undefined) return;
    const annotated = text(tree(metadata, 'annotations'), classAnnotation);
    const name =
      text(spec, 'ingressClassName') || annotated || (source.ingressClasses.find((one) => one.isDefault)?.name ?? '');
    if (name === '') return;
    const chosen = chooseIngressClass(name, translation);
    if (chosen.kind === 'users') {
      if (!chosen.isThere && target.ingressClasses.length > 0) {
        draft.unmapped(
          '/spec/ingressClassName',
          `the target has no ingress class ${name}`,
          `install its controller on the target, or write ${name}: … to translation.ingress.classes`
        );
      }
      return;
    }
    draft.step(chosen.reason, () => {
      // The annotation and the field together are refused at create.
      prune(metadata, 'annotations', (key) => key === classAnnotation);
      spec['ingressClassName'] = chosen.name;
    });
    if (!chosen.isThere) {
      draft.unmapped(
        '/spec/ingressClassName',
        `the target has no ingress class ${chosen.name} yet`,
        `enable the ingress controller of ${to.toUpperCase()}, or write ${name}: … to translation.ingress.classes`
      );
    }
    const before = controllerOf(name, from, source.ingressClasses);
    const after = controllerOf(chosen.name, to, target.ingressClasses);
    if (before === undefined || before === after) return;
    const model = readIngress(tree(metadata, 'annotations'), before, trees(spec, 'tls').length > 0);
    draft.step(`the ingress controller of ${from.toUpperCase()} read it`, () =>
      prune(metadata, 'annotations', (key) => model.read.has(key))
    );
    translatePaths(draft, spec, model, before);
    for (const { key, what } of model.unmapped)
      draft.loss(
        `/metadata/annotations/${key.replaceAll('/', '~1')}`,
        `${what} (${key.slice(key.lastIndexOf('/') + 1)})`
      );
    if (trees(spec, 'rules').length === 0 && spec['defaultBackend'] === undefined) {
      draft.leaveOut('all its paths led to actions of the ALB, and an Ingress without rules is refused');
      return;
    }
    if (model.group !== undefined) {
      draft.manual(
        '/metadata/annotations',
        `Ingresses of the group ${model.group} shared one ALB; other controllers share one load balancer anyway`,
        'nothing, unless they must have separate ones'
      );
    }
    if (after === undefined)
      draft.unmapped(
        '/spec/ingressClassName',
        `class ${chosen.name} is none of ${to.toUpperCase()}’s own, so only hosts and paths are taken over`,
        'say redirects, timeouts and TLS in its own annotations by a transform'
      );
    else writeIngress(draft, model, after, translation);
  },
};

/** `/*` is a prefix for an ALB and an Application Gateway and a literal for everyone else; actions are no backends. */
function translatePaths(draft: Draft, spec: Tree, model: IngressModel, from: IngressController): void {
  if (from === 'nginx') translateExpressions(draft, spec);
  if (from !== 'alb' && from !== 'agic') return;
  const paths = trees(spec, 'rules').flatMap((rule) =>
    trees(tree(rule, 'http'), 'paths').map((path) => ({ rule, path }))
  );
  for (const { rule, path } of paths) {
    const written = text(path, 'path');
    const type = text(path, 'pathType');
    if (isActionBackend(path['backend'])) {
      const action = text(tree(path, 'backend', 'service'), 'name');
      if (/ssl-redirect/.test(action)) model.sslRedirect = true;
      else
        draft.loss(
          '/spec/rules',
          `path ${written || '/'} leads to the ALB action ${action}, which is no Service`,
          'make it a route of Gateway API (redirects and weights are in its words)'
        );
      draft.step('an action of the ALB is no backend', () => dropPath(spec, rule, path));
    } else if (written.endsWith('/*') && type !== 'Exact') {
      draft.step('only an ALB and an Application Gateway read /* as a prefix', () => {
        path['path'] = written.slice(0, -2) || '/';
        path['pathType'] = 'Prefix';
      });
    }
  }
}

/** NGINX reads paths as expressions where it is told to; `/app(/|$)(.*)` is its way to say a prefix. */
function translateExpressions(draft: Draft, spec: Tree): void {
  for (const path of trees(spec, 'rules').flatMap((rule) => trees(tree(rule, 'http'), 'paths'))) {
    const written = text(path, 'path');
    const prefix = /^(\/[\w/.-]*)\(\/\|\$\)\(\.\*\)$/.exec(written)?.[1];
    if (prefix !== undefined) {
      draft.step('the prefix that NGINX was told as an expression', () => {
        path['path'] = prefix;
        path['pathType'] = 'Prefix';
      });
    } else if (/[()[\]*+?|^$]/.test(written)) {
      draft.loss(
        '/spec/rules',
        `path ${written} is an expression of NGINX, which the target takes literally`,
        'write it as prefixes or exact paths'
      );
    }
  }
}

function dropPath(spec: Tree, rule: Tree, path: Tree): void {
  const http = ensureTree(rule, 'http');
  const kept = list(http, 'paths').filter((one) => one !== path);
  http['paths'] = kept;
  if (kept.length > 0) return;
  spec['rules'] = list(spec, 'rules').filter((one) => one !== rule);
}
