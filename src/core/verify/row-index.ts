import { parsePointer } from '../json/pointer.ts';
import { normalisation, type NormalisationRow } from './normalisation.ts';

interface CompiledRow {
  readonly row: NormalisationRow;
  readonly segments: readonly string[];
}

/** Rows of a kind by the last segment of their path: most values of an object have none, and that is seen at once. */
const byKind = new Map<string, ReadonlyMap<string, readonly CompiledRow[]>>();
const pathsByKind = new Map<string, readonly string[]>();

/** The row of the table that covers a path, if any. */
export function rowFor(kind: string, path: readonly string[], desired: boolean): NormalisationRow | undefined {
  return rowsFor(kind)
    .get(path.at(-1) ?? '')
    ?.find(
      ({ row, segments }) =>
        (row.when === 'always' || !desired) &&
        segments.length === path.length &&
        segments.every((segment, index) => segment === '*' || segment === path[index])
    )?.row;
}

/** Pointers that are never compared for a kind, whatever stands there. */
export function ignoredPaths(kind: string): readonly string[] {
  const known = pathsByKind.get(kind);
  if (known !== undefined) return known;
  const paths = [...rowsFor(kind).values()].flat().map(({ row }) => row.path);
  pathsByKind.set(kind, paths);
  return paths;
}

function rowsFor(kind: string): ReadonlyMap<string, readonly CompiledRow[]> {
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const rows = new Map<string, CompiledRow[]>();
  for (const row of normalisation) {
    if (row.kind !== '*' && row.kind !== kind) continue;
    const segments = parsePointer(row.path);
    const last = segments.at(-1) ?? '';
    rows.set(last, [...(rows.get(last) ?? []), { row, segments }]);
  }
  byKind.set(kind, rows);
  return rows;
}
