import { decodeString, firstMember, itemsOf, membersOf, parseDocument, valueOf, type JsonNode } from '../json/node.ts';
import { isJsonObject } from '../json/value.ts';
import { apiVersionOf, groupResource, type ApiResource, type ObjectRef } from '../resource.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

/** Who has written to an object, without the fields. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string;
}

/** What selection and transforms need to know of every object, read without decoding its spec, status or data. */
export interface ObjectHead {
  readonly ref: ObjectRef;
  /** `deployments.apps`: which resource it was listed as. */
  readonly resource: string;
  readonly apiVersion: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  /** '' while the object lives. */
  readonly deletionTimestamp: string;
  readonly finalizers: readonly string[];
  readonly managers: readonly FieldManager[];
}

interface Draft {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  deletionTimestamp: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  finalizers: readonly string[];
  ownerReferences: readonly OwnerReference[];
  managedFields: JsonNode | undefined;
}

/**
 * Reads the head of an object. Kind and version come from `resource` where the text has none: list items of built-in
 * kinds lack them (api-server behaviour observed 1.34). Throws OBJECT_INVALID when the text is not a JSON object.
 */
export function readHead(text: string, resource: ApiResource): ObjectHead {
  const draft = emptyDraft();
  let apiVersion = apiVersionOf(resource);
  for (const member of membersOf(parseDocument(text))) {
    if (member.key === 'metadata') readMetadata(draft, member.value);
    else if (member.key === 'apiVersion') apiVersion = stringOf(member.value);
  }
  return headOf(draft, apiVersion, resource);
}

/**
 * Reads the head of an object as a server listed it, and looks at nothing behind its metadata: spec and data are most of
 * the text. Its version is the one that was listed. For objects of other origin, which may hold a key twice, `readHead`.
 */
export function readListedHead(text: string, resource: ApiResource): ObjectHead {
  const draft = emptyDraft();
  const metadata = firstMember(parseDocument(text), 'metadata');
  if (metadata !== undefined) readMetadata(draft, metadata);
  return headOf(draft, apiVersionOf(resource), resource);
}

function emptyDraft(): Draft {
  return {
    name: '',
    namespace: '',
    uid: '',
    resourceVersion: '',
    deletionTimestamp: '',
    labels: {},
    annotations: {},
    finalizers: [],
    ownerReferences: [],
    managedFields: undefined,
  };
}

function readMetadata(draft: Draft, metadata: JsonNode): void {
  for (const field of membersOf(metadata)) readField(draft, field.key, field.value);
}

function headOf({ name, namespace, managedFields, ...rest }: Draft, apiVersion: string, of: ApiResource): ObjectHead {
  let managers: readonly FieldManager[] | undefined;
  return {
    ref: { group: of.group, kind: of.kind, namespace, name },
    resource: groupResource(of),
    apiVersion,
    ...rest,
    // Read when asked for: most objects are decided without it, and it is the longest part of their metadata.
    get managers() {
      return (managers ??= managedFields === undefined ? [] : itemsOf(managedFields).map(managerOf));
    },
  };
}

function readField(draft: Draft, key: string, value: JsonNode): void {
  switch (key) {
    case 'name':
    case 'namespace':
    case 'uid':
    case 'resourceVersion':
    case 'deletionTimestamp':
      draft[key] = stringOf(value);
      return;
    case 'labels':
    case 'annotations':
      draft[key] = stringMap(value);
      return;
    case 'finalizers':
      draft.finalizers = itemsOf(value).map(stringOf);
      return;
    case 'ownerReferences':
      draft.ownerReferences = itemsOf(value).map(ownerOf);
      return;
    case 'managedFields':
      draft.managedFields = value;
      return;
    default:
  }
}

function stringOf(node: JsonNode): string {
  return node.kind === 'string' ? decodeString(node.text, node.start, node.end) : '';
}

/** Without a prototype: a label named `constructor` must not find a function. */
function stringMap(node: JsonNode): Readonly<Record<string, string>> {
  const map = Object.create(null) as Record<string, string>;
  for (const member of membersOf(node)) map[member.key] = stringOf(member.value);
  return map;
}

function ownerOf(node: JsonNode): OwnerReference {
  const value = valueOf(node);
  const owner = isJsonObject(value) ? value : {};
  const text = (key: string): string => (typeof owner[key] === 'string' ? owner[key] : '');
  return {
    apiVersion: text('apiVersion'),
    kind: text('kind'),
    name: text('name'),
    uid: text('uid'),
    controller: owner['controller'] === true,
    blockOwnerDeletion: owner['blockOwnerDeletion'] === true,
  };
}

function managerOf(node: JsonNode): FieldManager {
  const draft = { manager: '', operation: '', subresource: '' };
  for (const { key, value } of membersOf(node)) {
    if (key === 'manager' || key === 'operation' || key === 'subresource') draft[key] = stringOf(value);
  }
  return draft;
}
