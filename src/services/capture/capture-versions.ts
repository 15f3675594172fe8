import { isLandfallError } from '../../core/errors.ts';
import { read } from '../../core/json/node.ts';
import { isJsonObject } from '../../core/json/value.ts';
import type { JsonValue } from '../../core/json/value.ts';
import type { CaptureKind } from '../../core/capture/capture-kinds.ts';
import { chooseVersion, hiddenFieldsFinding } from '../../core/capture/capture-versions.ts';
import type { HiddenIn } from '../../core/capture/capture-versions.ts';
import { versionsOfDefinition } from '../../core/capture/definition-versions.ts';
import type { DefinitionVersions } from '../../core/capture/definition-versions.ts';
import { describeRef } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { readListedHead } from '../../core/select/head.ts';
import { listServed } from '../objects/list-served.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';

const definitions: ApiResource = {
  ...{ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  ...{ plural: 'customresourcedefinitions', namespaced: false, verbs: ['list', 'get'], subresources: ['status'] },
};

/** Both sides, as discovery gave them. */
interface ServedKinds {
  readonly source: readonly ApiResource[];
  readonly target: readonly ApiResource[];
}

export interface KindsToRead {
  /** Kinds of which all objects of the scope are read: only these are judged. */
  readonly taken: readonly CaptureKind[];
  /** Cluster-scoped kinds of which some are read by name. */
  readonly byName: readonly CaptureKind[];
  readonly served: ServedKinds;
}

export interface ChosenVersions {
  readonly taken: readonly CaptureKind[];
  readonly byName: readonly CaptureKind[];
  readonly findings: readonly Finding[];
}

/**
 * Reads each custom kind in a version that shows all its objects have: a read in another version than the stored one
 * drops what that one does not know, and verification in the same version would not see it. Where no version does, objects
 * of the scope that lose something, or may, are a finding. A definition that may not be read is not judged. Reads only.
 */
export async function chooseVersions(
  session: Session<'source'>,
  { taken, byName, served }: KindsToRead,
  signal: AbortSignal
): Promise<ChosenVersions> {
  const known = await readDefinitions(session, [...taken, ...byName], signal);
  const choose = (kind: CaptureKind) => {
    const definition = known.get(`${kind.resource.plural}.${kind.resource.group}`);
    if (definition === undefined) return { kind, hidden: [] };
    const { resource, hidden } = chooseVersion(kind.resource, definition, served);
    return { kind: { ...kind, resource }, hidden };
  };
  const chosen = taken.map(choose);
  const findings: Finding[] = [];
  for (const { kind, hidden } of chosen) {
    for (const one of hidden) {
      const found = await objectsThatLose(session, kind, { one, served, signal });
      if (found.length > 0) findings.push(hiddenFieldsFinding(kind.resource, one, found));
    }
  }
  return { taken: chosen.map(({ kind }) => kind), byName: byName.map((kind) => choose(kind).kind), findings };
}

async function readDefinitions(
  { source }: Session<'source'>,
  kinds: readonly CaptureKind[],
  signal: AbortSignal
): Promise<ReadonlyMap<string, DefinitionVersions>> {
  const wanted = new Set(kinds.map(({ resource }) => `${resource.plural}.${resource.group}`));
  const found = new Map<string, DefinitionVersions>();
  try {
    for await (const page of listServed(source, definitions, { signal })) {
      for (const bytes of page.items) {
        const text = textOf(bytes);
        const { name } = readListedHead(text, definitions).ref;
        const versions = wanted.has(name) ? versionsOfDefinition(text) : undefined;
        if (versions !== undefined) found.set(name, versions);
      }
    }
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN', 'KIND_NOT_SERVED')) throw error;
  }
  return found;
}

interface Hidden {
  readonly one: HiddenIn;
  readonly served: ServedKinds;
}

/** Objects of the scope with a value in a hidden field; all of them where the version that shows it is not served. */
async function objectsThatLose(
  { source }: Session<'source'>,
  kind: CaptureKind,
  { one, served, signal }: Hidden & { readonly signal: AbortSignal }
): Promise<readonly string[]> {
  const { group, plural } = kind.resource;
  const shown = served.source.find(
    (resource) => resource.group === group && resource.plural === plural && resource.version === one.version
  );
  const resource = shown ?? kind.resource;
  const names = new Set<string>();
  for (const namespace of kind.namespaces) {
    for await (const page of listServed(source, resource, { namespace, signal })) {
      for (const bytes of page.items) {
        const text = textOf(bytes);
        const { ref } = readListedHead(text, resource);
        if (shown === undefined || one.fields.some((field) => hasField(read(text, '') ?? null, field))) {
          names.add(describeRef(ref));
        }
      }
    }
  }
  return [...names].sort();
}

/** Whether a value is there at a pointer in which `*` stands for any key or item. */
function hasField(value: JsonValue | undefined, pointer: string): boolean {
  const [, first, ...rest] = pointer.split('/');
  if (first === undefined) return value !== undefined;
  const next = rest.length === 0 ? '' : `/${rest.join('/')}`;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => hasField(item, next));
  if (!isJsonObject(value)) return false;
  if (first === '*') return Object.values(value).some((member) => hasField(member, next));
  return Object.hasOwn(value, first) && hasField(value[first], next);
}
