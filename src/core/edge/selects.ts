import { isJsonObject, type JsonValue } from '../json/value.ts';
import { compileGlob } from '../select/glob.ts';
import { matchesLabels, selectorOf } from '../select/labels.ts';
import { namespaceOfAccounts } from '../select/subjects.ts';
import { compilePattern } from '../transform/pattern.ts';

/** How a cluster-scoped object stands to a namespace: it names it, selects it by labels, or takes every one. */
export type Relation = 'names' | 'selects' | 'all';

export interface LabelledNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const rank: readonly Relation[] = ['names', 'selects', 'all'];

/**
 * How the specification of an object stands to a namespace, judged by form, so that it holds for policies of engines
 * nobody knows: members whose name ends in namespace, namespaces or namespaceSelector, and selectors by the labels that
 * stand for the name. What only excludes a namespace is no relation. The strongest one counts.
 */
export function relationTo(value: JsonValue, namespace: LabelledNamespace): Relation | undefined {
  const found = new Set<Relation>();
  walk(value, { namespace, found }, { depth: 0, isPeer: false });
  return rank.find((one) => found.has(one));
}

/** Whether a specification says anything about namespaces: one that does not applies to all of them. */
export function namesNamespaces(value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some(namesNamespaces);
  if (typeof value === 'string') return /projectcalico\.org\/(?:name|namespace)/.test(value);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      !excluding.test(key) &&
      !peers.test(key) &&
      (/namespace(?:s|Selectors?|Regex(?:es)?)?$/i.test(key) ||
        isNamespaceLabel(key) ||
        hasNamespaceLabel(value) ||
        namesNamespaces(member))
  );
}

function hasNamespaceLabel({ key }: { readonly [key: string]: JsonValue }): boolean {
  return typeof key === 'string' && isNamespaceLabel(key);
}

function isNamespaceLabel(key: string): boolean {
  return nameLabel.test(key) || podNamespaceLabel.test(key);
}

/**
 * Whether a policy for every namespace excepts this one, by name or label. Of several rules each has to: one that does not
 * applies to it.
 */
export function excepts(value: JsonValue, namespace: LabelledNamespace): boolean {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => excepts(item, namespace));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, member]) => {
    if (excluding.test(key)) return isExcepted(key, member, namespace);
    if (key === 'rules' && Array.isArray(member)) {
      return member.length > 0 && (member as readonly JsonValue[]).every((rule) => excepts(rule, namespace));
    }
    return excepts(member, namespace);
  });
}

/** `excludedNamespaces: [shop]`, `exclude: {any: [{resources: {namespaces: [shop]}}]}`; pods of it alone are not all of it. */
function isExcepted(key: string, member: JsonValue, namespace: LabelledNamespace): boolean {
  const [named] = /namespace[a-z]*$/i.exec(key) ?? [];
  return relationTo(named === undefined ? member : { [named]: member }, namespace) !== undefined;
}

/** The label of a pod under which Cilium knows one of its namespace. */
const podNamespaceLabel = /(?:^|[.:])io\.cilium\.k8s\.namespace\.labels\.(.+)$/;
/** Labels that stand for the name of a namespace; the last two of pods (Cilium, Calico). */
const nameLabel = /(?:^|[./:])(?:metadata\.name|pod\.namespace|projectcalico\.org\/(?:name|namespace))$/;
const excluding = /^(?:exclu|not|except|ignore|skip)/i;
const peers = /^(?:ingress|egress|from|to|peers?)$/i;
const depthMax = 40;

interface Search {
  readonly namespace: LabelledNamespace;
  readonly found: Set<Relation>;
}

interface Place {
  readonly depth: number;
  /** Within what a policy lets talk: every namespace there is no word about which ones it acts on. */
  readonly isPeer: boolean;
}

function walk(value: JsonValue, search: Search, { depth, isPeer }: Place): void {
  const { namespace, found } = search;
  if (depth > depthMax) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) walk(item, search, { depth: depth + 1, isPeer });
    return;
  }
  // `system:serviceaccount:shop:web` stands in lists of users of whatever engine.
  if (typeof value === 'string' && namespaceOfAccounts(value) === namespace.name) found.add('names');
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (excluding.test(key)) continue;
    const relation = relationOfMember(key, member, namespace);
    if (relation !== undefined && !(relation === 'all' && isPeer)) found.add(relation);
    // A selector that was judged as a whole is not looked into: half of it may hold where all of it does not.
    if (!/namespace(?:s|Selector)$/i.test(key) || !isSelector(member)) {
      walk(member, search, { depth: depth + 1, isPeer: isPeer || peers.test(key) });
    }
  }
  const relation = relationOfExpression(value, namespace);
  if (relation !== undefined) found.add(relation);
}

