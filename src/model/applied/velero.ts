import { basename, dirname } from 'node:path';
import { isLandfallError } from '../../core/errors.ts';
import type { TransformSpec } from '../../core/spec/spec.ts';
import { parseVeleroModifiers } from '../../core/transform/velero-modifiers.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import { resolvePath } from '../../config/paths.ts';
import type { ConfigPath } from '../../config/problem.ts';
import { readText } from '../../config/read-text.ts';
import { veleroConfigMapKey } from './rules-mapping.ts';
import type { AppliedDocument } from './document.ts';
import { readRendered } from './rendered.ts';
import { parseYaml, type YamlDocument } from '../../config/yaml.ts';

/** What files of others that a configuration names say, by absolute path: Velero's, and rendered manifests. */
export interface VeleroFiles {
  readonly storageClasses: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly transforms: ReadonlyMap<string, readonly TransformSpec[]>;
}

interface Reading {
  readonly document: ConfigDocument<AppliedDocument>;
  readonly path: ConfigPath;
  readonly violations: Violation[];
}

/** Reads every Velero file that migrations name; what is wrong with one is an objection at the place that names it. */
export async function readVeleroFiles(
  migrations: readonly ConfigDocument<AppliedDocument>[]
): Promise<{ files: VeleroFiles; violations: Violation[] }> {
  const storageClasses = new Map<string, Readonly<Record<string, string>>>();
  const transforms = new Map<string, readonly TransformSpec[]>();
  const violations: Violation[] = [];
  for (const document of migrations) {
    const { spec } = document.value;
    const configMap = spec.storageClasses[veleroConfigMapKey];
    if (configMap !== undefined) {
      const reading = { document, path: ['spec', 'storageClasses', veleroConfigMapKey], violations };
      const yaml = await readOne(reading, configMap);
      if (yaml !== undefined) storageClasses.set(absolute(document, configMap), classesOf(reading, yaml));
    }
    for (const [index, { fromVeleroModifiers, fromManifests }] of spec.transforms.entries()) {
      if (fromManifests !== undefined) {
        const reading = { document, path: ['spec', 'transforms', index, 'fromManifests'], violations };
        const text = await readReferenced(reading, fromManifests);
        if (text !== undefined)
          transforms.set(absolute(document, fromManifests), manifestsOf(reading, text, fromManifests));
      }
      if (fromVeleroModifiers === undefined) continue;
      const reading = { document, path: ['spec', 'transforms', index, 'fromVeleroModifiers'], violations };
      const yaml = await readOne(reading, fromVeleroModifiers);
      if (yaml !== undefined) transforms.set(absolute(document, fromVeleroModifiers), modifiersOf(reading, yaml));
    }
  }
  return { files: { storageClasses, transforms }, violations };
}

/** Absolute path of a file that a document names. */
export function absolute(document: ConfigDocument, path: string): string {
  return resolvePath(path, dirname(document.yaml.file));
}

async function readOne(reading: Reading, path: string): Promise<YamlDocument | undefined> {
  const text = await readReferenced(reading, path);
  if (text === undefined) return undefined;
  const parsed = parseYaml(text, path);
  const problem = parsed.problems[0];
  const document = parsed.documents[0];
  if (problem === undefined && document !== undefined && parsed.documents.length === 1) return document;
  const hint = problem === undefined ? 'give it a file with exactly one document' : `${problem.ref}: ${problem.fix}`;
  object(reading, problem?.what ?? 'names a file without exactly one document', hint);
  return undefined;
}

async function readReferenced(reading: Reading, path: string): Promise<string | undefined> {
  try {
    return await readText(absolute(reading.document, path));
  } catch (error) {
    if (!isLandfallError(error, 'CONFIG_UNREADABLE')) throw error;
    object(reading, `names a file that cannot be read: ${error.detail.why ?? ''}`, 'paths are relative to this file');
    return undefined;
  }
}

/** Velero's `change-storage-class` plug-in reads pairs of names from `data` of a ConfigMap. */
function classesOf(reading: Reading, yaml: YamlDocument): Record<string, string> {
  const value = yaml.value as { kind?: unknown; data?: unknown } | null;
  const data = value?.kind === 'ConfigMap' ? value.data : undefined;
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    object(
      reading,
      'names a file that is not a ConfigMap with data',
      "give it the ConfigMap of Velero's change-storage-class plug-in"
    );
    return {};
  }
  const pairs = Object.entries(data).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  if (pairs.length < Object.keys(data).length)
    object(reading, 'names a ConfigMap with data that is not a string', 'put the values in quotes');
  return Object.fromEntries(pairs);
}

/** Patches of a modifier file are JSON or YAML in texts; both are read as YAML, with the same limits as the file. */
function modifiersOf(reading: Reading, yaml: YamlDocument): readonly TransformSpec[] {
  const { transforms, problems } = parseVeleroModifiers(yaml.value, basename(yaml.file), decodeYaml);
  for (const problem of problems) object(reading, `names a file with a problem: ${problem.what}`, problem.fix);
  return transforms;
}

/** Every problem of a rendered file is reported at the place that names it, with the line in the file as its hint. */
function manifestsOf(reading: Reading, text: string, file: string): readonly TransformSpec[] {
  const { scope, namespaceMapping } = reading.document.value.spec;
  const [only = '', ...others] = scope.namespaces;
  const isOne = others.length === 0 && !/[*?]/.test(only);
  const target = Object.hasOwn(namespaceMapping, only) ? namespaceMapping[only] : only;
  const { transforms, problems } = readRendered(text, file, isOne ? target : undefined);
  for (const { what, fix, ref } of problems)
    object(reading, `names a file with a problem: ${what}`, `${ref ?? file}: ${fix}`);
  return transforms;
}

function decodeYaml(text: string): unknown {
  const { documents, problems } = parseYaml(text, 'text');
  const [document] = documents;
  if (document === undefined || documents.length !== 1 || problems.length > 0)
    throw new Error('it is neither JSON nor YAML');
  return document.value;
}

function object(reading: Reading, what: string, hint: string): void {
  reading.violations.push({ document: reading.document, path: reading.path, what, hint });
}
