import { diffOperations, sameValue } from '../core/json/diff.ts';
import type { DocumentView } from '../core/json/document.ts';
import { encodeValue, isJsonObject } from '../core/json/value.ts';
import { parseApiVersion, type ApiResource } from '../core/resource.ts';
import type { PatchOperation } from '../core/spec/spec.ts';
import type { AdditionalObject, Change, NoteCode, RuleOutcome, TransformNote } from '../core/transform/rule.ts';
import type { Tree } from '../core/json/tree.ts';

/** A manifest of an object to make. */
export interface Manifest extends Tree {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
}

/**
 * One rule at work on one object: it changes a copy in steps, each with its reason; what differs after a step becomes
 * the patch. So patches are minimal and always fit, and a rule reads like what it does.
 */
export interface Draft {
  readonly root: Tree;
  /** Acts on `root`; records nothing when nothing differs. The only place where a rule may change `root`. */
  step(reason: string, effect: (root: Tree) => void): void;
  /** Something that does not travel. */
  loss(path: string, message: string, more?: LossDetails): void;
  /** Something that kept requests out, or readers of the traffic, and does not travel: it stops the run. */
  opens(path: string, message: string, remedy: string): void;
  /** A table has no word for it. */
  unmapped(path: string, message: string, more: UnmappedDetails): void;
  /** Something a person has to do outside of the cluster, or by decision. */
  manual(path: string, message: string, remedy: string): void;
  /** Makes an object beside this one. */
  add(reason: string, manifest: Manifest): void;
  /** Takes the object out; what was added comes in its place. */
  exclude(reason: string): void;
  /** True once `exclude` was said. */
  readonly isExcluded: boolean;
}

/** What a person does about a loss; absent severity: a warning. */
interface LossDetails {
  readonly remedy?: string | undefined;
  readonly severity?: 'warning' | 'info' | undefined;
}

interface UnmappedDetails {
  readonly remedy: string;
  /** Absent: a warning. */
  readonly severity?: 'blocker' | 'warning' | undefined;
}

/** The decoded copy of one object that the rules of a pack work on, one after the other. */
export interface Workspace {
  readonly root: Tree;
  /** What was changed since the last time, as a patch; empty when nothing differs. */
  takePatch(): readonly PatchOperation[];
}

/** Opens a copy of a document; it is decoded when a rule first looks, since most have nothing to do with most objects. */
export function openWorkspace(view: DocumentView): Workspace {
  let root: Tree | undefined;
  // The tree as the last patch left it. Patches take their values from it, so that later steps do not change them.
  // Until the first step it is what the view reads, which most objects are never asked for twice.
  let last: unknown;
  const rootOf = (): Tree => (root ??= view.read('') as Tree);
  return {
    get root() {
      return rootOf();
    },
    takePatch() {
      if (root === undefined) return [];
      last ??= view.read('');
      if (sameValue(last, root)) return [];
      const now = copyTree(root);
      const patch = diffOperations(last, now);
      last = now;
      return patch;
    },
  };
}

/** A draft that the rules of a pack use one after the other. */
export interface PackDraft extends Draft {
  /** What is said from here on is this rule's. */
  begin(rule: string): void;
  /** What all rules said until now. */
  result(): PackResult;
}

export interface PackResult extends RuleOutcome {
  /** Notes before this one are of rules before the last. */
  readonly ownNotesFrom: number;
  readonly excluded: string | undefined;
}

