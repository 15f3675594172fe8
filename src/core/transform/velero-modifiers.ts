import { errorDetail, isLandfallError, type ErrorDetail } from '../errors.ts';
import { asText, isJsonObject } from '../json/value.ts';
import { formatLabelSelector, selectorOf } from '../select/labels.ts';
import type { PatchOperation, TransformSpec } from '../spec/spec.ts';
import { checkTransforms } from './user-transforms.ts';

export interface VeleroModifiers {
  readonly transforms: readonly TransformSpec[];
  readonly problems: readonly ErrorDetail[];
}

/** Decodes the JSON or YAML text of a patch; throws what it likes when it cannot. */
export type DecodeText = (text: string) => unknown;

type ReportProblem = (what: string) => void;
type Plain = Readonly<Record<string, unknown>>;

/**
 * Reads Velero's resource-modifier document (`version: v1`, `resourceModifierRules`), or the ConfigMap around it, as
 * transforms. Meaning as in Velero (`internal/resourcemodifiers`): conditions are judged on the object as captured,
 * values of JSON patches are strings that become what they look like, a failing test leaves the object as it is.
 * Problems are all reported at once, with the place in `source`; transforms are those without problems.
 */
export function parseVeleroModifiers(
  document: unknown,
  source: string,
  decode: DecodeText = (text): unknown => JSON.parse(text)
): VeleroModifiers {
  const problems: ErrorDetail[] = [];
  const report = (what: string): void => {
    problems.push(errorDetail('CONFIG_INVALID', { what: `${source}: ${what}`, ref: source }));
  };
  const content = unwrap(document, decode, report);
  if (content === undefined) return { transforms: [], problems };
  checkDocumentKeys(content, 'the document', report);
  if (asText(content['version']).toLowerCase() !== 'v1') report('version must be v1');
  const rules = listOf(content['resourceModifierRules']);
  if (rules.length === 0) report('resourceModifierRules is empty');
  const transforms = rules.flatMap((rule, index) => {
    const before = problems.length;
    const specs = parseRule(rule, `resourceModifierRules[${index}]`, { source, decode, report });
    if (problems.length > before) return [];
    for (const problem of checkTransforms(specs)) report(problem.what);
    return problems.length > before ? [] : specs;
  });
  return { transforms, problems };
}

function unwrap(document: unknown, decode: DecodeText, report: ReportProblem): Plain | undefined {
  if (!isJsonObject(document)) {
    report('it is not a resource modifier document');
    return undefined;
  }
  if (document['kind'] !== 'ConfigMap') return document;
  const data = document['data'];
  const texts = isJsonObject(data) ? Object.values(data) : [];
  const inner = texts.length === 1 ? decoded(texts[0], decode) : undefined;
  if (isJsonObject(inner)) return inner;
  report('the ConfigMap must hold the document under exactly one key');
  return undefined;
}

/** The document that is read: its name, how its texts are decoded, and what takes its problems. */
interface Reading {
  readonly source: string;
  readonly decode: DecodeText;
  readonly report: ReportProblem;
}

const checkDocumentKeys = onlyKeys('version', 'resourceModifierRules');
const checkRuleKeys = onlyKeys('conditions', 'patches', 'mergePatches', 'strategicPatches');
const checkConditionKeys = onlyKeys('groupResource', 'namespaces', 'resourceNameRegex', 'labelSelector', 'matches');
const checkOperationKeys = onlyKeys('operation', 'path', 'from', 'value');

function parseRule(rule: unknown, at: string, { source, decode, report }: Reading): readonly TransformSpec[] {
  if (!isJsonObject(rule)) {
    report(`${at} is not a rule`);
    return [];
  }
  checkRuleKeys(rule, at, report);
  const match = parseConditions(rule['conditions'], `${at}.conditions`, report);
  const forms = ['patches', 'mergePatches', 'strategicPatches'].filter((form) => listOf(rule[form]).length > 0);
  if (forms.length !== 1) report(`${at} needs exactly one of patches, mergePatches and strategicPatches`);
  const shared = { match, reason: `resource modifier ${source} ${at}` };
  const patch = listOf(rule['patches']).map((item, index) => parseOperation(item, `${at}.patches[${index}]`, report));
  if (patch.length > 0) return [{ ...shared, name: `${source}/${at}`, patch }];
  return (['mergePatches', 'strategicPatches'] as const).flatMap((form) =>
    listOf(rule[form]).map((item, index): TransformSpec => {
      const place = `${at}.${form}[${index}]`;
      const value = isJsonObject(item) ? decoded(item['patchData'], decode) : undefined;
      if (!isJsonObject(value)) report(`${place}.patchData is not a JSON or YAML object`);
      const data = isJsonObject(value) ? value : {};
      const kind = form === 'mergePatches' ? { mergePatch: data } : { strategicPatch: data };
      return { ...shared, name: `${source}/${place}`, patch: [], ...kind };
    })
  );
}

