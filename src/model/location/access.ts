import { z } from 'zod';
import type { AccessRung } from '../../core/spec/spec.ts';
import { Name } from '../scalars.ts';
import type { Contradiction } from './provider-form.ts';

/** `access` of a provider, whose ways in are written with these keys. */
export function accessOf<Keys extends z.ZodRawShape>(keys: Keys) {
  const rung = z.strictObject({
    name: Name.describe('Name of the rung in messages'),
    ...keys,
    location: Name.exactOptional().describe(
      'Location with a copy of the recovery points; landfall doctor tries it, and a restore names it instead of this one'
    ),
  });
  return z
    .array(rung)
    .max(16)
    .exactOptional()
    .describe('Further ways in, in the order they are tried when the credentials of the Location are refused');
}

/** A rung as every provider reads it: its name, its keys, or the copy it names. */
interface WrittenRung {
  readonly name: string;
  readonly location?: string | undefined;
}

/** What is wrong with rungs, whichever the keys of the provider are. */
export function rungContradictions(rungs: readonly WrittenRung[] = []): readonly Contradiction[] {
  return rungs.flatMap((rung, index) => {
    const { name, location, ...keys } = rung;
    const path = ['access', index];
    const found: Contradiction[] = [];
    const ways = Object.values(keys).filter((value) => value !== undefined).length + (location === undefined ? 0 : 1);
    if (ways !== 1) {
      const what = ways === 0 ? 'leads nowhere' : 'has several ways in';
      found.push({ path, what, hint: 'write one way in for each rung, or location for a copy' });
    }
    const isTaken = name === 'own' || rungs.findIndex((other) => other.name === name) !== index;
    if (isTaken)
      found.push({ path: [...path, 'name'], what: 'names another rung already', hint: 'give each its own name' });
    return found;
  });
}

/** Rungs as a run gets them. */
export function resolveAccess<W extends WrittenRung, Way>(
  rungs: readonly W[] | undefined,
  way: (written: W) => Way | undefined
): { readonly access?: readonly AccessRung<Way>[] } {
  if (rungs === undefined) return {};
  return {
    access: rungs.map((written) => {
      const { name, location } = written;
      const to = way(written);
      return { name, ...(to !== undefined && { way: to }), ...(location !== undefined && { copy: location }) };
    }),
  };
}
