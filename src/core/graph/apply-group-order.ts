import { tiers } from './tiers.ts';

/**
 * Compares two apply groups by name (`workloads 2`) in the order in which they are made. Sorts the apply groups of several plans together,
 * so that undoing them backwards removes no definition or namespace of one plan before the objects of another.
 */
export function compareApplyGroupNames(left: string, right: string): number {
  const [one, other] = [placeOf(left), placeOf(right)];
  return one.tier - other.tier || one.depth - other.depth;
}

/** A name that no tier has comes last, as what is set on objects that were made before. */
function placeOf(name: string): { readonly tier: number; readonly depth: number } {
  const [, whole = name, depth = '1'] = /^(.*?)(?: ([0-9]+))?$/.exec(name) ?? [];
  const tier = (tiers as readonly string[]).indexOf(whole);
  return { tier: tier === -1 ? tiers.length : tier, depth: Number(depth) };
}
