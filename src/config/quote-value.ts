import { withoutSecretForms } from '../core/secret-forms.ts';
import type { ConfigPath } from './problem.ts';

const shownMax = 80;

/** Keys below which people write secrets, or addresses and commands that contain one, by mistake or on purpose. */
const secretKeys: ReadonlySet<string> = new Set([
  ...['repositoryPassword', 'accountKey', 'sasToken', 'credentials', 'env', 'identity'],
  // Addresses may hold a user and password, commands and patches anything the application is given.
  ...['endpoint', 'podProxy', 'registryEndpoints', 'command', 'value', 'mergePatch', 'strategicPatch', 'matches'],
]);
/** Places of one word; anything else there is not shown. */
const wordKeys: ReadonlySet<string> = new Set(['provider']);
const secretName = /pass(word|wd|phrase)?$|secret|token|credential|(access|account|private|api)[-_]?key/i;

/**
 * A scalar of the file as a message shows it: `"10x"`, `7`. Undefined for maps, lists and nothing, for what may be a
 * secret by its place, and for what looks like one. Pure.
 */
export function quotedValue(path: ConfigPath, value: unknown): string | undefined {
  if (path.some((segment) => typeof segment === 'string' && mayHoldSecrets(segment))) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || withoutSecretForms(value) !== value) return undefined;
  if (wordKeys.has(String(path.at(-1))) && !/^[A-Za-z]+[0-9]?$/.test(value)) return undefined;
  return JSON.stringify(value.length > shownMax ? `${value.slice(0, shownMax)}…` : value);
}

/** The value at a path of a document as written; undefined where there is none. */
export function writtenAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const segment of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value;
}

function mayHoldSecrets(key: string): boolean {
  return secretKeys.has(key) || secretName.test(key);
}
