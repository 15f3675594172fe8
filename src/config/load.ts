import { dirname } from 'node:path';
import { LandfallError } from '../core/errors.ts';
import type { LocationSpec, MigrationSpec } from '../core/spec/spec.ts';
import type { WaveSpec } from '../core/wave/wave.ts';
import { configSet, toProblem, type ConfigDocument, type Objection } from './document.ts';
import { configProblem, sortProblems, type ConfigProblem } from './problem.ts';
import { quotedValue, writtenAt } from './quote-value.ts';
import { readText } from './read-text.ts';
import { resolveLocation, resolveMigration } from '../model/migration/resolve.ts';
import { resolveWave } from '../model/migration-wave/resolve.ts';
import { checkLocalRules, checkRules, checkRulesAround } from './rules.ts';
import { salvage, touches, type Salvaged } from './salvage.ts';
import { schemaProblems } from './schema-problems.ts';
import { apiVersion, kinds, type KindOfDocument, type LandfallDocument } from '../model/migration/schema.ts';
import { suggestion } from './suggest.ts';
import { withValues } from '../model/migration/values.ts';
import { watchReads } from './watch-reads.ts';
import { readVeleroFiles } from '../model/migration/velero.ts';
import { parseYaml, type YamlDocument } from './yaml.ts';

/** A specification goes into a workflow's input; more than this belongs into several migrations. */
const specBytesMax = 128 * 1024;

export interface LoadedFile {
  readonly file: string;
  /** Every document as written, defaults filled in, in the order of the file. */
  readonly documents: readonly LandfallDocument[];
  /** Every Migration with all it names; empty when the file has none. */
  readonly migrations: readonly MigrationSpec[];
  /** Every Location, also one that no Migration names. */
  readonly locations: readonly LocationSpec[];
  /** Every MigrationWave with the migrations it names. */
  readonly waves: readonly WaveSpec[];
}

/**
 * Reads, validates and resolves a configuration file. Throws CONFIG_UNREADABLE, or CONFIG_INVALID whose `problems` are
 * all problems of the file as `ConfigProblem`, in the order of the file. Nothing outside of files is looked at.
 */
export async function loadFile(path: string): Promise<LoadedFile> {
  return loadText(await readText(path), path);
}

/** `loadFile` of a text already read; `file` gives messages their place and relative paths their folder. */
export async function loadText(text: string, file: string): Promise<LoadedFile> {
  const parsed = parseYaml(text, file);
  const problems: ConfigProblem[] = [...parsed.problems];
  if (parsed.documents.length === 0 && problems.length === 0) problems.push(emptyFile(file));
  const valid: ConfigDocument[] = [];
  const broken: Broken[] = [];
  const ids = new Set<string>();
  for (const written of parsed.documents) {
    const { yaml, problems: missing } = await withValues(written);
    problems.push(...missing);
    const result = readDocument(yaml);
    if (result.id !== undefined) ids.add(result.id);
    if (result.document !== undefined) valid.push(result.document);
    if (result.broken !== undefined) broken.push(result.broken);
    problems.push(...result.problems);
  }
  const config = configSet(file, valid, ids);
  for (const { document, salvaged } of broken) {
    const alone = configSet(file, [document], ids);
    const objections = [...(await readVeleroFiles(alone)).objections, ...checkLocalRules(alone)];
    problems.push(...objections.filter(({ path }) => !touches(salvaged, path)).map(toProblem));
  }
  const watched = broken.map(({ document, salvaged }) => watchReads(document, salvaged.madeUp));
  const around = checkRulesAround(valid, watched, (documents) => configSet(file, documents, ids));
  problems.push(...around.map(toProblem));
  const velero = await readVeleroFiles(config);
  problems.push(...velero.objections.map(toProblem), ...checkRules(config).map(toProblem));
  const migrations: MigrationSpec[] = [];
  for (const document of config.migrations) {
    const spec = resolveMigration(config, document, velero.files);
    if (spec !== undefined) migrations.push(spec);
    problems.push(...sizeObjections(document, spec).map(toProblem));
  }
  const waves = config.waves.map(({ value }) => resolveWave(value, migrations));
  problems.push(...config.waves.flatMap((document, index) => sizeObjections(document, waves[index])).map(toProblem));
  if (problems.length > 0) throw invalid(file, problems);
  const locations = config.locations.map(({ value, yaml }) => resolveLocation(value, dirname(yaml.file)));
  return { file, documents: valid.map((one) => one.value), migrations, waves, locations };
}