function parseConditions(conditions: unknown, at: string, report: ReportProblem): TransformSpec['match'] {
  const given = isJsonObject(conditions) ? conditions : {};
  checkConditionKeys(given, at, report);
  const groupResource = given['groupResource'];
  if (typeof groupResource !== 'string' || groupResource === '') report(`${at}.groupResource is missing`);
  const kind = typeof groupResource === 'string' ? groupResource : '';
  if (/[[\]{}!\\]/.test(kind)) report(`${at}.groupResource has a wildcard other than * and ?`);
  const fields = listOf(given['matches']).map((item, index) => {
    if (!isJsonObject(item) || typeof item['path'] !== 'string') report(`${at}.matches[${index}].path is missing`);
    const { path, value } = isJsonObject(item) ? item : { path: '', value: '' };
    return { path: asText(path), value: typedValue(value, `${at}.matches[${index}].value`, report) };
  });
  return {
    // Without a group Velero means the core group; a trailing dot says so here.
    kinds: [/[.*]/.test(kind) ? kind : `${kind}.`],
    namespaces: listOf(given['namespaces']).map(String),
    name: typeof given['resourceNameRegex'] === 'string' ? given['resourceNameRegex'] : '',
    labelSelector: selectorText(given['labelSelector'], `${at}.labelSelector`, report),
    ...(fields.length === 0 ? {} : { fields }),
  };
}

function selectorText(selector: unknown, at: string, report: ReportProblem): string {
  try {
    return formatLabelSelector(selectorOf(selector));
  } catch (error) {
    report(`${at}: ${isLandfallError(error) ? error.detail.what : 'no label selector'}`);
    return '';
  }
}

const operations: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

function parseOperation(item: unknown, at: string, report: ReportProblem): PatchOperation {
  const given = isJsonObject(item) ? item : {};
  checkOperationKeys(given, at, report);
  const op = asText(given['operation']).toLowerCase();
  if (!operations.has(op)) report(`${at}.operation must be one of ${[...operations].join(', ')}`);
  if (typeof given['path'] !== 'string' || given['path'] === '') report(`${at}.path is missing`);
  const path = asText(given['path']);
  const from = typeof given['from'] === 'string' && given['from'] !== '' ? { from: given['from'] } : {};
  const needsValue = op === 'add' || op === 'replace' || op === 'test';
  const value = needsValue ? { value: typedValue(given['value'], `${at}.value`, report) } : {};
  return { op: op as PatchOperation['op'], path, ...from, ...value };
}

/** Velero's rule (`addQuotes`): null, booleans, numbers, objects and lists are themselves, `"…"` is text, so is the rest. */
function typedValue(value: unknown, at: string, report: ReportProblem): unknown {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return value;
  if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) return value.slice(1, -1);
  if (value === 'null') return null;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  const looksLikeJson = /^[{[]/.test(value) || /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(value);
  if (!looksLikeJson) return value;
  // A transform is plain data that travels as JSON, where such a number would silently become another.
  if (/[0-9]{16}/.test(value) && !/^[{[]/.test(value))
    report(`${at} is a number beyond 2^53; write it as a string, or use a copy operation`);
  try {
    return JSON.parse(value) as unknown;
  } catch {
    report(`${at} starts like JSON, but is not valid JSON`);
    return value;
  }
}

function decoded(text: unknown, decode: DecodeText): unknown {
  if (typeof text !== 'string') return text;
  try {
    return decode(text);
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Makes a check that reports the keys of a value that are none of these. */
function onlyKeys(...keys: readonly string[]): (value: Plain, at: string, report: ReportProblem) => void {
  return (value, at, report) => {
    for (const key of Object.keys(value)) if (!keys.includes(key)) report(`${at} has the unknown key ${key}`);
  };
}
