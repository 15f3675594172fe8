import type { z } from 'zod';
import { documentPath } from './document.ts';
import { keysAt, placesOf, schemaAt } from './json-schema.ts';
import type { DocumentKind } from './kind.ts';
import { configProblem, type ConfigPath, type ConfigProblem } from './problem.ts';
import { quotedValue, writtenAt } from './quote-value.ts';
import { closest, suggestion } from './suggest.ts';
import type { YamlDocument } from './yaml.ts';

const secretHint =
  'write a reference, { file: PATH } or { env: NAME }, and take the value out of the file; change the secret if the file was shared';

interface Subject {
  readonly kind: DocumentKind;
  /** `Migration/shop`, or `Migration` when the name is not readable. */
  readonly name: string;
  readonly yaml: YamlDocument;
}

interface Found {
  readonly path: ConfigPath;
  readonly atKey?: boolean;
  readonly what: string;
  readonly hint: string;
}

/** Turns what the schema found into problems with places, values and hints; what may be a secret is not shown. */
export function schemaProblems(found: readonly z.core.$ZodIssue[], subject: Subject): ConfigProblem[] {
  const issues = found.flatMap((issue) => withinUnion(issue, subject));
  const misspelt = misspeltKeys(issues, subject);
  const unreported = issues.filter((issue) => !misspelt.has(JSON.stringify(issue.path)));
  return unreported.flatMap((issue) =>
    describe(issue, subject).map(({ path, atKey, what, hint }) => {
      const at = atKey === true ? subject.yaml.keyAt(path) : subject.yaml.valueAt(path);
      const value = atKey === true ? undefined : quotedValue(path, writtenAt(subject.yaml.value, path));
      return configProblem({ file: subject.yaml.file, at, path: documentPath(subject.name, path), value, what, hint });
    })
  );
}

/** Of a word or a map, such as `encryption`: what is wrong in the map, where one is written. */
function withinUnion(issue: z.core.$ZodIssue, subject: Subject): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.discriminator !== undefined) return [issue];
  const value = writtenAt(subject.yaml.value, namesIn(issue.path));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [issue];
  const ofMap = issue.errors.find((errors) =>
    errors.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys')
  );
  return ofMap === undefined ? [issue] : ofMap.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function namesIn(path: readonly PropertyKey[]): ConfigPath {
  return path.filter((segment) => typeof segment !== 'symbol');
}

/** Paths that are missing only because their key is written wrong, which is reported there. */
function misspeltKeys(issues: readonly z.core.$ZodIssue[], subject: Subject): ReadonlySet<string> {
  const paths = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const path = namesIn(issue.path);
    const known = keysAt(subject.kind, path);
    return issue.keys.map((key) => JSON.stringify([...path, closest(key, known)]));
  });
  return new Set(paths.filter((path) => writtenAt(subject.yaml.value, JSON.parse(path)) === undefined));
}

function describe(issue: z.core.$ZodIssue, subject: Subject): Found[] {
  const path = namesIn(issue.path);
  const value = writtenAt(subject.yaml.value, path);
  if (issue.code === 'invalid_type' && value !== undefined && isSecretSource(subject.kind, path)) {
    return [{ path, what: 'must be a reference to a secret, not a value', hint: secretHint }];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, subject));
    case 'invalid_type':
      return [wrongType(issue.expected, path, subject)];
    case 'invalid_value':
      return [wrongChoice(issue.values.map(String), path, value)];
    case 'invalid_union':
      return [wrongUnion(issue, path, subject)];
    case 'invalid_format':
      return [{ path, what: `is not ${expectation(issue.message)}`, hint: 'see docs/reference/configuration.md' }];
    case 'too_small':
    case 'too_big':
      return [outOfBounds(issue, path)];
    default:
      return [{ path, what: 'is not valid', hint: 'see docs/reference/configuration.md' }];
  }
}

