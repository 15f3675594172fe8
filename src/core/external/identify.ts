import { isBuiltInGroup } from '../graph/groups.ts';
import type { DocumentView } from '../json/document.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { PatchOperation } from '../spec/spec.ts';
import { externalFamilies, type ExternalFamily, type Setting } from './table.ts';

/** What an object stands for outside of the cluster. */
export interface External {
  readonly family: ExternalFamily;
  /** What shows it: `its annotation crossplane.io/external-name`. */
  readonly sign: string;
  /** `likely`: a field alone says so, and it may mean something else, or it depends on how the controller is set up. */
  readonly certainty: 'known' | 'likely';
}

/** Of a kind no family knows: the words most controllers of outside things use. */
const unknownFamily: ExternalFamily = {
  ...{ id: 'unknown', name: 'its controller', inert: 'none', hold: [] },
  source: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/',
};

/** Annotations in which controllers keep the name or id of what they manage outside. */
const externalNames = /(?:^|[./-])external-?(?:name|id|resource-?id|identifier)$/i;
/** Spec fields that say what a deletion means for something outside. */
const deletionFields = ['/spec/deletionPolicy', '/spec/reclaimPolicy', '/spec/deletePolicy'];

/**
 * Reports whether an object stands for something outside that a controller manages through it: by its kind, its finalizers,
 * its annotations and fields. Undefined for everything else.
 */
export function externalOf(ref: Pick<ObjectRef, 'group' | 'kind'>, view: DocumentView): External | undefined {
  const { candidates, isCustom } = kindOf(ref);
  if (candidates.length === 0 && !isCustom) return undefined;
  const annotations = keysOf(view.read('/metadata/annotations'));
  const finalizers = stringsOf(view.read('/metadata/finalizers'));
  for (const candidate of candidates) {
    const sign = signOf(candidate, { annotations, finalizers, view });
    if (sign !== undefined) {
      return { family: candidate.family, sign, certainty: candidate.family.certainty ?? 'known' };
    }
  }
  if (!isCustom) return undefined;
  const name = annotations.find((one) => externalNames.test(one));
  if (name !== undefined) return { family: unknownFamily, sign: `its annotation ${name}`, certainty: 'known' };
  const field = deletionFields.find((path) => typeof view.read(path) === 'string');
  if (field === undefined) return undefined;
  return { family: unknownFamily, sign: `its field ${field.slice(1).replaceAll('/', '.')}`, certainty: 'likely' };
}

/** A family that objects of a kind may belong to. */
interface Candidate {
  readonly family: ExternalFamily;
  /** The kind is one of the family's own. */
  readonly isKind: boolean;
  /** The kind alone says nothing: it takes an annotation as well. */
  readonly needsBoth: boolean;
}

interface KindOfObject {
  readonly candidates: readonly Candidate[];
  /** Namespaces and other built-in objects carry annotations that configure such controllers. */
  readonly isCustom: boolean;
}

/** What a kind alone decides, kept: a cluster has hundreds of thousands of objects and some hundred kinds. */
const kinds = new Map<string, KindOfObject>();

function kindOf({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>): KindOfObject {
  const key = `${group}/${kind}`;
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const isCustom = !isBuiltInGroup(group);
  const candidates = externalFamilies.flatMap((family): readonly Candidate[] => {
    const isKind = family.kinds?.test(key) === true || family.groups?.test(group) === true;
    if (family.except?.test(key) === true || (!isCustom && !isKind)) return [];
    return [{ family, isKind, needsBoth: family.kinds !== undefined && family.annotations !== undefined }];
  });
  const made = { candidates, isCustom };
  kinds.set(key, made);
  return made;
}

interface Signs {
  readonly annotations: readonly string[];
  readonly finalizers: readonly string[];
  readonly view: DocumentView;
}

function signOf({ family, isKind, needsBoth }: Candidate, signs: Signs): string | undefined {
  if (isKind && !needsBoth) return 'its kind';
  const annotation = signs.annotations.find((name) => family.annotations?.test(name) === true);
  if (annotation !== undefined && (isKind || !needsBoth)) return `its annotation ${annotation}`;
  const finalizer = signs.finalizers.find((name) => family.finalizers?.test(name) === true);
  if (finalizer !== undefined) return `its finalizer ${finalizer}`;
  const field = family.fields?.find((path) => signs.view.has(path));
  return field === undefined ? undefined : `its field ${field.slice(1).replaceAll('/', '.')}`;
}

/** The changes that give an object the settings; none for those it has. */
export function settingOperations(view: DocumentView, settings: readonly Setting[]): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const { path, value, where } of settings) {
    if (where === 'present' && !view.has(path)) continue;
    if (JSON.stringify(view.read(path)) === JSON.stringify(value)) continue;
    const parent = path.slice(0, path.lastIndexOf('/'));
    const parentIsMade = operations.some((one) => one.path === parent);
    if (!view.has(parent) && !parentIsMade) operations.push({ op: 'add', path: parent, value: {} });
    operations.push({ op: 'add', path, value });
  }
  return operations;
}

/** The settings of a family that an object has: those that hold it. */
export function isHeld(view: DocumentView, { hold }: ExternalFamily): boolean {
  return hold.length > 0 && settingOperations(view, hold).length === 0;
}

/** `annotation crossplane.io/paused`, `spec.suspend`: how people find a setting. */
export function settingName({ path }: Setting): string {
  const annotation = '/metadata/annotations/';
  return path.startsWith(annotation)
    ? `annotation ${path.slice(annotation.length).replaceAll('~1', '/').replaceAll('~0', '~')}`
    : path.slice(1).replaceAll('/', '.');
}

function keysOf(value: JsonValue | undefined): readonly string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((one) => typeof one === 'string') : [];
}
