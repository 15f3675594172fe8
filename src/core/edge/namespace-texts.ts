import { formatPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { KnownNames } from '../transform/rule.ts';
import { serviceHosts } from './service-hosts.ts';
import { mayName, textAt, type Path } from './texts.ts';

/** One place where a value names a namespace, and in which form. Never the value. */
export interface NamespaceText {
  readonly path: string;
  readonly namespace: string;
  readonly form: 'service' | 'account' | 'identity' | 'object' | 'setting';
}

/** What is looked for. */
export interface NamespaceTextsOptions {
  readonly namespaces: readonly string[];
  readonly names: KnownNames;
  /** Data of a Secret: looked into decoded. */
  readonly isSecret: boolean;
  /** Places that are mapped and are not reported. */
  readonly mapped: ReadonlySet<string>;
  readonly placesMax: number;
}

const namespaceKey = /namespaces?$|metadata\.name$|projectcalico\.org\/name$/i;

/**
 * Where values name one of the namespaces: hosts of Services, accounts, identities of a mesh, `namespace/name` of a
 * captured object, and settings that say namespace. Judged by form alone, so that it holds for kinds nobody knows.
 */
export function namespaceTexts(value: JsonValue, options: NamespaceTextsOptions): readonly NamespaceText[] {
  const found: NamespaceText[] = [];
  const wanted = options.namespaces.map((name) => ({ name, ...patternsOf(name) }));
  walk(value, [], { options, wanted, found });
  return found;
}

interface Search {
  readonly options: NamespaceTextsOptions;
  readonly wanted: readonly ({ readonly name: string } & ReturnType<typeof patternsOf>)[];
  readonly found: NamespaceText[];
}

function walk(value: JsonValue, path: Path, search: Search): void {
  if (search.found.length >= search.options.placesMax) return;
  if (typeof value === 'string') return probe(value, path, search);
  if (Array.isArray(value)) {
    (value as readonly JsonValue[]).forEach((item, index) => walk(item, [...path, index], search));
    return readArguments(value as readonly JsonValue[], path, search);
  }
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (mayName(path, key)) walk(member, [...path, key], search);
  }
  comparePair(value, path, search);
}

function probe(raw: string, path: Path, search: Search): void {
  const { options, wanted } = search;
  const text = textAt(raw, path, options.isSecret);
  for (const one of wanted) {
    if (!text.includes(one.name)) continue;
    const form = formOf({ text, path }, one, options.names);
    if (form !== undefined) report(one.name, { path, form }, search);
  }
}

function formOf(
  { text, path }: { readonly text: string; readonly path: Path },
  { name, ...patterns }: Search['wanted'][number],
  names: KnownNames
): NamespaceText['form'] | undefined {
  if (serviceHosts(text, (service) => names.services.has(service)).some(({ namespace }) => namespace === name)) {
    return 'service';
  }
  if (patterns.account.test(text)) return 'account';
  if (patterns.identity.test(text)) return 'identity';
  const isSetting = isNamespaceKey(path) && text.split(/[\s,;]+/).includes(name);
  if (isSetting || patterns.setting.test(text)) return 'setting';
  const qualified = [...text.matchAll(patterns.object)].some(([, object = '']) =>
    names.objects.has(`${name}/${object}`)
  );
  return qualified ? 'object' : undefined;
}

/** The key of a value, or of the list it is in. */
function isNamespaceKey(path: Path): boolean {
  const last = path.at(-1);
  const key = typeof last === 'number' ? path.at(-2) : last;
  return typeof key === 'string' && namespaceKey.test(key);
}

/** `{name: POD_NAMESPACE, value: shop}`, `{key: kubernetes.io/metadata.name, values: [shop]}`, `{kind: Namespace, name: shop}`. */
function comparePair(pair: { readonly [key: string]: JsonValue }, path: Path, search: Search): void {
  const says = (key: string): boolean => typeof pair[key] === 'string' && namespaceKey.test(pair[key]);
  for (const { name } of search.wanted) {
    if (says('name') && pair['value'] === name) reportSetting(name, [...path, 'value'], search);
    if (pair['kind'] === 'Namespace' && pair['name'] === name && path.length > 0) {
      reportSetting(name, [...path, 'name'], search);
    }
    const { values, resourceNames, resources } = pair;
    if (says('key') && Array.isArray(values) && values.includes(name)) {
      reportSetting(name, [...path, 'values', values.indexOf(name)], search);
    }
    const aboutNamespaces = Array.isArray(resources) && resources.some((one) => one === 'namespaces' || one === '*');
    if (aboutNamespaces && Array.isArray(resourceNames) && resourceNames.includes(name)) {
      reportSetting(name, [...path, 'resourceNames', resourceNames.indexOf(name)], search);
    }
  }
}

/** `['--namespace', 'shop']`: the name stands alone behind its flag. */
function readArguments(items: readonly JsonValue[], path: Path, search: Search): void {
  items.forEach((item, index) => {
    const flag = items[index - 1];
    if (typeof flag !== 'string' || !/^(?:-n|--?[a-z-]*namespaces?)$/i.test(flag)) return;
    for (const { name } of search.wanted) if (item === name) reportSetting(name, [...path, index], search);
  });
}

function reportSetting(namespace: string, path: Path, search: Search): void {
  report(namespace, { path, form: 'setting' }, search);
}

function report(
  namespace: string,
  { path, form }: { readonly path: Path; readonly form: NamespaceText['form'] },
  { options, found }: Search
): void {
  const pointer = formatPointer(path);
  if (options.mapped.has(pointer)) return;
  if (found.some((one) => one.path === pointer && one.namespace === namespace)) return;
  found.push({ path: pointer, namespace, form });
}

function patternsOf(name: string) {
  const end = '(?![a-z0-9-])';
  return {
    account: new RegExp(`system:serviceaccounts?:${name}${end}`),
    identity: new RegExp(`/ns/${name}/sa/`),
    // `namespace: shop`, `--namespace=shop`, `?namespace=shop`, `-n shop`, `/namespaces/shop/`.
    setting: new RegExp(
      `namespaces?["']?\\s*[=:]\\s*["']?(?:[a-z0-9-]+,)*${name}${end}(?!\\.)|(?:^|\\s)(?:-n|--[a-z-]*namespaces?)[= ]${name}${end}|namespaces/${name}${end}`,
      'i'
    ),
    object: new RegExp(`(?<![\\w./-])${name}/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?![\\w/@:-])`, 'g'),
  };
}
