import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import { compareObjects } from '../verify/compare.ts';

const definition = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' } as const;

/** What of a definition of the target is other than on the source; metadata is its installer's and does not count. */
export interface DefinitionDifference {
  /** `Namespaced` or `Cluster` where both differ: then no object of it can be made. */
  readonly scope?: { readonly source: string; readonly target: string };
  /** Versions each side serves. */
  readonly versions: { readonly source: readonly string[]; readonly target: readonly string[] };
  readonly paths: readonly string[];
}

/** Compares the definition of the source with the one the target has; undefined when what they say is the same. */
export function compareDefinitions(source: string, target: string): DefinitionDifference | undefined {
  const paths = compareObjects(source, target, { ref: definition })
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('/metadata'));
  if (paths.length === 0) return undefined;
  const scopes = { source: asText(read(source, '/spec/scope')), target: asText(read(target, '/spec/scope')) };
  return {
    ...(scopes.source === scopes.target ? {} : { scope: scopes }),
    versions: { source: servedVersionsOf(source), target: servedVersionsOf(target) },
    paths,
  };
}

/** The schema by which a definition stores objects of a version; undefined where it drops nothing. */
export function schemaOf(text: string, version: string): JsonValue | undefined {
  // Only definitions that were made as v1beta1 still have it: they keep every field.
  if (read(text, '/spec/preserveUnknownFields') === true) return undefined;
  const found = versionsOf(text).find(({ name }) => name === version);
  const schema = found?.['schema'];
  return isJsonObject(schema) ? schema['openAPIV3Schema'] : undefined;
}

function servedVersionsOf(text: string): readonly string[] {
  return versionsOf(text)
    .filter(({ served }) => served === true)
    .map(({ name }) => asText(name));
}

function versionsOf(text: string): readonly { readonly [key: string]: JsonValue }[] {
  const versions = read(text, '/spec/versions');
  return Array.isArray(versions) ? (versions as readonly JsonValue[]).filter(isJsonObject) : [];
}
