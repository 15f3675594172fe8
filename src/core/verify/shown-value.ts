import { isBuiltInGroup } from '../graph/groups.ts';
import { encodeValue, isJsonObject, isRawNumber, type JsonValue } from '../json/value.ts';
import { limits } from '../limits.ts';
import { withoutSecretForms } from '../secret-forms.ts';

/** What stands for a value that is there and is not shown. */
export const notShown = '(set)';

/** Fields below which anything may stand that somebody typed in, passwords included. */
const freeFields: ReadonlySet<string> = new Set([
  'env',
  'envFrom',
  'value',
  'values',
  'data',
  'stringData',
  'binaryData',
  'args',
  'command',
  'annotations',
  'httpHeaders',
  'options',
  'mountOptions',
  'parameters',
  'volumeAttributes',
]);

/** Names of fields and keys that say themselves that what they hold is a secret. */
const secretName = /pass|pwd|secret|token|key|credential|auth|private|cert|dsn|connection|login/i;

/** Whether a key or the name of a variable says that its value is a secret. */
export function namesSecret(name: string): boolean {
  return secretName.test(name);
}

/**
 * A value as a message may show it. Only a scalar at a place that is known to be harmless is shown; everything else is
 * `(set)`, since messages stay in reports and histories, which more people read than the object:
 *
 *   Secret                    | its type, immutable, labels and name
 *   object or list, any kind  | never: it is as secret as what is in it
 *   boolean                   | shown
 *   free field or secret name | never, whatever stands below it
 *   number                    | shown
 *   text of a built-in kind   | shown, without what has the form of a secret
 *   text of another kind      | never but in labels: nobody knows what its fields hold
 *
 * '' is a value that is absent.
 */
export function shownValue(kind: string, path: readonly string[], value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (kind === '/Secret' && !isOpenInSecret(path)) return notShown;
  if (typeof value === 'boolean') return isFree(path) ? notShown : String(value);
  if (Array.isArray(value) || (isJsonObject(value) && !isRawNumber(value))) return notShown;
  if (isFree(path) || path.some(namesSecret)) return notShown;
  if (typeof value !== 'string') return encodeValue(value);
  const isKnown = isBuiltInGroup(kind.slice(0, kind.indexOf('/'))) || isLabel(path);
  return isKnown ? shorten(withoutSecretForms(encodeValue(value))) : notShown;
}

function isOpenInSecret(path: readonly string[]): boolean {
  const [first, second] = path;
  return (
    first === 'type' || first === 'immutable' || (first === 'metadata' && (second === 'labels' || second === 'name'))
  );
}

function isFree(path: readonly string[]): boolean {
  return path.some((segment) => freeFields.has(segment));
}

function isLabel(path: readonly string[]): boolean {
  return path[0] === 'metadata' && (path[1] === 'labels' || path[1] === 'finalizers');
}

function shorten(text: string): string {
  return text.length <= limits.differenceChars ? text : `${text.slice(0, limits.differenceChars)}…`;
}
