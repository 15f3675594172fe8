import type { PathMeaning, PathReader, WrittenPath } from './paths.ts';

/** A path in the words of the target, or why it has none. */
export type PathWord =
  | { readonly written: WrittenPath; /** What is not quite the same. */ readonly note?: string }
  | { readonly cannot: string };

const word = (type: WrittenPath['type'], path: string): PathWord => ({ written: { type, path } });

/** Says what a path means to the controller of the target. */
export function writePath(meaning: PathMeaning, controller: PathReader): PathWord {
  switch (controller) {
    case 'contour':
      return forContour(meaning);
    case 'nginx':
      return forNginx(meaning);
    case 'alb':
      return forAlb(meaning);
    case 'agic':
      return forAgic(meaning);
    default:
      return forOthers(meaning);
  }
}

/** Characters by which Contour takes ImplementationSpecific for an expression (internal/dag/ingress_processor.go). */
const readsAsExpression = /[\^+*[\]%]/;

function forContour(meaning: PathMeaning): PathWord {
  switch (meaning.kind) {
    case 'exact':
      return word('Exact', meaning.path);
    case 'prefix':
      return word('Prefix', meaning.path);
    case 'string-prefix':
      return word(readsAsExpression.test(meaning.path) ? 'Prefix' : 'ImplementationSpecific', meaning.path);
    case 'glob':
      return expressionForContour(expressionOf(meaning.pattern));
    case 'expression':
      if (/\(\?[=!<>]|\\[1-9]|[+*?}]\+/.test(meaning.expression))
        return { cannot: 'Contour supports neither look-around nor backreferences in regular expressions' };
      return expressionForContour(
        meaning.ignoresCase ? `/(?i)${meaning.expression.replace(/^\//, '')}` : meaning.expression
      );
  }
}

function expressionForContour(expression: string): PathWord {
  const path = readsAsExpression.test(expression) ? expression : `${expression}[/]{0}`;
  return {
    written: { type: 'ImplementationSpecific', path },
    note: `Contour interprets it as the regular expression ${path}`,
  };
}

/** `?` is any character but a question mark, which no path has: with `.` alone Contour would not see an expression. */
function expressionOf(pattern: string): string {
  return pattern
    .replaceAll(/[.+^$()|[\]{}\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '[^?]');
}

/** What strict-validate-path-type lets pass for Exact and Prefix. */
const strictPath = /^\/[\w./-]*$/;

function forNginx(meaning: PathMeaning): PathWord {
  switch (meaning.kind) {
    case 'exact':
      return strictPath.test(meaning.path)
        ? word('Exact', meaning.path)
        : { cannot: 'NGINX rejects such characters in an exact path' };
    case 'prefix':
      return strictPath.test(meaning.path)
        ? word('Prefix', meaning.path)
        : {
            written: { type: 'ImplementationSpecific', path: meaning.path },
            note: 'NGINX rejects such characters in a Prefix; as ImplementationSpecific it is a plain string prefix',
          };
    case 'string-prefix':
      return word('ImplementationSpecific', meaning.path);
    case 'glob':
    case 'expression':
      return { cannot: 'NGINX supports regular expressions only with use-regex, which changes every path of the host' };
  }
}

/** Characters an ALB takes in a pattern (listener rules of Elastic Load Balancing); a pattern has at most 128. */
const albPath = /^[A-Za-z0-9_\-.$/~"'@:+&]{1,128}$/;
const albPattern = /^[A-Za-z0-9_\-.$/~"'@:+&*?]{1,128}$/;

function forAlb(meaning: PathMeaning): PathWord {
  switch (meaning.kind) {
    case 'exact':
    case 'prefix':
    case 'string-prefix':
      if (/[*?]/.test(meaning.path))
        return { cannot: 'the AWS controller rejects * and ? there, and with them every rule of the load balancer' };
      if (!albPath.test(meaning.path)) return { cannot: 'an ALB does not allow such characters in a path' };
      return word(meaning.kind === 'exact' ? 'Exact' : 'Prefix', meaning.path);
    case 'glob':
      return word('ImplementationSpecific', meaning.pattern);
    case 'expression': {
      const pattern = meaning.ignoresCase ? undefined : patternOf(meaning.expression);
      return pattern === undefined
        ? { cannot: 'an ALB supports wildcards but not regular expressions, unless use-regex-path-match is set' }
        : word('ImplementationSpecific', pattern);
    }
  }
}

/** The wildcards that mean the same as an expression; undefined when there are none. */
function patternOf(expression: string): string | undefined {
  const pattern = expression
    .replaceAll(/\\([.\-/_~])/g, '\u0000$1')
    .replaceAll(/(?<!\u0000)\.\*/g, '*')
    .replaceAll(/(?<!\u0000)\.(?![*+?{])/g, '?')
    .replaceAll('\u0000', '');
  if (!albPattern.test(pattern)) return undefined;
  const letters = expression.replaceAll(/\\[.\-/_~]|\.\*|\./g, '');
  return /[*?+$]/.test(letters) ? undefined : pattern;
}

function forAgic(meaning: PathMeaning): PathWord {
  switch (meaning.kind) {
    case 'exact':
      if (meaning.path === '/')
        return { cannot: 'an Application Gateway treats / as every path, and has no exact match for it' };
      return word('Exact', meaning.path);
    case 'prefix':
      return word('Prefix', meaning.path);
    case 'string-prefix':
      return word('ImplementationSpecific', `${meaning.path}*`);
    case 'glob':
    case 'expression':
      return { cannot: 'an Application Gateway supports * only at the end of a path' };
  }
}

/** Avi, Application Gateway for Containers and controllers of the user: only Exact and Prefix are certain. */
function forOthers(meaning: PathMeaning): PathWord {
  if (meaning.kind === 'exact') return word('Exact', meaning.path);
  if (meaning.kind === 'prefix' || meaning.kind === 'string-prefix') return word('Prefix', meaning.path);
  return { cannot: 'the controller of the target cannot express it' };
}
