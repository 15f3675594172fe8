import { isTree, list, text, tree, trees, type Draft } from '../draft.ts';
import { sameValue } from '../../core/json/diff.ts';
import { readAlbBackend, readAlbConditions } from './alb-actions.ts';
import type { IngressModel } from './model.ts';
import { readPath, type PathReader, type WrittenPath } from './paths.ts';
import { writePath } from './write-path.ts';
import type { Tree } from '../../core/json/tree.ts';

export interface PathTranslation {
  readonly from: PathReader;
  readonly to: PathReader;
  readonly model: IngressModel;
  /** With what the class says. */
  readonly annotations: Tree | undefined;
  /** True where the source reads paths of a host as expressions. */
  asExpressions(host: string): boolean;
}

const controllerNames: Readonly<Record<PathReader, string>> = {
  contour: 'Contour',
  avi: 'Avi',
  alb: 'an ALB',
  nginx: 'NGINX',
  agic: 'an Application Gateway',
  agc: 'Application Gateway for Containers',
  other: 'another controller',
};

interface Dropped {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  /** Requests for it were turned away, or reached only some. */
  readonly refuses: boolean;
}

/** Makes the paths mean on the target what they mean on the source; what cannot be said there is excluded by name. */
export function translatePaths(draft: Draft, spec: Tree, translation: PathTranslation): void {
  const { from, to } = translation;
  const rules = trees(spec, 'rules');
  if (from === to && from !== 'nginx') return;
  if (rules.some((rule) => translation.asExpressions(text(rule, 'host'))) && from === 'nginx')
    draft.loss(
      '/spec/rules',
      'case-insensitive paths: use-regex or rewrite-target makes NGINX match all paths of a host this way',
      { remedy: 'check that requests use the same case as the paths' }
    );
  for (const rule of rules) translateRule(draft, rule, translation);
  translateDefault(draft, spec, translation);
  draft.step(`${controllerNames[to]} ignores a rule without paths`, () => {
    const kept = rules.filter((rule) => rule['http'] === undefined || trees(rule['http'], 'paths').length > 0);
    if (kept.length === rules.length) return;
    if (kept.length === 0) delete spec['rules'];
    else spec['rules'] = kept;
  });
}

function translateRule(draft: Draft, rule: Tree, translation: PathTranslation): void {
  const http = tree(rule, 'http');
  if (http === undefined) return;
  const { from, to } = translation;
  const kept: Tree[] = [];
  const dropped: Dropped[] = [];
  if (from === 'alb') reportShadowed(draft, rule, translation);
  for (const path of trees(http, 'paths')) {
    const gone = translateOne(draft, { rule, path }, translation);
    if (gone === undefined) kept.push(path);
    else if (gone !== 'silently') dropped.push(gone);
  }
  const unique = to === 'alb' ? reachable(withoutTwins(draft, kept), dropped) : withoutTwins(draft, kept);
  draft.step('paths that the controller of the target cannot serve, or duplicates', () => {
    if (unique.length !== list(http, 'paths').length) http['paths'] = unique;
  });
  for (const one of dropped) reportDropped(draft, one, unique);
}

/** Undefined: the path stays, as translated. */
function translateOne(
  draft: Draft,
  { rule, path }: { readonly rule: Tree; readonly path: Tree },
  translation: PathTranslation
): Dropped | 'silently' | undefined {
  const host = text(rule, 'host');
  const shown = `${host}${text(path, 'path') || '/'}`;
  if (translation.from === 'alb') {
    const gone = translateAction(draft, { rule, path, shown }, translation);
    if (gone !== undefined) return gone;
  }
  const before: WrittenPath = {
    path: text(path, 'path'),
    type: (text(path, 'pathType') || 'ImplementationSpecific') as WrittenPath['type'],
  };
  const meaning = readPath(before, translation.from, translation.asExpressions(host));
  const answer = writePath(meaning, translation.to);
  if ('cannot' in answer)
    return {
      path: before.path,
      message: `path ${shown} (${before.type}) is excluded: ${answer.cannot}`,
      remedy: 'write it as prefixes or exact paths, or as a Gateway API route',
      refuses: false,
    };
  const { written, note } = answer;
  const isNew = written.path !== before.path || written.type !== before.type;
  if (note !== undefined && isNew)
    draft.manual('/spec/rules', `path ${shown} (${before.type}): ${note}`, 'test requests for it before the cutover');
  else if (meaning.kind === 'prefix' && translation.from === 'alb' && before.path === `${meaning.path}/*`)
    draft.manual(
      '/spec/rules',
      `path ${shown} becomes the prefix ${meaning.path}, which also matches ${meaning.path} itself`,
      'nothing, unless that path must not be served'
    );
  draft.step(
    `${controllerNames[translation.from]} and ${controllerNames[translation.to]} interpret it differently`,
    () => {
      if (!isNew || (before.path === '' && written.path === '/' && before.type === written.type)) return;
      path['path'] = written.path;
      path['pathType'] = written.type;
    }
  );
  return undefined;
}

