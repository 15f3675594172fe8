import type { ConfigDocument, LandfallDocument } from './document.ts';
import type { ConfigPath } from './problem.ts';

/** A document whose made-up values report when they are read. */
export interface WatchedDocument {
  readonly document: ConfigDocument;
  /** True once a rule has looked at a made-up value since the last call of `forget`. */
  wasRead(): boolean;
  forget(): void;
}

/**
 * Wraps a document that was completed with made-up values, so that a rule can be asked about it: what the rule says holds
 * only if it looked at nothing that is made up, wherever its objection points. The copy is this module's own.
 */
export function watchReads(document: ConfigDocument, madeUp: readonly ConfigPath[]): WatchedDocument {
  let read = false;
  const isMadeUp = (path: ConfigPath): boolean => madeUp.some((made) => equal(made, path));
  const holdsMadeUp = (path: ConfigPath): boolean =>
    madeUp.some((made) => made.length === path.length + 1 && equal(made.slice(0, -1), path));
  const wrap = (value: unknown, path: ConfigPath): unknown => {
    if (value === null || typeof value !== 'object') return value;
    return new Proxy(value, {
      get(target, key) {
        const found: unknown = Reflect.get(target, key);
        if (typeof key === 'symbol' || typeof found === 'function') return found;
        const at = [...path, Array.isArray(target) && /^\d+$/.test(key) ? Number(key) : key];
        if (isMadeUp(at)) read = true;
        return wrap(found, at);
      },
      has(target, key) {
        if (typeof key === 'string' && isMadeUp([...path, key])) read = true;
        return Reflect.has(target, key);
      },
      // Whoever asks for all keys also learns which are not there.
      ownKeys(target) {
        if (holdsMadeUp(path)) read = true;
        return Reflect.ownKeys(target);
      },
    });
  };
  const value = wrap(structuredClone(document.value), []) as LandfallDocument;
  return {
    document: { ...document, value },
    wasRead: () => read,
    forget: () => {
      read = false;
    },
  };
}

function equal(left: ConfigPath, right: ConfigPath): boolean {
  return left.length === right.length && left.every((segment, i) => segment === right[i]);
}
