import { openDocument } from '../json/document.ts';
import { encodeValue, isJsonObject } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { TransformNote, TransformOutcome } from '../transform/rule.ts';

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
  readonly leftOut?: { readonly rule: string; readonly reason: string };
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
  /** '' when it is left out. */
  readonly after: string;
}

/** What stands for a value nobody may see. */
const hidden = '"(not shown)"';

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
          editOf(
            operation.path,
            isSecret,
            before,
            operation.op === 'add' && operation.value !== undefined ? encodeValue(operation.value) : after
          ),
        ];
      }),
    }));
  const steps = replay(outcome.changes);
  const { leftOut } = outcome;
  return {
    object,
    target: outcome.ref,
    ...(leftOut === undefined ? {} : { leftOut: { rule: leftOut.rule, reason: leftOut.reason } }),
    steps,
    later: replay(outcome.deferred),
    notes: outcome.notes,
    additional: outcome.additional.map(({ rule, reason, ref, text: made }) => ({
      rule,
      reason,
      object: ref,
      text: made,
    })),
    before: isSecret ? withoutSecrets(text) : text,
    after: leftOut === undefined ? (isSecret ? withoutSecrets(outcome.text) : outcome.text) : '',
  };
}

function editOf(path: string, isSecret: boolean, before: string | undefined, after: string | undefined): ExplainedEdit {
  const op = before === undefined ? 'add' : after === undefined ? 'remove' : 'replace';
  const hide = isSecret && /^\/(?:data|stringData)(?:\/|$)|last-applied-configuration/.test(path);
  return {
    op,
    path,
    ...(before === undefined ? {} : { before: hide ? hidden : before }),
    ...(after === undefined ? {} : { after: hide ? hidden : after }),
  };
}

/** A Secret with its keys and without its values, nor those kubectl kept of it. */
function withoutSecrets(text: string): string {
  const document = openDocument(text);
  for (const field of ['/data', '/stringData']) {
    const value = document.read(field);
    if (!isJsonObject(value)) continue;
    const keys = Object.fromEntries(Object.keys(value).map((key) => [key, '(not shown)']));
    document.apply([{ op: 'replace', path: field, value: keys }]);
  }
  const applied = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';
  if (document.has(applied)) document.apply([{ op: 'replace', path: applied, value: '(not shown)' }]);
  return document.text();
}