interface AlbPath {
  readonly rule: Tree;
  readonly path: Tree;
  readonly shown: string;
}

function translateAction(
  draft: Draft,
  { rule, path, shown }: AlbPath,
  { model, annotations, to }: PathTranslation
): Dropped | 'silently' | undefined {
  const where = { host: text(rule, 'host'), path: text(path, 'path') };
  const service = text(tree(path, 'backend', 'service'), 'name');
  const { narrowing, adding } = readAlbConditions(service, annotations, where);
  const read = readAlbBackend(path['backend'], annotations);
  const remedy = 'write it as a Gateway API route (which supports redirects, weights and headers)';
  if (narrowing.length > 0 || read.kind === 'none') {
    const what = read.kind === 'none' ? `it leads to ${read.what}` : `it depends on ${narrowing.join(', ')}`;
    const refuses = read.kind === 'none' && read.refuses;
    return { path: where.path, message: `path ${shown} is excluded: ${what}`, remedy, refuses };
  }
  if (adding.length > 0) draft.loss('/spec/rules', `path ${shown} also matched ${adding.join(' and ')}`, { remedy });
  if (read.kind === 'https-redirect') {
    model.sslRedirect = true;
    model.terminatesTls = true;
    if (model.certificates.length === 0) model.certificateByHost = true;
    return 'silently';
  }
  if (read.lost !== undefined) draft.loss('/spec/rules', `path ${shown}: ${read.lost}`, { remedy });
  draft.step(`${controllerNames[to]} cannot use an ALB action as a backend`, () => {
    path['backend'] = read.backend;
  });
  return undefined;
}

/** The backend of every request no rule takes. */
function translateDefault(draft: Draft, spec: Tree, { from, to, annotations }: PathTranslation): void {
  const fallback = spec['defaultBackend'];
  if (from !== 'alb' || fallback === undefined) return;
  const read = readAlbBackend(fallback, annotations);
  if (read.kind === 'service') {
    if (read.lost !== undefined) draft.loss('/spec/defaultBackend', `all other requests: ${read.lost}`);
    draft.step(`${controllerNames[to]} cannot use an ALB action as a backend`, () => {
      spec['defaultBackend'] = read.backend;
    });
    return;
  }
  if (read.kind === 'none')
    draft.loss('/spec/defaultBackend', `requests that match no path went to ${read.what}`, {
      remedy: 'nothing serves them now',
    });
  draft.step('an ALB action cannot be used as a backend', () => void delete spec['defaultBackend']);
}

/** Two that became the same: the first of an ALB wins there, and a second with the same backend says nothing. */
function withoutTwins(draft: Draft, paths: readonly Tree[]): readonly Tree[] {
  const unique: Tree[] = [];
  for (const path of paths) {
    const twin = unique.find(
      (one) => text(one, 'path') === text(path, 'path') && text(one, 'pathType') === text(path, 'pathType')
    );
    if (twin === undefined) unique.push(path);
    else if (!sameValue(twin['backend'], path['backend']))
      draft.loss(
        '/spec/rules',
        `path ${text(path, 'path') || '/'} now exists twice, with different Services; the first one is kept`,
        { remedy: 'decide which of the two should serve it' }
      );
  }
  return unique;
}

