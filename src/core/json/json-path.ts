import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';
import { itemsOf, membersOf, nodeAtPointer, valueOf, type JsonNode } from './node.ts';
import { formatPointer } from './pointer.ts';
import { asText } from './value.ts';

type Selector =
  | { readonly type: 'member'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'all' }
  | { readonly type: 'descendants' }
  | {
      readonly type: 'filter';
      readonly path: readonly string[];
      readonly operator: '' | '==' | '!=';
      readonly value: string;
    };

/** A compiled path: the nodes it selects in a document. */
export type JsonPath = (root: JsonNode) => readonly JsonNode[];

/**
 * Compiles a subset of JSONPath (RFC 9535) whose cost is bounded: `$`, `.name`, `['name']`, `[0]`, `[*]`, `.*`, one `..`
 * at most, and filters on scalars of one member, `[?(@.name=='web')]`, `[?(@.name)]`. No scripts, no slices, no
 * functions, no nested filters. Every step looks at a node once, so the cost is steps times nodes; beyond
 * `limits.jsonPathNodes` nodes it throws CONFIG_INVALID. Throws CONFIG_INVALID for what is not in the subset.
 */
export function compileJsonPath(source: string): JsonPath {
  const selectors = parse(source);
  return (root) => {
    let visited = 0;
    let nodes: readonly JsonNode[] = [root];
    for (const selector of selectors) {
      nodes = nodes.flatMap((node) => select(node, selector));
      visited += nodes.length;
      if (visited > limits.jsonPathNodes) throw invalid(source, `it selects more than ${limits.jsonPathNodes} values`);
    }
    return nodes;
  };
}

function select(node: JsonNode, selector: Selector): readonly JsonNode[] {
  switch (selector.type) {
    case 'member':
      return node.kind === 'object'
        ? membersOf(node)
            .filter(({ key }) => key === selector.name)
            .map(({ value }) => value)
            .slice(-1)
        : [];
    case 'index':
      return itemsOf(node).slice(selector.index, selector.index + 1);
    case 'all':
      return childrenOf(node);
    case 'descendants':
      return descendantsOf(node);
    case 'filter':
      return childrenOf(node).filter((child) => holds(child, selector));
  }
}

function childrenOf(node: JsonNode): readonly JsonNode[] {
  return node.kind === 'object' ? membersOf(node).map(({ value }) => value) : itemsOf(node);
}

/**
 * A node and everything below it, without recursion: documents may be deep. Every level is scanned again, so the text
 * looked at is bounded besides the number of values.
 */
function descendantsOf(node: JsonNode): readonly JsonNode[] {
  const found: JsonNode[] = [];
  const open: JsonNode[] = [node];
  let scanned = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    scanned += next.end - next.start;
    if (found.length > limits.jsonPathNodes) throw invalid('..', `there are more than ${limits.jsonPathNodes} values`);
    if (scanned > limits.jsonPathChars) throw invalid('..', 'the object is nested too deep');
    const children = childrenOf(next);
    for (let index = children.length - 1; index >= 0; index--) {
      const child = children[index];
      if (child !== undefined) open.push(child);
    }
  }
  return found;
}

function holds(node: JsonNode, { path, operator, value }: Selector & { readonly type: 'filter' }): boolean {
  const found =
    node.kind === 'object'
      ? nodeAtPointer({ ...node, start: node.start }, formatPointer(path))
      : path.length === 0
        ? node
        : undefined;
  if (operator === '') return found !== undefined;
  const actual = found === undefined ? undefined : asText(valueOf(found), '\u0000');
  return operator === '==' ? actual === value : actual !== undefined && actual !== value;
}

const filterPattern =
  /^\?\(?\s*@((?:\.[A-Za-z_][\w-]*|\['[^'\\]*'\])*)\s*(?:(==|!=)\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?[0-9.]+|true|false)))?\s*\)?$/;

function parse(source: string): readonly Selector[] {
  if (!source.startsWith('$')) throw invalid(source, "it does not begin with '$'");
  const selectors: Selector[] = [];
  let at = 1;
  while (at < source.length) {
    const remaining = source.slice(at);
    const dots = /^\.\.(?=[A-Za-z_*[])/.exec(remaining);
    if (dots !== null) {
      selectors.push({ type: 'descendants' });
      at += remaining[2] === '[' ? 2 : 1;
      continue;
    }
    const name = /^\.([A-Za-z_][\w-]*|\*)/.exec(remaining);
    if (name !== null) {
      selectors.push(name[1] === '*' ? { type: 'all' } : { type: 'member', name: name[1] ?? '' });
      at += name[0].length;
      continue;
    }
    const bracket = remaining.startsWith('[') ? bracketOf(remaining) : undefined;
    if (bracket === undefined)
      throw invalid(source, `it contains ${JSON.stringify(remaining.slice(0, 20))}, which is not valid there`);
    selectors.push(parseBracket(bracket, source));
    at += bracket.length + 2;
  }
  if (selectors.filter(({ type }) => type === 'descendants').length > 1)
    throw invalid(source, "it has more than one '..'");
  return selectors;
}

/** What stands between brackets; a `]` within quotes does not end them. */
function bracketOf(remaining: string): string | undefined {
  let quote = '';
  for (let index = 1; index < remaining.length; index++) {
    const char = remaining.charAt(index);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === '[') {
      const inner = remaining.indexOf(']', index);
      if (inner < 0) return undefined;
      index = inner;
    } else if (char === ']') return remaining.slice(1, index);
  }
  return undefined;
}

function parseBracket(inner: string, source: string): Selector {
  if (inner === '*') return { type: 'all' };
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(inner)) return { type: 'index', index: Number(inner) };
  const quoted = /^'([^'\\]*)'$|^"([^"\\]*)"$/.exec(inner);
  if (quoted !== null) return { type: 'member', name: quoted[1] ?? quoted[2] ?? '' };
  const filter = filterPattern.exec(inner);
  if (filter === null) throw invalid(source, `[${inner.slice(0, 40)}] is not an index, a name, * or a simple filter`);
  const path = [...(filter[1] ?? '').matchAll(/\.([A-Za-z_][\w-]*)|\['([^'\\]*)'\]/g)].map(
    (part) => part[1] ?? part[2] ?? ''
  );
  const operator = (filter[2] ?? '') as '' | '==' | '!=';
  return { type: 'filter', path, operator, value: filter[3] ?? filter[4] ?? filter[5] ?? '' };
}

function invalid(source: string, why: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', {
    what: `the path ${JSON.stringify(source.slice(0, 80))} cannot be used: ${why}`,
    fix: "write it like $.spec.containers[*].image or $..image or $.spec.ports[?(@.name=='web')].port",
  });
}