/** One draft for all rules of an object, without a function of its own for each: most rules look and say nothing. */
class OpenDraft implements PackDraft {
  readonly #workspace: Workspace;
  readonly #changes: Change[] = [];
  readonly #notes: TransformNote[] = [];
  readonly #additional: AdditionalObject[] = [];
  #rule = '';
  #ownNotesFrom = 0;
  #excluded: string | undefined;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  begin(rule: string): void {
    this.#rule = rule;
    this.#ownNotesFrom = this.#notes.length;
  }

  get root(): Tree {
    return this.#workspace.root;
  }

  step(reason: string, effect: (root: Tree) => void): void {
    effect(this.#workspace.root);
    const patch = this.#workspace.takePatch();
    if (patch.length > 0) this.#changes.push({ rule: this.#rule, reason, patch });
  }

  loss(path: string, message: string, { remedy, severity }: LossDetails = {}): void {
    const said = { ...(remedy === undefined ? {} : { remedy }), ...(severity === undefined ? {} : { severity }) };
    this.#note('TRANSLATION_LOSS', path, { message, ...said });
  }

  opens(path: string, message: string, remedy: string): void {
    this.#note('EXPOSURE_WIDENED', path, { message, remedy, severity: 'blocker' });
  }

  unmapped(path: string, message: string, { remedy, severity = 'warning' }: UnmappedDetails): void {
    this.#note('TRANSLATION_UNMAPPED', path, { message, remedy, severity });
  }

  manual(path: string, message: string, remedy: string): void {
    this.#note('TRANSLATION_MANUAL', path, { message, remedy, severity: 'info' });
  }

  add(reason: string, manifest: Manifest): void {
    const made = { rule: this.#rule, reason, ...identify(manifest), text: encodeValue(manifest) };
    // Several routes need the same object beside them; one that differs is a collision the plan reports.
    const isKnown = this.#additional.some(
      ({ ref, text: before }) => before === made.text && ref.kind === made.ref.kind && ref.name === made.ref.name
    );
    if (!isKnown) this.#additional.push(made);
  }

  exclude(reason: string): void {
    this.#excluded = reason;
  }

  get isExcluded(): boolean {
    return this.#excluded !== undefined;
  }

  result(): PackResult {
    return {
      changes: this.#changes,
      notes: this.#notes,
      additional: this.#additional,
      ownNotesFrom: this.#ownNotesFrom,
      excluded: this.#excluded,
    };
  }

  #note(code: NoteCode, path: string, note: Pick<TransformNote, 'message' | 'remedy' | 'severity'>): void {
    const rule = this.#rule;
    const known = this.#notes.some((one) => one.rule === rule && one.path === path && one.message === note.message);
    if (!known) this.#notes.push({ rule, path, code, ...note });
  }
}

export function openDraft(workspace: Workspace): PackDraft {
  return new OpenDraft(workspace);
}

/** Kinds that rules make, with their plurals: everything else about them is in the manifest. */
const plurals: Readonly<Record<string, string>> = {
  Gateway: 'gateways',
  HTTPRoute: 'httproutes',
  GRPCRoute: 'grpcroutes',
  TLSRoute: 'tlsroutes',
  ReferenceGrant: 'referencegrants',
  HTTPProxy: 'httpproxies',
  NetworkPolicy: 'networkpolicies',
  ClusterNetworkPolicy: 'clusternetworkpolicies',
  CiliumClusterwideNetworkPolicy: 'ciliumclusterwidenetworkpolicies',
};

function identify({ apiVersion, kind, metadata }: Manifest): Pick<AdditionalObject, 'resource' | 'ref'> {
  const { group, version } = parseApiVersion(apiVersion);
  const { name, namespace = '' } = metadata;
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  const resource: ApiResource = {
    group,
    version,
    kind,
    plural,
    namespaced: namespace !== '',
    verbs: [],
    subresources: ['status'],
  };
  return { resource, ref: { group, kind, namespace, name } };
}

/** A copy of a decoded JSON value that shares nothing with it. */
export function copyTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyTree);
  if (!isJsonObject(value)) return value;
  const copy: Tree = {};
  for (const key of Object.keys(value)) {
    const member = copyTree(value[key]);
    // Assigned, this one would become the prototype.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: member, enumerable: true, writable: true, configurable: true });
    else copy[key] = member;
  }
  return copy;
}

/** A member that is an object; undefined when it is anything else. */
export function tree(parent: unknown, ...path: readonly string[]): Tree | undefined {
  let value = parent;
  for (const key of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(key)];
    else value = isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return isTree(value) ? value : undefined;
}

/** The same, made when it is not there. */
export function ensureTree(parent: Tree, key: string): Tree {
  const known = parent[key];
  if (isTree(known)) return known;
  const made: Tree = {};
  parent[key] = made;
  return made;
}

/** The items of a list that are objects; none when there is no list. */
export function trees(parent: unknown, key: string): readonly Tree[] {
  return list(parent, key).filter(isTree);
}

/** A member that is a list; an empty one when it is anything else. */
export function list(parent: unknown, key: string): readonly unknown[] {
  const value = isTree(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return Array.isArray(value) ? value : [];
}

/** A member that is a text; '' when it is anything else. */
export function text(parent: unknown, key: string): string {
  const value = isTree(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** A member that is a number, also one written as text; undefined when it is none. */
export function numeric(parent: unknown, key: string): number | undefined {
  const value = isTree(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : undefined;
}

export function isTree(value: unknown): value is Tree {
  return isJsonObject(value);
}

/** Removes a key; a container that becomes empty goes with it, so that nothing stays of what was there. */
export function removeKey(parent: Tree, container: string, key: string): void {
  const map = tree(parent, container);
  if (map === undefined) return;
  delete map[key];
  if (Object.keys(map).length === 0) delete parent[container];
}
