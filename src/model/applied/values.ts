import { basename, dirname } from 'node:path';
import { isLandfallError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json/value.ts';
import type { Filled } from '../../config/kind.ts';
import { resolvePath } from '../../config/paths.ts';
import {
  configProblem,
  formatPath,
  type ConfigPath,
  type ConfigProblem,
  type ProblemOptions,
} from '../../config/problem.ts';
import { readText } from '../../config/read-text.ts';
import { parseYaml, type YamlDocument } from '../../config/yaml.ts';

type Values = Readonly<Record<string, unknown>>;

/** Where values are put in: what people write about objects. Clusters, scope and locations say what they say. */
const places = ['translation', 'transforms'] as const;

const whole = /^\{\{-?\s*\.Values\.([^{}]*?)\s*-?\}\}$/;
const within = /\{\{-?\s*\.Values\.([^{}]*?)\s*-?\}\}/g;
const keys = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

interface Filling {
  readonly yaml: YamlDocument;
  readonly values: Values;
  readonly problems: ConfigProblem[];
}

/**
 * Puts the values of `spec.values` in a document's translation and transforms, as a template of Helm has them: a text that
 * is only `{{ .Values.a.b }}` becomes the value with its type, within a text scalars are written out. Functions of
 * templates are refused: nothing is executed. Later files are stronger, maps are merged key by key. Without `spec.values`
 * the document stays as it is.
 */
export async function withValues(yaml: YamlDocument): Promise<Filled> {
  const root = isJsonObject(yaml.value) ? yaml.value : {};
  const spec = isJsonObject(root['spec']) ? root['spec'] : {};
  const files: unknown = spec['values'];
  if (!Array.isArray(files) || files.length === 0) return { yaml, problems: [] };
  const filling: Filling = { yaml, values: {}, problems: [] };
  let values: Values = {};
  for (const [index, file] of files.entries()) {
    if (typeof file === 'string') values = merged(values, await readValues(filling, file, ['spec', 'values', index]));
  }
  // Without a file every use of it would be reported again.
  if (filling.problems.length > 0) return { yaml, problems: filling.problems };
  const filled = { ...spec };
  for (const place of places) {
    if (spec[place] !== undefined) filled[place] = fill({ ...filling, values }, spec[place], ['spec', place]) as never;
  }
  return { yaml: { ...yaml, value: { ...root, spec: filled } }, problems: filling.problems };
}

async function readValues(filling: Filling, file: string, path: ConfigPath): Promise<Values> {
  let text: string;
  try {
    text = await readText(resolvePath(file, dirname(filling.yaml.file)));
  } catch (error) {
    if (!isLandfallError(error, 'CONFIG_UNREADABLE')) throw error;
    report(filling, path, {
      what: `names a file that cannot be read: ${error.detail.why ?? ''}`,
      hint: 'paths are relative to this file',
    });
    return {};
  }
  const { documents, problems } = parseYaml(text, file);
  for (const { what, fix, ref } of problems)
    report(filling, path, { what: `names a file with a problem: ${what}`, hint: `${ref ?? file}: ${fix}` });
  const value = documents[0]?.value;
  if (problems.length > 0) return {};
  if (documents.length === 1 && isJsonObject(value)) return value;
  report(filling, path, {
    what: 'names a file that is not a map',
    hint: 'give it keys and values, as in a Helm values.yaml',
  });
  return {};
}

function merged(before: Values, after: Values): Values {
  const result: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after)) {
    const present = Object.hasOwn(before, key) ? before[key] : undefined;
    result[key] = isJsonObject(present) && isJsonObject(value) ? merged(present, value) : value;
  }
  return result;
}

function fill(filling: Filling, value: unknown, path: ConfigPath): unknown {
  if (typeof value === 'string') return fillText(filling, value, path);
  if (Array.isArray(value)) return value.map((one, index) => fill(filling, one, [...path, index]));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(filling, one, [...path, key])]));
}

function fillText(filling: Filling, text: string, path: ConfigPath): unknown {
  if (!text.includes('{{')) return text;
  const only = whole.exec(text)?.[1];
  // What has no value stays as written: it is reported once, and not by its form again.
  if (only !== undefined) return valueOf(filling, only, path) ?? text;
  return text.replace(within, (_, name: string) => {
    const value = valueOf(filling, name, path);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (value !== undefined)
      report(filling, path, {
        what: `puts .Values.${name}, which is not a scalar, into a string`,
        hint: 'write the template as the whole value',
      });
    return '';
  });
}

function valueOf(filling: Filling, name: string, path: ConfigPath): unknown {
  if (!keys.test(name)) {
    report(filling, path, {
      what: 'has a template with more than a path',
      hint: 'write {{ .Values.key.key }}; render the rest with helm template and use fromManifests',
    });
    return undefined;
  }
  let value: unknown = filling.values;
  for (const key of name.split('.')) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (value === undefined || value === null) {
    report(filling, path, {
      what: `has no value for .Values.${name}`,
      hint: `write it to ${filesOf(filling).join(' or ')}`,
    });
    return undefined;
  }
  return value;
}

function filesOf({ yaml }: Filling): readonly string[] {
  const { spec } = yaml.value as { readonly spec: { readonly values: readonly unknown[] } };
  return spec.values.map((file) => basename(String(file)));
}

/** Adds a problem: what is wrong, and what to do about it. */
function report(
  { yaml, problems }: Filling,
  path: ConfigPath,
  { what, hint }: Pick<ProblemOptions, 'what' | 'hint'>
): void {
  const { kind = '', metadata } = yaml.value as {
    readonly kind?: string;
    readonly metadata?: { readonly name?: unknown };
  };
  const name = typeof metadata?.name === 'string' ? `/${metadata.name.slice(0, 63)}` : '';
  problems.push(
    configProblem({ file: yaml.file, at: yaml.valueAt(path), path: `${kind}${name} ${formatPath(path)}`, what, hint })
  );
}