interface Broken {
  readonly document: ConfigDocument;
  readonly salvaged: Salvaged;
}

interface ReadDocument {
  readonly id: string | undefined;
  readonly document?: ConfigDocument;
  readonly broken?: Broken;
  readonly problems: readonly ConfigProblem[];
}

function readDocument(yaml: YamlDocument): ReadDocument {
  const head = headOf(yaml);
  if ('what' in head) {
    const { file } = yaml;
    const value = head.path === '' ? undefined : quotedValue(['kind'], writtenAt(yaml.value, ['kind']));
    return { id: undefined, problems: [configProblem({ file, at: yaml.valueAt(['kind']), value, ...head })] };
  }
  const { kind, id } = head;
  const parsed = kinds[kind].safeParse(yaml.value);
  if (parsed.success) return { id, document: { value: parsed.data, yaml }, problems: [] };
  const problems = schemaProblems(parsed.error.issues, { kind, name: id ?? kind, yaml });
  const salvaged = salvage(kind, yaml.value, parsed.error.issues);
  if (salvaged === undefined) return { id, problems };
  return { id, problems, broken: { salvaged, document: { value: salvaged.value, yaml } } };
}

type Head = { readonly kind: KindOfDocument; readonly id: string | undefined };
type NoHead = { readonly path: string; readonly what: string; readonly hint: string };

/** Which kind a document says it is; everything else depends on that. */
function headOf({ value }: YamlDocument): Head | NoHead {
  const all = Object.keys(kinds);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const hint = `start it with apiVersion: ${apiVersion} and kind: ${all.join(' | ')}`;
    return { path: '', what: 'has a document that is not a map', hint };
  }
  const { kind, metadata } = value as {
    readonly kind?: unknown;
    readonly metadata?: { readonly name?: unknown } | null;
  };
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) {
    const name = metadata?.name;
    return { kind: kind as KindOfDocument, id: typeof name === 'string' ? `${kind}/${name.slice(0, 63)}` : undefined };
  }
  const what = kind === undefined || kind === null ? 'is missing' : 'is not a Landfall kind';
  return { path: 'kind', what, hint: suggestion(typeof kind === 'string' ? kind : '', all, 'kinds') };
}

function sizeObjections(document: ConfigDocument, spec: MigrationSpec | WaveSpec | undefined): Objection[] {
  const bytes = spec === undefined ? 0 : Buffer.byteLength(JSON.stringify(spec));
  if (bytes <= specBytesMax) return [];
  const hint = 'use wildcards and fewer, broader transforms, or split it into several migrations';
  return [
    {
      document,
      path: ['spec'],
      what: `has ${bytes} bytes with everything it refers to; a run accepts at most ${specBytesMax}`,
      hint,
    },
  ];
}

function emptyFile(file: string): ConfigProblem {
  const hint = `write documents of kind ${Object.keys(kinds).join(', ')}; see docs/reference/configuration.md`;
  return configProblem({ file, at: { line: 1, column: 1 }, path: '', what: 'has no document', hint });
}

function invalid(file: string, found: readonly ConfigProblem[]): LandfallError {
  const problems = sortProblems(found);
  const first = problems[0];
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new LandfallError('CONFIG_INVALID', { what: `${file} has ${count}`, ref: first?.ref ?? file, problems });
}
