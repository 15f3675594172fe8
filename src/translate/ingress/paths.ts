import type { IngressController } from './classes.ts';

/**
 * What a path of an Ingress means, in nobody's words. The same field means different things to each controller where the
 * type is ImplementationSpecific:
 *
 *     Contour   a prefix of characters; an expression over the whole path where ^+*[]% is in it
 *     NGINX     a prefix of characters; an expression where use-regex or rewrite-target is set for the host
 *     ALB       a pattern over the whole path: * and ? are wildcards, without them it is exact
 *     AGIC      exact, or a prefix of characters where it ends with *
 */
export type PathMeaning =
  | { readonly kind: 'exact' | 'prefix' | 'string-prefix'; readonly path: string }
  /** Over the whole path: `*` any characters, `?` any one. */
  | { readonly kind: 'glob'; readonly pattern: string }
  /** Over the whole path, in the language of RE2. */
  | { readonly kind: 'expression'; readonly expression: string; readonly ignoresCase: boolean };

export interface WrittenPath {
  readonly path: string;
  readonly type: 'Exact' | 'Prefix' | 'ImplementationSpecific';
}

/** A controller of the platforms, or one of the user's, of which only Exact and Prefix are known. */
export type PathReader = IngressController | 'other';

const plain = /^[^*?+^$[\]()|{}\\%]*$/;

/** What the source's controller takes a path for; `asExpression`: its host is set to expressions. */
export function readPath(written: WrittenPath, controller: PathReader, asExpression: boolean): PathMeaning {
  const { path, type } = written;
  if (controller === 'nginx' && asExpression) return fromNginxExpression(written);
  if (controller === 'agic') return fromAgic(written);
  if (type === 'Exact') return { kind: 'exact', path };
  if (type === 'Prefix') return { kind: 'prefix', path: controller === 'alb' && path === '/*' ? '/' : path };
  if (path === '') return { kind: 'prefix', path: '/' };
  if (controller === 'alb') return asExpression ? fromAlbExpression(path.slice(1)) : fromAlb(path);
  if (controller === 'contour' && /[\^+*[\]%]/.test(path)) return wholeExpression(path, false);
  if (controller === 'agc' || controller === 'other') return { kind: 'prefix', path };
  return path === '/' ? { kind: 'prefix', path } : { kind: 'string-prefix', path };
}

function fromAlb(path: string): PathMeaning {
  if (!/[*?]/.test(path)) return { kind: 'exact', path };
  const start = path.replace(/\*+$/, '');
  if (start === path || /[*?]/.test(start)) return { kind: 'glob', pattern: path };
  if (start === '/' || start === '') return { kind: 'prefix', path: '/' };
  return start.endsWith('/') ? { kind: 'prefix', path: start.slice(0, -1) } : { kind: 'string-prefix', path: start };
}

/** Not held to the start or the end of the path unless it says so. */
function fromAlbExpression(expression: string): PathMeaning {
  const start = expression.startsWith('^') ? expression.slice(1) : `/.*${expression}`;
  return wholeExpression(/(?:^|[^\\])\$$/.test(start) ? start.slice(0, -1) : `${start}.*`, false);
}

/** AGIC adds * to a Prefix and takes it off an Exact; `/` is every path whatever the type (requestroutingrules.go). */
function fromAgic({ path, type }: WrittenPath): PathMeaning {
  const start = path.replace(/\*$/, '');
  if (start === '' || start === '/') return { kind: 'prefix', path: '/' };
  if (type === 'Exact') return { kind: 'exact', path: start };
  if (start !== path && start.endsWith('/')) return { kind: 'prefix', path: start.slice(0, -1) };
  if (type === 'Prefix') return { kind: 'prefix', path: start };
  return start === path ? { kind: 'exact', path } : { kind: 'string-prefix', path: start };
}

/**
 * `location ~* "^<path>"`: held to the start only, and without regard to case. An Exact path stays exact, which is less
 * than NGINX answers for it there.
 */
function fromNginxExpression({ path, type }: WrittenPath): PathMeaning {
  const written = path.replace(/^\^/, '');
  const directory = /^(\/[\w/.~-]*?)\/?\(\/\|\$\)(?:\(\.\*\)|\.\*)\$?$/.exec(written)?.[1];
  if (directory !== undefined) return { kind: 'prefix', path: directory === '' ? '/' : directory };
  const start = /^(\/[\w/.~-]*?)(?:\/\?)?(?:\(\.\*\)|\.\*)\$?$/.exec(written)?.[1];
  if (start === '/') return { kind: 'prefix', path: '/' };
  if (start?.endsWith('/') === true) return { kind: 'prefix', path: start.slice(0, -1) };
  if (start !== undefined) return { kind: 'string-prefix', path: start };
  const whole = /^(\/[\w/.~-]*)\$$/.exec(written)?.[1];
  if (whole !== undefined) return { kind: 'exact', path: whole };
  if (plain.test(written)) {
    if (type === 'Exact') return { kind: 'exact', path };
    return type === 'Prefix' || path === '/' || path === ''
      ? { kind: 'prefix', path: path === '' ? '/' : path }
      : { kind: 'string-prefix', path };
  }
  if (/(?:^|[^\\])\$$/.test(written)) return wholeExpression(written.slice(0, -1), true);
  return wholeExpression(written.endsWith('.*') ? written : `${written}.*`, true);
}

function wholeExpression(expression: string, ignoresCase: boolean): PathMeaning {
  const start = /^(\/[\w/~-]*)\.\*$/.exec(expression)?.[1];
  if (start === undefined || ignoresCase) return { kind: 'expression', expression, ignoresCase };
  if (start === '/') return { kind: 'prefix', path: '/' };
  return start.endsWith('/') ? { kind: 'prefix', path: start.slice(0, -1) } : { kind: 'string-prefix', path: start };
}
