import { LandfallError } from '../core/errors.ts';
import {
  documentsOf,
  toProblem,
  type ConfigDocument,
  type ConfigSet,
  type LandfallDocument,
  type Violation,
} from './document.ts';
import { apiVersion, nameOfKind, type DocumentKind, type Resolved } from './kind.ts';
import { configProblem, sortProblems, type ConfigProblem } from './problem.ts';
import { quotedValue, writtenAt } from './quote-value.ts';
import { checkLocalRules, checkRules, checkRulesAround, rulesOf } from './rules.ts';
import { salvage, touches, type Salvaged } from './salvage.ts';
import { schemaProblems } from './schema-problems.ts';
import { suggestion } from './suggest.ts';
import { watchReads } from './watch-reads.ts';
import { parseYaml, type YamlDocument } from './yaml.ts';

/** A specification goes into a workflow's input; more than this belongs into several migrations. */
const specBytesMax = 128 * 1024;

/** What a file holds: every document as written, and by the plural of each kind the specifications of its documents. */
export type LoadedFile<K extends DocumentKind = DocumentKind> = {
  readonly file: string;
  /** Defaults filled in, in the order of the file. */
  readonly documents: readonly LandfallDocument[];
} & { readonly [Kind in K as Kind['plural']]: readonly SpecOf<Kind>[] };

type SpecOf<K> = K extends DocumentKind<LandfallDocument, infer S> ? S : never;

/**
 * Validates and resolves the text of a configuration file that may hold documents of these kinds; `file` gives messages their
 * place and relative paths their folder. Throws CONFIG_INVALID whose `problems` are all problems of the file as
 * `ConfigProblem`, in the order of the file. Nothing outside of files is looked at.
 */
export async function loadDocuments<const K extends DocumentKind>(
  text: string,
  file: string,
  kinds: readonly K[]
): Promise<LoadedFile<K>> {
  const parsed = parseYaml(text, file);
  const problems: ConfigProblem[] = [...parsed.problems];
  if (parsed.documents.length === 0 && problems.length === 0) problems.push(emptyFile(file, kinds));
  const valid: ConfigDocument[] = [];
  const broken: Broken[] = [];
  const ids = new Set<string>();
  for (const written of parsed.documents) {
    const result = await readDocument(written, kinds);
    if (result.id !== undefined) ids.add(result.id);
    if (result.document !== undefined) valid.push(result.document);
    if (result.broken !== undefined) broken.push(result.broken);
    problems.push(...result.problems);
  }
  const rules = rulesOf(kinds);
  const build = (documents: readonly ConfigDocument[]): ConfigSet => ({ file, ids, documents });
  for (const { document, kind, salvaged } of broken) {
    const alone = build([document]);
    const violations = [...(await kind.open(alone)).violations, ...checkLocalRules(rules, alone)];
    problems.push(...violations.filter(({ path }) => !touches(salvaged, path)).map(toProblem));
  }
  const watched = broken.map(({ document, salvaged }) => watchReads(document, salvaged.madeUp));
  problems.push(...checkRulesAround(rules, { valid, broken: watched, build }).map(toProblem));
  const config = build(valid);
  problems.push(...checkRules(rules, config).map(toProblem));
  const resolved = await resolveAll(config, kinds);
  problems.push(...resolved.violations.map(toProblem));
  if (problems.length > 0) throw invalid(file, problems);
  // Each kind's list holds what its own resolver gave, which the compiler cannot follow through the list of kinds.
  return { file, documents: valid.map(({ value }) => value), ...resolved.specs } as unknown as LoadedFile<K>;
}

/** Makes the specifications of every document, kind by kind, so that a kind may refer to those before it. */
async function resolveAll(
  config: ConfigSet,
  kinds: readonly DocumentKind[]
): Promise<{ readonly specs: Readonly<Record<string, readonly unknown[]>>; readonly violations: Violation[] }> {
  const specs: Record<string, readonly unknown[]> = {};
  const resolved: Resolved = { of: ({ plural }) => (specs[plural] ?? []) as never };
  const violations: Violation[] = [];
  for (const kind of kinds) {
    const resolver = await kind.open(config);
    violations.push(...resolver.violations);
    specs[kind.plural] = documentsOf(config, kind.schema).flatMap((document) => {
      const spec = resolver.resolve(document, resolved);
      violations.push(...sizeViolations(document, spec));
      return spec === undefined ? [] : [spec];
    });
  }
  return { specs, violations };
}

interface Broken {
  readonly document: ConfigDocument;
  readonly kind: DocumentKind;
  readonly salvaged: Salvaged;
}

interface ReadDocument {
  readonly id: string | undefined;
  readonly document?: ConfigDocument;
  readonly broken?: Broken;
  readonly problems: readonly ConfigProblem[];
}

async function readDocument(written: YamlDocument, kinds: readonly DocumentKind[]): Promise<ReadDocument> {
  const head = headOf(written, kinds);
  if ('what' in head) {
    const { file } = written;
    const value = head.path === '' ? undefined : quotedValue(['kind'], writtenAt(written.value, ['kind']));
    return { id: undefined, problems: [configProblem({ file, at: written.valueAt(['kind']), value, ...head })] };
  }
  const { kind, id } = head;
  const { yaml, problems } = (await kind.fill?.(written)) ?? { yaml: written, problems: [] };
  const parsed = kind.schema.safeParse(yaml.value);
  if (parsed.success) return { id, document: { value: parsed.data, yaml }, problems };
  const { issues } = parsed.error;
  const found = [...problems, ...schemaProblems(issues, { kind, name: id ?? nameOfKind(kind), yaml })];
  const salvaged = salvage(kind, yaml.value, issues);
  if (salvaged === undefined) return { id, problems: found };
  return { id, problems: found, broken: { kind, salvaged, document: { value: salvaged.value, yaml } } };
}

type Head = { readonly kind: DocumentKind; readonly id: string | undefined };
type NoHead = { readonly path: string; readonly what: string; readonly hint: string };

/** Which kind a document says it is; everything else depends on that. */
function headOf({ value }: YamlDocument, kinds: readonly DocumentKind[]): Head | NoHead {
  const all = kinds.map(nameOfKind);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const hint = `start it with apiVersion: ${apiVersion} and kind: ${all.join(' | ')}`;
    return { path: '', what: 'has a document that is not a map', hint };
  }
  const { kind: written, metadata } = value as {
    readonly kind?: unknown;
    readonly metadata?: { readonly name?: unknown } | null;
  };
  const kind = kinds.find((one) => nameOfKind(one) === written);
  if (kind !== undefined) {
    const name = metadata?.name;
    return { kind, id: typeof name === 'string' ? `${nameOfKind(kind)}/${name.slice(0, 63)}` : undefined };
  }
  const what = written === undefined || written === null ? 'is missing' : 'is not a Landfall kind';
  return { path: 'kind', what, hint: suggestion(typeof written === 'string' ? written : '', all, 'kinds') };
}

function sizeViolations(document: ConfigDocument, spec: unknown): Violation[] {
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

function emptyFile(file: string, kinds: readonly DocumentKind[]): ConfigProblem {
  const hint = `write documents of kind ${kinds.map(nameOfKind).join(', ')}; see docs/reference/configuration.md`;
  return configProblem({ file, at: { line: 1, column: 1 }, path: '', what: 'has no document', hint });
}

function invalid(file: string, found: readonly ConfigProblem[]): LandfallError {
  const problems = sortProblems(found);
  const first = problems[0];
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new LandfallError('CONFIG_INVALID', { what: `${file} has ${count}`, ref: first?.ref ?? file, problems });
}
