import { formatPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';

type Plain = { readonly [key: string]: JsonValue };

/** Fields that every object has, whatever the schema says (apiextensions, structural pruning). */
const typeFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

const keepsUnknown = 'x-kubernetes-preserve-unknown-fields';

/**
 * Paths of an object that a structural schema does not know: the API server drops them with 201 and a warning. An item
 * of a list or of a map stands as `*`, so that the same loss is the same path. Sorted, each once. Total: where a schema
 * says nothing that can be read, nothing is reported.
 */
export function prunedFields(object: JsonValue, schema: JsonValue | undefined): readonly string[] {
  const found = new Set<string>();
  if (isJsonObject(object) && isJsonObject(schema)) pruneObject(found, [], object, schema, true);
  return [...found].sort();
}

function pruneAt(found: Set<string>, path: readonly string[], value: JsonValue, schema: JsonValue | undefined): void {
  if (!isJsonObject(schema)) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const item of value as readonly JsonValue[]) pruneAt(found, [...path, '*'], item, items);
  } else if (isJsonObject(value))
    pruneObject(found, path, value, schema, schema['x-kubernetes-embedded-resource'] === true);
}

/** A list that keeps what is unknown keeps it in its items too (apiextensions, skipPrune). */
function itemsOf(schema: Plain): JsonValue | undefined {
  const items = schema['items'];
  return schema[keepsUnknown] === true && isJsonObject(items) ? { ...items, [keepsUnknown]: true } : items;
}

function pruneObject(
  found: Set<string>,
  path: readonly string[],
  value: Plain,
  schema: Plain,
  isResource: boolean
): void {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  for (const [key, child] of Object.entries(value)) {
    if (isResource && typeFields.has(key)) continue;
    if (Object.hasOwn(properties, key)) pruneAt(found, [...path, key], child, properties[key]);
    else if (isJsonObject(others)) pruneAt(found, [...path, '*'], child, others);
    else if (others !== true && schema[keepsUnknown] !== true) {
      found.add(formatPointer([...path, key]));
    }
  }
}