function relationOfMember(key: string, member: JsonValue, namespace: LabelledNamespace): Relation | undefined {
  if (nameLabel.test(key)) return member === namespace.name ? 'names' : undefined;
  const [, label] = podNamespaceLabel.exec(key) ?? [];
  if (label !== undefined) return namespace.labels[label] === member ? 'selects' : undefined;
  if (/namespaceSelectors?$/i.test(key)) {
    const all = Array.isArray(member) ? (member as readonly JsonValue[]) : [member];
    const relations = all.map((one) => relationOfOneSelector(one, namespace));
    return rank.find((one) => relations.includes(one));
  }
  if (/namespaceRegex(?:es)?$/i.test(key)) return relationOfPatterns(member, namespace);
  if (/(?:^|[a-z])namespaces?$/i.test(key)) {
    if (isJsonObject(member)) return isSelector(member) ? relationOfSelector(member, namespace) : undefined;
    const names = Array.isArray(member) ? (member as readonly JsonValue[]) : [member];
    return relationOfNames(names, namespace.name);
  }
  // A selector in the words of Calico.
  return key === 'selector' && typeof member === 'string' && /projectcalico\.org\//.test(member)
    ? relationOfText(member, namespace)
    : undefined;
}

function relationOfOneSelector(member: JsonValue, namespace: LabelledNamespace): Relation | undefined {
  if (typeof member === 'string') return relationOfText(member, namespace);
  return isJsonObject(member) ? relationOfSelector(member, namespace) : undefined;
}

function relationOfPatterns(member: JsonValue, { name }: LabelledNamespace): Relation | undefined {
  const texts = (Array.isArray(member) ? (member as readonly JsonValue[]) : [member]).filter(
    (one) => typeof one === 'string'
  );
  return texts.some((text) => matchesPattern(text, name)) ? 'names' : undefined;
}

/** An expression that cannot be read names nothing. */
function matchesPattern(text: string, name: string): boolean {
  try {
    return compilePattern(text)(name);
  } catch {
    return false;
  }
}

function relationOfNames(names: readonly JsonValue[], namespace: string): Relation | undefined {
  const texts = names.filter((one) => typeof one === 'string');
  if (texts.includes(namespace)) return 'names';
  if (texts.some((one) => one.startsWith('!') || one.startsWith('-'))) return undefined;
  if (texts.some((one) => one === '*')) return 'all';
  return texts.some((one) => /[*?]/.test(one) && compileGlob(one)(namespace)) ? 'names' : undefined;
}

function isSelector(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).every((key) => key === 'matchLabels' || key === 'matchExpressions');
}

function relationOfSelector(
  selector: { readonly [key: string]: JsonValue },
  { name, labels }: LabelledNamespace
): Relation | undefined {
  if (!isSelector(selector)) return undefined;
  let parsed: ReturnType<typeof selectorOf>;
  try {
    parsed = selectorOf(selector);
  } catch {
    return undefined;
  }
  if (!matchesLabels(parsed, { ...labels, 'kubernetes.io/metadata.name': name })) return undefined;
  // What only says which namespaces it is not takes all the others.
  const positive = parsed.filter(({ operator }) => operator !== 'NotIn' && operator !== 'DoesNotExist');
  if (positive.length === 0) return 'all';
  return positive.some(({ key }) => nameLabel.test(key)) ? 'names' : 'selects';
}

/** `{key: k8s:io.kubernetes.pod.namespace, operator: In, values: [shop]}` outside of a selector of namespaces. */
function relationOfExpression(
  { key, operator, values }: { readonly [key: string]: JsonValue },
  { name, labels }: LabelledNamespace
): Relation | undefined {
  const [, label] = typeof key === 'string' ? (podNamespaceLabel.exec(key) ?? []) : [];
  if (label !== undefined && operator === 'In' && Array.isArray(values)) {
    return values.includes(labels[label] ?? null) ? 'selects' : undefined;
  }
  if (typeof key !== 'string' || !nameLabel.test(key) || operator !== 'In' || !Array.isArray(values)) return undefined;
  return values.includes(name) ? 'names' : undefined;
}

/** Calico writes selectors as text: `projectcalico.org/name == 'shop'`, `tier in {'a', 'b'}`, `has(team)`, `all()`. */
function relationOfText(text: string, { name, labels }: LabelledNamespace): Relation | undefined {
  const quoted = [...text.matchAll(/([\w./-]+)\s*(==|in)\s*(\{[^}]*\}|'[^']*'|"[^"]*")/g)];
  for (const [, key = '', , list = ''] of quoted) {
    const values = [...list.matchAll(/['"]([^'"]*)['"]/g)].map(([, value]) => value);
    if (nameLabel.test(`/${key}`)) {
      if (values.includes(name)) return 'names';
    } else if (labels[key] !== undefined && values.includes(labels[key])) return 'selects';
  }
  if ([...text.matchAll(/(?<!!)has\(\s*([\w./-]+)\s*\)/g)].some(([, key = '']) => labels[key] !== undefined))
    return 'selects';
  return /^\s*(?:all\(\)|global\(\))?\s*$/.test(text) && text.includes('all') ? 'all' : undefined;
}
