import type { ApiClient } from '../../lab/api-client.ts';
import { seedText, type Seed } from '../support/many-objects.ts';

interface Arrived {
  readonly objects: number;
  readonly fields: number;
  /** Every planted field that the target does not have with the same value, by object and path. */
  readonly missing: readonly string[];
}

/** The path of a planted object itself. */
export function memberPath({ collection, object }: Seed): string {
  const { name } = (object as { readonly metadata: { readonly name: string } }).metadata;
  return `${collection}/${encodeURIComponent(name)}`;
}

/** Reads planted objects from the target, without Landfall, and compares each of their fields; what servers add is not compared. */
export async function missingFields(
  { target }: { readonly target: ApiClient },
  seeds: readonly Seed[]
): Promise<Arrived> {
  let fields = 0;
  const missing: string[] = [];
  for (const seed of seeds) {
    const path = memberPath(seed);
    const found = await target.get(path);
    const leaves = leavesOf(JSON.parse(seedText(seed.object)), '');
    fields += leaves.length;
    if (found === undefined) {
      missing.push(`${path} is missing`);
      continue;
    }
    const there = new Map(leavesOf(found, ''));
    for (const [at, value] of leaves)
      if (there.get(at) !== value) missing.push(`${path} ${at}: ${there.get(at) ?? 'absent'} instead of ${value}`);
  }
  return { objects: seeds.length, fields, missing };
}

function leavesOf(value: unknown, path: string): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  const entries = Object.entries(value);
  // Objects without fields may come back as absent.
  return entries.flatMap(([key, member]) => leavesOf(member, `${path}/${key}`));
}
