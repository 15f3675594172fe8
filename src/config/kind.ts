import type { ConfigDocument, ConfigSet, DocumentSchema, LandfallDocument, Violation } from './document.ts';
import type { ConfigProblem } from './problem.ts';
import type { YamlDocument } from './yaml.ts';

/** What every document says it is written for. */
export const apiVersion = 'landfall.dev/v1alpha1';

/**
 * One kind of document: everything Landfall knows about it. Loading, the editor schema and the reference are made from the
 * kinds they are given and name none. Checks and resolvers are methods, so that kinds of different documents stand in one
 * list; loading hands to each kind only its own documents.
 */
export interface DocumentKind<
  T extends LandfallDocument = LandfallDocument,
  S = unknown,
  Plural extends string = string,
> {
  /** Keys and defaults, with a description of each for the reference and the editor. */
  readonly schema: DocumentSchema<T>;
  /** The name of all its documents in a `LoadedFile`. */
  readonly plural: Plural;
  /** What the reference says above the table of keys. */
  readonly introduction: string;
  /** What must hold within a document, and between it and the others of the file. */
  readonly rules: readonly Rule<T>[];
  /** By map: what to write there, where people write keys that do not exist. */
  readonly unknownKeyHints?: Readonly<Record<string, string>>;
  /** Completes a document from other files, before its schema reads it. */
  fill?(written: YamlDocument): Promise<Filled>;
  /** Reads the files that the documents of a set name, for `Resolver.resolve`. */
  open(config: ConfigSet): Resolver<T, S> | Promise<Resolver<T, S>>;
}

/** One thing that must hold. The name stands in tests and reviews. */
export interface Rule<T extends LandfallDocument = LandfallDocument> {
  readonly name: string;
  /** It looks at single values: it can be asked about a document that is broken elsewhere. */
  readonly local?: boolean;
  check(document: ConfigDocument<T>, config: ConfigSet): readonly Violation[];
}

/** A document as its schema is to read it, and what is wrong with the files that completed it. */
export interface Filled {
  readonly yaml: YamlDocument;
  readonly problems: readonly ConfigProblem[];
}

/** What makes specifications of the documents of one kind in a file. */
export interface Resolver<T extends LandfallDocument = LandfallDocument, S = unknown> {
  /** What is wrong with the files they name. */
  readonly violations: readonly Violation[];
  /**
   * What a run gets: references replaced by what they name, paths absolute, times in milliseconds. Undefined when a reference
   * leads nowhere, which a rule has said.
   */
  resolve(document: ConfigDocument<T>, resolved: Resolved): S | undefined;
}

/** Specifications of the kinds that stand before one in the registry. */
export interface Resolved {
  of<S>(kind: DocumentKind<LandfallDocument, S>): readonly S[];
}

/** `Cluster`, as `kind` in a file. */
export function nameOfKind({ schema }: Pick<DocumentKind, 'schema'>): string {
  return schema.shape.kind.value;
}
