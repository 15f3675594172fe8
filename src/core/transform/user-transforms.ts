import { errorDetail, isLandfallError, LandfallError, type ErrorDetail } from '../errors.ts';
import { canonicalOf } from '../json/canonical.ts';
import { testFailed, type DocumentView } from '../json/document.ts';
import { nodeAtPointer, parseDocument, valueOf } from '../json/node.ts';
import { compileJsonPath } from '../json/json-path.ts';
import { mergeOperations } from '../json/patch.ts';
import { parsePointer } from '../json/pointer.ts';
import { asText, encodeValue, isJsonObject } from '../json/value.ts';
import type { ApiResource } from '../resource.ts';
import { compileGlobs } from '../select/glob.ts';
import type { ObjectHead } from '../select/head.ts';
import { compileKinds } from '../select/kinds.ts';
import { matchesLabels, parseLabelSelector } from '../select/labels.ts';
import type { JsonPathMatch, PatchOperation, TransformSpec } from '../spec/spec.ts';
import { compilePattern } from './pattern.ts';
import { replaceOperations } from './rendered.ts';
import { strategicOperations } from './strategic.ts';

/** A user's transform, ready to be asked. */
export interface UserTransform {
  readonly id: string;
  readonly reason: string;
  /** Judged by the object as captured: name, namespace and values before any rule. */
  matches(head: ObjectHead, text: string, resource: ApiResource): boolean;
  operations(view: DocumentView, head: ObjectHead): readonly PatchOperation[];
}

/** Fields of metadata that are the server's or Landfall's: a patch of them could only lose data (facts 1 to 6). */
const forbidden: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  'ownerReferences',
]);

const compiled = new WeakMap<readonly TransformSpec[], readonly UserTransform[]>();

/** Compiles transforms once. Throws CONFIG_INVALID with all problems of all of them. */
export function compileTransforms(specs: readonly TransformSpec[]): readonly UserTransform[] {
  const known = compiled.get(specs);
  if (known !== undefined) return known;
  const problems = checkTransforms(specs);
  const first = problems[0];
  if (first !== undefined) throw new LandfallError('CONFIG_INVALID', { ...first, problems });
  const transforms = specs.map(compileOne);
  compiled.set(specs, transforms);
  return transforms;
}

/** Everything wrong with a list of transforms, for a check of the whole file before a run. */
export function checkTransforms(specs: readonly TransformSpec[]): readonly ErrorDetail[] {
  return specs.flatMap((spec, index) => checkOne(spec, spec.name === '' ? `transforms[${index}]` : spec.name));
}

/** True when the only thing wrong with a patch is that its test does not hold for this object. */
export function isFailedTest(error: unknown): boolean {
  return isLandfallError(error, 'TRANSFORM_FAILED') && error.detail.why === testFailed;
}

function compileOne(spec: TransformSpec): UserTransform {
  const { match } = spec;
  const kinds = match.kinds.length === 0 ? undefined : compileKinds(match.kinds);
  const namespaces = match.namespaces.length === 0 ? undefined : compileGlobs(match.namespaces);
  const name = compilePattern(match.name);
  const selector = parseLabelSelector(match.labelSelector);
  const fields = (match.fields ?? []).map(({ path, value }) => ({ path, text: canonicalText(value) }));
  const paths = (match.jsonPath ?? []).map(compilePathMatch);
  return {
    id: `user/${spec.name}`,
    reason: spec.reason,
    matches: (head, text, resource) =>
      (kinds === undefined || kinds(resource)) &&
      (namespaces === undefined || namespaces(head.ref.namespace)) &&
      name(head.ref.name) &&
      matchesLabels(selector, head.labels) &&
      fields.every((field) => hasValue(text, field.path, field.text)) &&
      paths.every((holds) => holds(text)),
    operations: (view, head) => {
      if (spec.manifest !== undefined) return replaceOperations(view, spec.manifest);
      if (spec.patch.length > 0) return spec.patch;
      if (spec.mergePatch !== undefined) return mergeOperations(view, spec.mergePatch);
      return spec.strategicPatch === undefined ? [] : strategicOperations(view, head.ref, spec.strategicPatch);
    },
  };
}

