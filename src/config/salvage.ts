import type { z } from 'zod';
import type { LandfallDocument } from './document.ts';
import { schemaAt, type JsonSchema } from './json-schema.ts';
import type { DocumentKind } from './kind.ts';
import type { ConfigPath } from './problem.ts';

const roundsMax = 4;

/** A broken document completed with placeholders, so that rules about its other values can be asked too. */
export interface Salvaged {
  readonly value: LandfallDocument;
  /** What is made up: nothing may be said about it. */
  readonly madeUp: readonly ConfigPath[];
}

/** Takes out unknown keys and puts placeholders for what is wrong or missing. Undefined when that does not help. */
export function salvage(
  kind: DocumentKind,
  broken: unknown,
  issues: readonly z.core.$ZodIssue[]
): Salvaged | undefined {
  const value: unknown = structuredClone(broken);
  const madeUp: ConfigPath[] = [];
  let open = issues;
  for (let round = 0; round < roundsMax; round += 1) {
    for (const issue of open) {
      const path = issue.path.filter((segment) => typeof segment !== 'symbol');
      if (issue.code === 'unrecognized_keys') removeKeys(containerAt(value, path), issue.keys);
      else madeUp.push(replace(kind, value, wholeOf(kind, path, madeUp)));
    }
    const parsed = kind.schema.safeParse(value);
    if (parsed.success) return { value: parsed.data, madeUp };
    open = parsed.error.issues;
  }
  return undefined;
}

/** True when a path is a made-up value, or within one, or holds one. */
export function touches(salvaged: Salvaged, path: ConfigPath): boolean {
  return salvaged.madeUp.some((made) => made.every((segment, i) => i >= path.length || path[i] === segment));
}

/** A placeholder that is refused again, such as a text of a form, takes what it is in with it, up to what may be missing. */
function wholeOf(kind: DocumentKind, path: ConfigPath, madeUp: readonly ConfigPath[]): ConfigPath {
  const before = JSON.stringify(path);
  if (path.length < 2 || !madeUp.some((made) => JSON.stringify(made) === before)) return path;
  let whole = path.slice(0, -1);
  while (whole.length > 1 && !mayBeMissing(kind, whole)) whole = whole.slice(0, -1);
  return whole;
}

function mayBeMissing(kind: DocumentKind, path: ConfigPath): boolean {
  const key = path.at(-1);
  if (typeof key !== 'string') return false;
  return schemaAt(kind, path.slice(0, -1))?.required?.includes(key) !== true;
}

function replace(kind: DocumentKind, root: unknown, path: ConfigPath): ConfigPath {
  const key = path.at(-1);
  const container = containerAt(root, path.slice(0, -1));
  if (key === undefined || container === undefined) return path;
  const schema = schemaAt(kind, path);
  const isRequired =
    Array.isArray(container) || schemaAt(kind, path.slice(0, -1))?.required?.includes(String(key)) === true;
  // A text with a form of its own cannot be made up; what may be missing is omitted.
  if (schema === undefined || schema.default !== undefined || !isRequired) delete container[key];
  else container[key] = placeholder(schema);
  return path;
}

function placeholder(schema: JsonSchema): unknown {
  const variant = (schema.oneOf ?? schema.anyOf)?.[0];
  if (variant !== undefined) return placeholder(variant);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'string':
      return 'placeholder';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return false;
    case 'array':
      return [placeholder(schema.items ?? {})];
    default: {
      const required = schema.required ?? [];
      return Object.fromEntries(required.map((key) => [key, placeholder(schema.properties?.[key] ?? {})]));
    }
  }
}

function removeKeys(container: Record<string | number, unknown> | undefined, keys: readonly string[]): void {
  for (const key of keys) delete container?.[key];
}

function containerAt(root: unknown, path: ConfigPath): Record<string | number, unknown> | undefined {
  let value = root;
  for (const segment of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value !== null && typeof value === 'object' ? (value as Record<string | number, unknown>) : undefined;
}
