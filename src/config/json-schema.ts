import { z } from 'zod';
import type { DocumentKind } from './kind.ts';
import type { ConfigPath } from './problem.ts';

/** The part of JSON Schema that our schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** The schema of one document of any of these kinds, for editors (docs/reference/landfall.schema.json). */
export function configSchema(kinds: readonly DocumentKind[]): JsonSchema & { readonly $schema: string } {
  const [first, ...others] = kinds.map(({ schema }) => schema as unknown as z.core.$ZodTypeDiscriminable);
  if (first === undefined) throw new TypeError('there are no kinds');
  const document = z.discriminatedUnion('kind', [first, ...others]);
  const schema = z.toJSONSchema(document, { io: 'input', target: 'draft-2020-12' });
  const { $schema, ...rest } = schema as unknown as JsonSchema & { readonly $schema: string };
  return Object.assign({ $schema, $id: 'landfall.schema.json', title: 'Landfall configuration, one document' }, rest);
}

const made = new WeakMap<DocumentKind['schema'], JsonSchema>();

/** The schema of one kind, made once. */
export function schemaOfKind({ schema }: Pick<DocumentKind, 'schema'>): JsonSchema {
  const known = made.get(schema);
  if (known !== undefined) return known;
  const json = z.toJSONSchema(schema, { io: 'input' }) as unknown as JsonSchema;
  made.set(schema, json);
  return json;
}

/** The key by whose value the variants of a map differ, such as `provider`; undefined where it has no variants. */
export function discriminatorOf(schema: JsonSchema): string | undefined {
  const [first, ...others] = schema.oneOf ?? [];
  return Object.keys(first?.properties ?? {}).find((key) =>
    [first, ...others].every((one) => one?.properties?.[key]?.const !== undefined)
  );
}

/** Keys that a map at this path may have. Of a union: those of the variant that `written` says it is, else of all. */
export function keysAt(kind: DocumentKind, path: ConfigPath, written?: unknown): string[] {
  let schemas: readonly JsonSchema[] = [schemaOfKind(kind)];
  for (const segment of path) schemas = schemas.flatMap((schema) => step(schema, segment));
  const used = schemas.flatMap((schema) => {
    const variants = variantsOf(schema);
    const key = discriminatorOf(schema);
    const chosen = variants.filter(({ properties }) => key && properties?.[key]?.const === valueOf(written, key));
    return chosen.length === 0 ? variants : chosen;
  });
  return [...new Set(used.flatMap((variant) => Object.keys(variant.properties ?? {})))];
}

function valueOf(map: unknown, key: string): unknown {
  return map !== null && typeof map === 'object' ? (map as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** The schema of the value at a path; undefined where it says nothing (a record, an unknown key). */
export function schemaAt(kind: DocumentKind, path: ConfigPath): JsonSchema | undefined {
  let schemas: readonly JsonSchema[] = [schemaOfKind(kind)];
  for (const segment of path) schemas = schemas.flatMap((schema) => step(schema, segment));
  return schemas[0];
}

/** Where else in a document of this kind a key belongs: `spec.kubeconfig.context`. At most three places. */
export function placesOf(kind: DocumentKind, key: string): string[] {
  const found: string[] = [];
  const visit = (schema: JsonSchema, path: string): void => {
    for (const variant of variantsOf(schema)) {
      for (const [name, inner] of Object.entries(variant.properties ?? {})) {
        const here = path === '' ? name : `${path}.${name}`;
        if (name === key) found.push(here);
        visit(inner, here);
      }
      if (variant.items !== undefined) visit(variant.items, `${path}[]`);
    }
  };
  visit(schemaOfKind(kind), '');
  return [...new Set(found)].slice(0, 3);
}

function step(schema: JsonSchema, segment: string | number): JsonSchema[] {
  return variantsOf(schema).flatMap((variant) => {
    const inner = typeof segment === 'number' ? variant.items : variant.properties?.[segment];
    return inner === undefined ? [] : [inner];
  });
}

function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.oneOf ?? schema.anyOf ?? [schema];
}
