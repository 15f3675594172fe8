import { z } from 'zod';
import type { ConfigPath } from './problem.ts';
import { Cluster, kinds, Location, Migration, MigrationWave, type KindOfDocument } from '../model/migration/schema.ts';

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

/** The schema of one document for editors (docs/reference/landfall.schema.json). */
export function configSchema(): JsonSchema & { readonly $schema: string } {
  const document = z.discriminatedUnion('kind', [Cluster, Location, Migration, MigrationWave]);
  const schema = z.toJSONSchema(document, { io: 'input', target: 'draft-2020-12' });
  const { $schema, ...rest } = schema as unknown as JsonSchema & { readonly $schema: string };
  return Object.assign({ $schema, $id: 'landfall.schema.json', title: 'Landfall configuration, one document' }, rest);
}

const schemaByKind: ReadonlyMap<KindOfDocument, JsonSchema> = new Map(
  Object.entries(kinds).map(([kind, schema]) => [
    kind as KindOfDocument,
    z.toJSONSchema(schema, { io: 'input' }) as unknown as JsonSchema,
  ])
);

/** The schema of one kind. */
export function schemaOfKind(kind: KindOfDocument): JsonSchema {
  return schemaByKind.get(kind) ?? {};
}

/** Keys that a map at this path may have; `discriminator` picks the variant of a union, else all variants count. */
export function keysAt(kind: KindOfDocument, path: ConfigPath, discriminator?: unknown): string[] {
  let schemas: readonly JsonSchema[] = [schemaOfKind(kind)];
  for (const segment of path) schemas = schemas.flatMap((schema) => step(schema, segment));
  const variants = schemas.flatMap(variantsOf);
  const chosen = variants.filter((variant) => variant.properties?.['provider']?.const === discriminator);
  const used = discriminator === undefined || chosen.length === 0 ? variants : chosen;
  return [...new Set(used.flatMap((variant) => Object.keys(variant.properties ?? {})))];
}

/** The schema of the value at a path; undefined where it says nothing (a record, an unknown key). */
export function schemaAt(kind: KindOfDocument, path: ConfigPath): JsonSchema | undefined {
  let schemas: readonly JsonSchema[] = [schemaOfKind(kind)];
  for (const segment of path) schemas = schemas.flatMap((schema) => step(schema, segment));
  return schemas[0];
}

/** Where else in a document of this kind a key belongs: `spec.kubeconfig.context`. At most three places. */
export function placesOf(kind: KindOfDocument, key: string): string[] {
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
