import { isJsonObject, type JsonValue } from '../json/value.ts';
import { compileGlob } from '../select/glob.ts';
import { matchesLabels, selectorOf } from '../select/labels.ts';

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
  walk(value, namespace, found, { depth: 0, isPeer: false });
  return rank.find((one) => found.has(one));
}

/** Whether a specification says anything about namespaces: one that does not is meant for all of them. */
export function namesNamespaces(value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some(namesNamespaces);
  if (typeof value === 'string') return /projectcalico\.org\/(?:name|namespace)/.test(value);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      !excluding.test(key) &&
      !peers.test(key) &&
      (/namespace(?:s|Selector)?$/i.test(key) || nameLabel.test(key) || isNameLabel(value) || namesNamespaces(member))
  );
}

function isNameLabel({ key }: { readonly [key: string]: JsonValue }): boolean {
  return typeof key === 'string' && nameLabel.test(key);
}

/** Labels that stand for the name of a namespace; the last two of pods (Cilium, Calico). */
const nameLabel = /(?:^|[./:])(?:metadata\.name|pod\.namespace|projectcalico\.org\/(?:name|namespace))$/;
const excluding = /^(?:exclu|not|except|ignore|skip)/i;
const peers = /^(?:ingress|egress|from|to|peers?)$/i;
const depthMax = 40;

interface Place {
  readonly depth: number;
  /** Within what a policy lets talk: every namespace there is no word about which ones it acts on. */
  readonly isPeer: boolean;
}

function walk(value: JsonValue, namespace: LabelledNamespace, found: Set<Relation>, place: Place): void {
  const { depth, isPeer } = place;
  if (depth > depthMax) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) walk(item, namespace, found, { depth: depth + 1, isPeer });
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (excluding.test(key)) continue;
    const relation = relationOfMember(key, member, namespace);
    if (relation !== undefined && !(relation === 'all' && isPeer)) found.add(relation);
    // A selector that was judged as a whole is not looked into: half of it may hold where all of it does not.
    if (!/namespace(?:s|Selector)$/i.test(key) || !isSelector(member)) {
      walk(member, namespace, found, { depth: depth + 1, isPeer: isPeer || peers.test(key) });
    }
  }
  const relation = relationOfExpression(value, namespace);
  if (relation !== undefined) found.add(relation);
}

function relationOfMember(key: string, member: JsonValue, namespace: LabelledNamespace): Relation | undefined {
  if (nameLabel.test(key)) return member === namespace.name ? 'names' : undefined;
  if (/namespaceSelector$/i.test(key)) {
    if (typeof member === 'string') return relationOfText(member, namespace);
    return isJsonObject(member) ? relationOfSelector(member, namespace) : undefined;
  }
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
  { name }: LabelledNamespace
): Relation | undefined {
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
