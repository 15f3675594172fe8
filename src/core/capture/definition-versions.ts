import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';

type Plain = { readonly [key: string]: JsonValue };

/** What a definition says of its versions, as far as reading its objects depends on it. */
export interface DefinitionVersions {
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly { readonly name: string; readonly served: boolean; readonly schema: JsonValue }[];
  /** The version objects are written in now. */
  readonly storage: string;
  /** Versions objects may still be stored in: a definition keeps them until a storage migration. */
  readonly stored: readonly string[];
  /** A webhook may carry a field over under another name; without one only the version is rewritten. */
  readonly byWebhook: boolean;
}

/** Reads the versions of a CustomResourceDefinition; undefined for one that has a single version. */
export function versionsOfDefinition(text: string): DefinitionVersions | undefined {
  const spec = read(text, '/spec');
  if (!isJsonObject(spec) || !isJsonObject(spec['names'])) return undefined;
  const versions = objects(spec['versions']);
  const storage = versions.find((version) => version['storage'] === true);
  if (versions.length < 2 || storage === undefined) return undefined;
  const stored = read(text, '/status/storedVersions');
  const conversion = spec['conversion'];
  return {
    group: asText(spec['group']),
    plural: asText(spec['names']['plural']),
    versions: versions.map((version) => ({
      name: asText(version['name']),
      served: version['served'] === true,
      schema: schemaOf(version),
    })),
    storage: asText(storage['name']),
    stored: Array.isArray(stored) ? (stored as readonly JsonValue[]).map((name) => asText(name)) : [],
    byWebhook: isJsonObject(conversion) && conversion['strategy'] === 'Webhook',
  };
}

/**
 * Fields that objects stored in one version may have and that a read in another does not show: without a webhook the API
 * server drops what the schema of the version asked for does not know. JSON pointers with `*` for items; sorted.
 */
export function hiddenFields(definition: DefinitionVersions, stored: string, asked: string): readonly string[] {
  if (definition.byWebhook || stored === asked) return [];
  const schema = (name: string): JsonValue => definition.versions.find((one) => one.name === name)?.schema ?? null;
  const found: string[] = [];
  collect(schema(stored), schema(asked), { path: '', found });
  return found.filter((path) => !/^\/(?:apiVersion|kind|metadata)(?:\/|$)/.test(path)).sort();
}

const keepsUnknown = 'x-kubernetes-preserve-unknown-fields';

function collect(
  from: JsonValue | undefined,
  to: JsonValue | undefined,
  { path, found }: { readonly path: string; readonly found: string[] }
): void {
  if (!isJsonObject(from) || (isJsonObject(to) && to[keepsUnknown] === true)) return;
  const known = isJsonObject(to) ? to : {};
  if (from[keepsUnknown] === true) found.push(`${path}/*`);
  for (const [name, schema] of Object.entries(propertiesOf(from))) {
    const at = `${path}/${name}`;
    const other = Object.hasOwn(propertiesOf(known), name) ? propertiesOf(known)[name] : known['additionalProperties'];
    if (other === undefined || other === false) found.push(at);
    else if (other !== true) collect(schema, other, { path: at, found });
  }
  for (const inner of ['items', 'additionalProperties']) {
    if (!isJsonObject(from[inner])) continue;
    if (isJsonObject(known[inner])) collect(from[inner], known[inner], { path: `${path}/*`, found });
    else if (known[inner] === undefined) found.push(`${path}/*`);
  }
}

function propertiesOf(schema: Plain): Plain {
  return isJsonObject(schema['properties']) ? schema['properties'] : {};
}

function schemaOf(version: Plain): JsonValue {
  const schema = version['schema'];
  return isJsonObject(schema) ? (schema['openAPIV3Schema'] ?? null) : null;
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
