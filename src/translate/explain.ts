import { openDocument } from '../core/json/document.ts';
import { parseDocument, valueOf } from '../core/json/node.ts';
import { parsePointer } from '../core/json/pointer.ts';
import { encodeValue, isJsonObject, type JsonValue } from '../core/json/value.ts';
import type { ObjectRef } from '../core/resource.ts';
import type { Finding } from '../core/run/events.ts';
import { withoutSecretForms } from '../core/secret-forms.ts';
import type { TransformNote, TransformOutcome } from '../core/transform/rule.ts';

/** One place a rule wrote to. Values are as JSON text. */
export interface ExplainedEdit {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

export interface ExplainedStep {
  readonly rule: string;
  readonly reason: string;
  readonly edits: readonly ExplainedEdit[];
}

/** Everything that was done to one object, in the order it was done. */
export interface Explanation {
  /** Identity on the source. */
  readonly object: ObjectRef;
  readonly target: ObjectRef;
  readonly excluded?: { readonly rule: string; readonly reason: string };
  readonly steps: readonly ExplainedStep[];
  /** Set when everything else runs. */
  readonly later: readonly ExplainedStep[];
  readonly notes: readonly TransformNote[];
  /** Objects made beside or instead of it. */
  readonly additional: readonly {
    readonly rule: string;
    readonly reason: string;
    readonly object: ObjectRef;
    readonly text: string;
  }[];
  /** What the checks say that know no rule, as far as one object can say it. */
  readonly findings?: readonly Finding[];
  readonly before: string;
  /** '' when it is excluded. */
  readonly after: string;
}

/** What stands for a value nobody may see. */
const hiddenText = '(not shown)';
const hidden = `"${hiddenText}"`;
/** Below these fields of a container anything may have been typed in. */
const containerFields: ReadonlySet<string> = new Set(['args', 'command']);
/** Fields that hold a secret themselves; `secretName` and `tokenRequests` only speak of one. */
const secretField =
  /^(?:.*[^a-z])?(?:\w*password|passwd|pwd|passphrase|\w*token|client_?secret|(?:secret|access|api|private|account)_?key)$/i;

/**
 * Explains an outcome: the patches are carried out once more, with what stood at each place before. Values of Secrets
 * are never in it. Pure.
 */
export function explainOutcome(text: string, object: ObjectRef, outcome: TransformOutcome): Explanation {
  const isSecret = object.group === '' && object.kind === 'Secret';
  const document = openDocument(text);
  const replay = (changes: TransformOutcome['changes']): readonly ExplainedStep[] =>
    changes.map(({ rule, reason, patch }) => ({
      rule,
      reason,
      edits: patch.flatMap((operation) => {
        const before = document.raw(operation.path);
        document.apply([operation]);
        if (operation.op === 'test') return [];
        const after = operation.op === 'remove' ? undefined : document.raw(operation.path.replace(/\/-$/, ''));
        return [
          editOf(operation.path, isSecret, {
            before,
            after: operation.op === 'add' && operation.value !== undefined ? encodeValue(operation.value) : after,
          }),
        ];
      }),
    }));
  const steps = replay(outcome.changes);
  const { excluded } = outcome;
  return {
    object,
    target: outcome.ref,
    ...(excluded === undefined ? {} : { excluded: { rule: excluded.rule, reason: excluded.reason } }),
    steps,
    later: replay(outcome.deferred),
    notes: outcome.notes,
    additional: outcome.additional.map(({ rule, reason, ref, text: made }) => ({
      rule,
      reason,
      object: ref,
      text: shownText(ref, made),
    })),
    before: shownText(object, text),
    after: excluded === undefined ? shownText(outcome.ref, outcome.text) : '',
  };
}

/** Explains an object that selection excludes: no rule that changes objects is asked about it. Pure. */
export function explainExcluded(
  text: string,
  object: ObjectRef,
  excluded: { readonly rule: string; readonly reason: string }
): Explanation {
  const nothing = { steps: [], later: [], notes: [], additional: [] };
  return { object, target: object, excluded, ...nothing, before: shownText(object, text), after: '' };
}

function editOf(
  path: string,
  isSecret: boolean,
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined }
): ExplainedEdit {
  const op = before === undefined ? 'add' : after === undefined ? 'remove' : 'replace';
  const hide = isSecret && /^\/(?:data|stringData)(?:\/|$)/.test(path);
  const keys = parsePointer(path);
  const show = (raw: string): string => (hide ? hidden : encodeValue(masked(valueOf(parseDocument(raw)), keys)));
  return {
    op,
    path,
    ...(before === undefined ? {} : { before: show(before) }),
    ...(after === undefined ? {} : { after: show(after) }),
  };
}

/** An object without the values of a Secret, of variables, commands and fields that name a secret, and kubectl's copy of them. */
function shownText(ref: ObjectRef, text: string): string {
  const value = valueOf(parseDocument(text));
  const isSecret = ref.group === '' && ref.kind === 'Secret';
  const shown = masked(isSecret ? withoutData(value) : value, []);
  return same(shown, value) ? text : encodeValue(shown);
}

function withoutData(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const hide = (field: JsonValue | undefined): JsonValue =>
    isJsonObject(field) ? Object.fromEntries(Object.keys(field).map((key) => [key, hiddenText])) : hiddenText;
  const fields = ['data', 'stringData'].filter((field) => value[field] !== undefined);
  return { ...value, ...Object.fromEntries(fields.map((field) => [field, hide(value[field])])) };
}

/** The value at a path with everything that may be secret taken out; parts without one stay as they are. */
function masked(value: JsonValue, path: readonly string[]): JsonValue {
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) => masked(item, [...path, String(index)]));
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, [...path, key])]));
  }
  if (typeof value !== 'string' || value === '') return value;
  return isHidden(path) ? hiddenText : withoutSecretForms(value);
}

function isHidden(path: readonly string[]): boolean {
  const key = path.at(-1) ?? '';
  if (path.at(-2) === 'annotations' && key === 'kubectl.kubernetes.io/last-applied-configuration') return true;
  if (path.at(-3) === 'env' && key === 'value') return true;
  return path.some((segment) => containerFields.has(segment)) || secretField.test(key);
}

function same(a: JsonValue, b: JsonValue): boolean {
  return encodeValue(a) === encodeValue(b);
}
