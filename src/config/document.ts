import { configProblem, formatPath, type ConfigPath, type ConfigProblem } from './problem.ts';
import { quotedValue, writtenAt } from './quote-value.ts';
import type { Cluster, LandfallDocument, Location, Migration, MigrationWave } from '../model/migration/schema.ts';
import type { YamlDocument } from './yaml.ts';

/** A document that its schema accepts, with the places of everything in it. */
export interface ConfigDocument<T extends LandfallDocument = LandfallDocument> {
  readonly value: T;
  readonly yaml: YamlDocument;
}

/** All documents of a file, sorted by kind, in the order of the file. */
export interface ConfigSet {
  readonly file: string;
  /** `Cluster/a` of every document whose kind and name can be read, also of those that are wrong elsewhere. */
  readonly ids: ReadonlySet<string>;
  readonly clusters: readonly ConfigDocument<Cluster>[];
  readonly locations: readonly ConfigDocument<Location>[];
  readonly migrations: readonly ConfigDocument<Migration>[];
  readonly waves: readonly ConfigDocument<MigrationWave>[];
}

/** What a rule says about a value in a document. */
export interface Objection {
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
  /** Point at the key instead of the value. */
  readonly atKey?: boolean;
  readonly what: string;
  readonly hint: string;
}

/** Sorts documents by kind. */
export function configSet(file: string, documents: readonly ConfigDocument[], ids: ReadonlySet<string>): ConfigSet {
  return {
    file,
    ids,
    clusters: documents.filter((one): one is ConfigDocument<Cluster> => one.value.kind === 'Cluster'),
    locations: documents.filter((one): one is ConfigDocument<Location> => one.value.kind === 'Location'),
    migrations: documents.filter((one): one is ConfigDocument<Migration> => one.value.kind === 'Migration'),
    waves: documents.filter((one): one is ConfigDocument<MigrationWave> => one.value.kind === 'MigrationWave'),
  };
}

/** Gives an objection its place in the file. */
export function toProblem(objection: Objection): ConfigProblem {
  const { document, path, what, hint } = objection;
  const { yaml, value } = document;
  const at = objection.atKey === true ? yaml.keyAt(path) : yaml.valueAt(path);
  return configProblem({
    file: yaml.file,
    at,
    path: documentPath(writtenName(value.kind, yaml.value), path),
    value: objection.atKey === true ? undefined : quotedValue(path, writtenAt(yaml.value, path)),
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