function unknownKey(key: string, path: ConfigPath, subject: Subject): Found {
  const at = { path: [...path, key], atKey: true, what: 'is not a known key' };
  if (isSecretSource(subject.kind, path)) return { ...at, hint: secretHint };
  const hint = subject.kind.unknownKeyHints?.[String(path.at(-1))];
  if (hint !== undefined) return { ...at, hint };
  const known = keysAt(subject.kind, path, writtenAt(subject.yaml.value, path));
  if (closest(key, known) === undefined) {
    const places = placesOf(subject.kind, key);
    if (places.length > 0) return { ...at, hint: `it belongs to ${places.join(' or ')}` };
  }
  return { ...at, hint: suggestion(key, known, 'known keys') };
}

/** True for a reference to a secret, `{ file: PATH }` or `{ env: NAME }`: people write the secret itself there. */
function isSecretSource(kind: DocumentKind, path: ConfigPath): boolean {
  return Object.keys(schemaAt(kind, path)?.properties ?? {}).join() === 'file,env';
}

function wrongType(expected: string, path: ConfigPath, subject: Subject): Found {
  const value = writtenAt(subject.yaml.value, path);
  const noun = expected === 'nonoptional' ? 'a value' : (typeNouns[expected] ?? expected);
  if (value === undefined || value === null) {
    const known = keysAt(subject.kind, path);
    const keys = known.length > 0 ? `; keys: ${known.slice(0, 8).join(', ')}` : '';
    const what = value === null && hasKey(subject.yaml.value, path) ? 'is empty' : 'is missing';
    return { path, what, hint: `give it ${noun}${keys}` };
  }
  const got = Array.isArray(value) ? 'a list' : (typeNouns[typeof value] ?? typeof value);
  const how =
    typeof value === 'object' ? '' : expected === 'string' ? ', in quotes' : expected === 'array' ? ': [ … ]' : '';
  return { path, what: `must be ${noun}, but is ${got}`, hint: `write ${noun}${how}` };
}

function wrongChoice(values: readonly string[], path: ConfigPath, value: unknown): Found {
  const missing = value === undefined || value === null;
  const suggestion = typeof value === 'string' ? closest(value, values) : undefined;
  const choices = values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
  const did = suggestion === undefined ? '' : `did you mean ${suggestion}? `;
  return { path, what: missing ? 'is missing' : `is not ${choices}`, hint: `${did}it can be ${choices}` };
}

function wrongUnion(issue: z.core.$ZodIssueInvalidUnion, path: ConfigPath, subject: Subject): Found {
  const value = writtenAt(subject.yaml.value, path);
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return wrongChoice(options, path, value);
  }
  const words = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
  const keys = keysAt(subject.kind, path);
  if (words.length > 0 && keys.length > 0) {
    const what = `is neither ${words.join(' nor ')} nor a map`;
    return { path, what, hint: `write ${words.join(', ')}, or a map; keys: ${keys.join(', ')}` };
  }
  const formats = issue.errors.flat().filter((inner) => inner.code === 'invalid_format');
  const first = formats[0]?.message;
  return {
    path,
    what: first === undefined ? 'is not valid' : `is not ${expectation(first)}`,
    hint: 'see docs/reference/configuration.md',
  };
}

function outOfBounds(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: ConfigPath): Found {
  const unit = boundUnits[issue.origin] ?? '';
  const [limit, side] = issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most'];
  const inclusive = issue.inclusive === false ? (issue.code === 'too_small' ? 'more than' : 'less than') : side;
  if (issue.code === 'too_small' && limit === 1 && unit !== '')
    return { path, what: 'is empty', hint: `give it at least one of its ${unit}` };
  return {
    path,
    what: `must ${unit === '' ? 'be' : 'have'} ${inclusive} ${limit}${unit === '' ? '' : ` ${unit}`}`,
    hint: 'see docs/reference/configuration.md',
  };
}

/** Messages of our own regular expressions are noun phrases; those of zod itself begin with "Invalid". */
function expectation(message: string): string {
  return message.startsWith('Invalid') ? 'in the right form' : message;
}

const typeNouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

const boundUnits: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', record: 'keys' };

function hasKey(root: unknown, path: ConfigPath): boolean {
  const parent = writtenAt(root, path.slice(0, -1));
  return parent !== null && typeof parent === 'object' && Object.hasOwn(parent, String(path.at(-1)));
}
