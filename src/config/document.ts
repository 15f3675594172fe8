import type { z } from 'zod';
import { configProblem, formatPath, type ConfigPath, type ConfigProblem } from './problem.ts';
import { quotedValue, writtenAt } from './quote-value.ts';
import type { YamlDocument } from './yaml.ts';

/** What documents of every kind have. */
export interface LandfallDocument {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The schema of a kind: of a map with the literal `kind`. */
export interface DocumentSchema<T extends LandfallDocument = LandfallDocument> extends z.ZodType<T> {
  readonly shape: { readonly kind: { readonly value: string } };
}

/** A document that its schema accepts, with the places of everything in it. */
export interface ConfigDocument<T extends LandfallDocument = LandfallDocument> {
  readonly value: T;
  readonly yaml: YamlDocument;
}

/** All documents of a file, in its order. */
export interface ConfigSet {
  readonly file: string;
  /** `Cluster/a` of every document whose kind and name can be read, also of those that are wrong elsewhere. */
  readonly ids: ReadonlySet<string>;
  readonly documents: readonly ConfigDocument[];
}

/** What a rule says about a value in a document. */
export interface Violation {
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
  /** Point at the key instead of the value. */
  readonly atKey?: boolean;
  readonly what: string;
  readonly hint: string;
}

/** The documents of one kind, in the order of the file. */
export function documentsOf<T extends LandfallDocument>(
  { documents }: ConfigSet,
  { shape }: DocumentSchema<T>
): readonly ConfigDocument<T>[] {
  return documents.filter((one): one is ConfigDocument<T> => one.value.kind === shape.kind.value);
}

/** The document of a kind that others refer to by this name; undefined where the file has none. */
export function documentNamed<T extends LandfallDocument>(
  config: ConfigSet,
  schema: DocumentSchema<T>,
  name: string
): ConfigDocument<T> | undefined {
  return documentsOf(config, schema).find(({ value }) => value.metadata.name === name);
}

/** Gives an objection its place in the file. */
export function toProblem(violation: Violation): ConfigProblem {
  const { document, path, what, hint } = violation;
  const { yaml, value } = document;
  const at = violation.atKey === true ? yaml.keyAt(path) : yaml.valueAt(path);
  return configProblem({
    file: yaml.file,
    at,
    path: documentPath(writtenName(value.kind, yaml.value), path),
    value: violation.atKey === true ? undefined : quotedValue(path, writtenAt(yaml.value, path)),
    what,
    hint,
  });
}

/** The name as the file has it, and none where it has none: what a broken document was completed with is no name. */
function writtenName(kind: string, written: unknown): string {
  const { metadata } = written as { readonly metadata?: { readonly name?: unknown } | null };
  return typeof metadata?.name === 'string' ? `${kind}/${metadata.name}` : kind;
}

/** `Migration/shop spec.scope`. */
export function documentPath(document: string, path: ConfigPath): string {
  return path.length === 0 ? document : `${document} ${formatPath(path)}`;
}
