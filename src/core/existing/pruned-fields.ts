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
  return isJsonObject(object) && isJsonObject(schema) ? [...new Set(prunedOfObject(object, schema, []))].sort() : [];
}

function prunedAt(value: JsonValue, schema: JsonValue | undefined, path: readonly string[]): readonly string[] {
  if (!isJsonObject(schema)) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return (value as readonly JsonValue[]).flatMap((item) => prunedAt(item, items, [...path, '*']));
  }
  return isJsonObject(value) ? prunedOfObject(value, schema, path) : [];
}

/** A list that keeps what is unknown keeps it in its items too (apiextensions, skipPrune). */
function itemsOf(schema: Plain): JsonValue | undefined {
  const items = schema['items'];
  return schema[keepsUnknown] === true && isJsonObject(items) ? { ...items, [keepsUnknown]: true } : items;
}

function prunedOfObject(value: Plain, schema: Plain, path: readonly string[]): readonly string[] {
  const isResource = path.length === 0 || schema['x-kubernetes-embedded-resource'] === true;
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  return Object.entries(value).flatMap(([key, child]) => {
    if (isResource && typeFields.has(key)) return [];
    if (Object.hasOwn(properties, key)) return prunedAt(child, properties[key], [...path, key]);
    if (isJsonObject(others)) return prunedAt(child, others, [...path, '*']);
    return others === true || schema[keepsUnknown] === true ? [] : [formatPointer([...path, key])];
  });
}