/** At least one value of the path is there, equal, or matches. */
function compilePathMatch({ path, value, matches }: JsonPathMatch): (text: string) => boolean {
  const find = compileJsonPath(path);
  const pattern = matches === undefined ? undefined : compilePattern(matches);
  const wanted = value === undefined ? undefined : canonicalText(value);
  return (text) =>
    find(parseDocument(text)).some((node) => {
      if (wanted !== undefined) return canonicalOf(node) === wanted;
      if (pattern === undefined) return true;
      return node.kind !== 'object' && node.kind !== 'array' && pattern(asText(valueOf(node)));
    });
}

function hasValue(text: string, path: string, wanted: string): boolean {
  const node = nodeAtPointer(parseDocument(text), path);
  return node !== undefined && canonicalOf(node) === wanted;
}

function canonicalText(value: unknown): string {
  return canonicalOf(parseDocument(encodeValue(value)));
}

function checkOne(spec: TransformSpec, name: string): readonly ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  const attempt = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      const what = isLandfallError(error)
        ? `${error.detail.what}${error.detail.why === undefined ? '' : `: ${error.detail.why}`}`
        : String(error);
      problems.push(errorDetail('CONFIG_INVALID', { what: `transform ${name}: ${what}`, ref: name }));
    }
  };
  attempt(() => void compilePattern(spec.match.name));
  attempt(() => void parseLabelSelector(spec.match.labelSelector));
  for (const field of spec.match.fields ?? []) {
    attempt(() => void parsePointer(field.path));
    attempt(() => void encodeValue(field.value));
  }
  for (const one of spec.match.jsonPath ?? []) {
    attempt(() => void compileJsonPath(one.path));
    attempt(() => void compilePattern(one.matches ?? ''));
    if (one.value !== undefined) attempt(() => void encodeValue(one.value));
    if (one.value !== undefined && one.matches !== undefined) {
      attempt(() => {
        throw refused(`jsonPath ${one.path} has both value and matches`);
      });
    }
  }
  for (const operation of spec.patch) attempt(() => checkOperation(operation));
  for (const patch of [spec.mergePatch, spec.strategicPatch]) {
    if (patch !== undefined) attempt(() => checkMerge(patch));
  }
  const { manifest } = spec;
  if (manifest !== undefined) attempt(() => void encodeValue(manifest.content));
  return problems;
}

function checkOperation(operation: PatchOperation): void {
  const path = parsePointer(operation.path);
  if (operation.from !== undefined) checkWritten(operation.op === 'move' ? parsePointer(operation.from) : ['spec']);
  if (operation.op !== 'test') checkWritten(path);
  if (operation.op === 'add' || operation.op === 'replace' || operation.op === 'test') encodeValue(operation.value);
}

function checkWritten(path: readonly string[]): void {
  const [root, field] = path;
  const whole = root === undefined || (root === 'metadata' && field === undefined);
  if (whole) throw refused('it replaces the whole object or its metadata');
  if (root === 'apiVersion' || root === 'kind') throw refused(`it changes ${root}, which no patch can convert`);
  if (root === 'metadata' && field !== undefined && forbidden.has(field)) throw refused(`it writes metadata.${field}`);
}

function checkMerge(patch: Readonly<Record<string, unknown>>): void {
  encodeValue(patch);
  for (const key of Object.keys(patch)) if (key !== 'metadata') checkWritten([key]);
  const metadata = patch['metadata'];
  if (metadata === undefined) return;
  if (!isJsonObject(metadata)) throw refused('it replaces the whole metadata');
  for (const key of Object.keys(metadata)) checkWritten(['metadata', key]);
}

function refused(why: string): LandfallError {
  return new LandfallError('TRANSFORM_FAILED', { what: 'the patch is rejected', why });
}
