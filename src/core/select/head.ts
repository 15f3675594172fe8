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

const none: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** Filled field by field while the metadata is read. */
class Head implements ObjectHead {
  readonly ref: { readonly group: string; readonly kind: string; namespace: string; name: string };
  readonly resource: string;
  apiVersion: string;
  uid = '';
  resourceVersion = '';
  labels: Readonly<Record<string, string>> = none;
  annotations: Readonly<Record<string, string>> = none;
  ownerReferences: readonly OwnerReference[] = [];
  deletionTimestamp = '';
  finalizers: readonly string[] = [];
  #managers: JsonNode | readonly FieldManager[] = [];

  constructor(of: ApiResource) {
    this.ref = { group: of.group, kind: of.kind, namespace: '', name: '' };
    this.resource = groupResource(of);
    this.apiVersion = apiVersionOf(of);
  }

  /** Read when asked for: most objects are decided without it, and it is the longest part of their metadata. */
  get managers(): readonly FieldManager[] {
    if ('text' in this.#managers) this.#managers = itemsOf(this.#managers).map(managerOf);
    return this.#managers;
  }

  read(metadata: JsonNode): void {
    for (const { key, value } of membersOf(metadata)) this.#readField(key, value);
  }

  #readField(key: string, value: JsonNode): void {
    switch (key) {
      case 'name':
      case 'namespace':
        this.ref[key] = keptString(value);
        return;
      case 'uid':
        this.uid = keptString(value);
        return;
      case 'resourceVersion':
      case 'deletionTimestamp':
        this[key] = stringOf(value);
        return;
      case 'labels':
      case 'annotations':
        this[key] = stringMap(value);
        return;
      case 'finalizers':
        this.finalizers = itemsOf(value).map(stringOf);
        return;
      case 'ownerReferences':
        this.ownerReferences = itemsOf(value).map(ownerOf);
        return;
      case 'managedFields':
        this.#managers = value;
        return;
      default:
    }
  }
}

/**
 * Reads the head of an object. Kind and version come from `resource` where the text has none: list items of built-in
 * kinds lack them (api-server behaviour observed 1.34). Throws OBJECT_INVALID when the text is not a JSON object.
 */
export function readHead(text: string, resource: ApiResource): ObjectHead {
  const head = new Head(resource);
  for (const { key, value } of membersOf(parseDocument(text))) {
    if (key === 'metadata') head.read(value);
    else if (key === 'apiVersion') head.apiVersion = stringOf(value);
  }
  return head;
}

/**
 * Reads the head of an object as a server listed it, and looks at nothing behind its metadata: spec and data are most of
 * the text. Its version is the one that was listed. For objects of other origin, which may hold a key twice, `readHead`.
 */
export function readListedHead(text: string, resource: ApiResource): ObjectHead {
  const head = new Head(resource);
  const metadata = firstMember(parseDocument(text), 'metadata');
  if (metadata !== undefined) head.read(metadata);
  return head;
}

function stringOf(node: JsonNode): string {
  return node.kind === 'string' ? decodeString(node.text, node.start, node.end) : '';
}

/**
 * A string that may be kept for long: what identifies an object outlives its text, and a slice would hold the whole text
 * in memory (V8 makes slices of 13 characters and more so). The parser makes strings of their own.
 */
function keptString(node: JsonNode): string {
  const value = node.kind === 'string' ? valueOf(node) : '';
  return typeof value === 'string' ? value : '';
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