/** An ALB tries Exact, then Prefix by length, then all others as they stand (sortIngressPaths of the controller). */
function reportShadowed(draft: Draft, rule: Tree, { annotations }: PathTranslation): void {
  const host = text(rule, 'host');
  // A redirect to HTTPS acts on plain HTTP only, and a path with conditions answers a part of its requests.
  const paths = trees(tree(rule, 'http'), 'paths').filter((path) => {
    const service = text(tree(path, 'backend', 'service'), 'name');
    const { narrowing } = readAlbConditions(service, annotations, { host, path: text(path, 'path') });
    return narrowing.length === 0 && readAlbBackend(path['backend'], annotations).kind !== 'https-redirect';
  });
  const rank: Readonly<Record<string, number>> = { Exact: 0, Prefix: 1 };
  const typeOf = (path: Tree): string => text(path, 'pathType');
  const ordered = [...paths].sort((left, right) => {
    const byType = (rank[typeOf(left)] ?? 2) - (rank[typeOf(right)] ?? 2);
    return byType !== 0 || typeOf(left) !== 'Prefix' ? byType : text(right, 'path').length - text(left, 'path').length;
  });
  ordered.forEach((path, index) => {
    const wide = ordered.slice(0, index).find((before) => hides(before, path));
    if (wide === undefined || sameValue(wide['backend'], path['backend'])) return;
    draft.loss(
      '/spec/rules',
      `path ${text(path, 'path')} is never reached on the ALB, which tries ${text(wide, 'path')} (${typeOf(wide)}) before it; on the target it is`,
      { remedy: 'decide which of the two should serve it' }
    );
  });
}

/** True where everything the second path answers is answered by the first one. */
function hides(wide: Tree, narrow: Tree): boolean {
  const pattern = text(wide, 'path');
  if (text(wide, 'pathType') === 'Exact') return false;
  const isPrefix = text(wide, 'pathType') === 'Prefix';
  if (!isPrefix && !pattern.endsWith('*')) return false;
  const start = pattern.replace(isPrefix ? /\/$/ : /\*+$/, '');
  const inner = text(narrow, 'path');
  if (/[*?]/.test(start)) return false;
  return inner.startsWith(start) && (!isPrefix || inner === start || inner.startsWith(`${start}/`));
}

/** Patterns of an ALB come after prefixes, so one that a prefix covers would never be reached. */
function reachable(paths: readonly Tree[], dropped: Dropped[]): readonly Tree[] {
  return paths.filter((path) => {
    if (text(path, 'pathType') !== 'ImplementationSpecific') return true;
    const wide = paths.find((one) => text(one, 'pathType') === 'Prefix' && hides(one, path));
    if (wide === undefined) return true;
    dropped.push({
      path: text(path, 'path'),
      message: `the pattern ${text(path, 'path')} is excluded: an ALB evaluates prefixes first`,
      remedy: 'move it to a separate Ingress with a lower group.order',
      refuses: false,
    });
    return false;
  });
}

/** Requests for a path that is excluded reach a wider one, where there is one: that is said, and stops the run where they were refused. */
function reportDropped(draft: Draft, { path, message, remedy, refuses }: Dropped, kept: readonly Tree[]): void {
  const start = path.replace(/[*?([^+\\].*$/, '');
  const wider = kept
    .filter((one) => text(one, 'pathType') !== 'Exact')
    .map((one) => text(one, 'path') || '/')
    .filter((one) => start.startsWith(one.replace(/\/$/, '')))
    .sort((left, right) => right.length - left.length)[0];
  if (wider === undefined) return draft.loss('/spec/rules', message, { remedy });
  const whole = `${message}; requests for it then reach ${wider}`;
  if (refuses) draft.opens('/spec/rules', whole, remedy);
  else draft.loss('/spec/rules', whole, { remedy });
}

/** Adds rules for further hosts that the source answers as those of the Ingress. */
export function addAliases(draft: Draft, spec: Tree, { aliases }: IngressModel): void {
  const rules = trees(spec, 'rules');
  const hosts = new Set(rules.map((rule) => text(rule, 'host')));
  for (const alias of aliases) {
    if (hosts.has(alias)) continue;
    if (!/^(?:\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(alias)) {
      draft.loss('/spec/rules', `the alias ${alias} of its host, which is a regular expression`, {
        remedy: 'write its hosts as rules',
      });
      continue;
    }
    hosts.add(alias);
    draft.step('an alias of its host on the source becomes a separate host', () => {
      const copies = rules.filter((rule) => text(rule, 'host') !== '').slice(0, 1);
      spec['rules'] = [...list(spec, 'rules'), ...copies.map((rule) => ({ ...structuredCopy(rule), host: alias }))];
    });
  }
}

function structuredCopy(value: Tree): Tree {
  const copy = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(copy)
      : isTree(one)
        ? Object.fromEntries(Object.entries(one).map(([key, member]) => [key, copy(member)]))
        : one;
  return copy(value) as Tree;
}
