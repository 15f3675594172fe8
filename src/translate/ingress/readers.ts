import { millisecondsOf } from './duration.ts';
import type { IngressModel } from './model.ts';

/** One annotation of a controller: what it says, or what is gone with it. */
export interface Reader {
  readonly key: RegExp;
  read(model: IngressModel, value: string, key: string): void;
}

/** Makes the keys of annotations with a prefix out of what follows it, a regular expression. */
export function annotationsWith(prefix: string): (name: string) => RegExp {
  const escaped = prefix.replaceAll('.', '\\.');
  return (name) => new RegExp(`^${escaped}/(?:${name})$`);
}

/** Something other controllers have no word for. */
export function lost(key: RegExp, what: string): Reader {
  return { key, read: (model, _value, name) => void model.unmapped.push({ key: name, what }) };
}

/** Something that kept requests out, unless `isOff` says that the value switches it off. */
export function opening(key: RegExp, what: string, isOff: (value: string) => boolean = () => false): Reader {
  return {
    key,
    read: (model, value, name) => {
      if (!isOff(value)) model.unmapped.push({ key: name, what, opens: true });
    },
  };
}

/** Something that means nothing elsewhere. */
export function ignored(key: RegExp): Reader {
  return { key, read: () => undefined };
}

export function isTrue(value: string): boolean {
  return value.trim().toLowerCase() === 'true';
}

/** Controllers of clouds count whole seconds. */
export function secondsOf(value: string): number | undefined {
  if (/^infinit[ey]$/.test(value)) return Infinity;
  const whole = millisecondsOf(value);
  if (whole === undefined) return undefined;
  return whole === 0 ? Infinity : Math.max(1, Math.ceil(whole / 1000));
}

/** Seconds written as a number; undefined for anything else, so that nothing is written that no controller takes. */
export function plainSeconds(value: string): number | undefined {
  return /^[0-9]{1,6}$/.test(value.trim()) ? Number(value) : undefined;
}

/** All addresses, of either family: no bound at all. */
export function isEverywhere(range: string): boolean {
  return range === '0.0.0.0/0' || range === '::/0';
}
