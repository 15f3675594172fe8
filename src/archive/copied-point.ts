import { z } from 'zod';
import { isLandfallError } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { checkPointId, pointsPrefix } from './layout.ts';
import type { PreviousPoint } from './manifest.ts';

/* What a Location says of a recovery point that no run has written there: it was copied. */

const recordSchema = z.object({
  point: z.string(),
  /** Name of the Location it was copied from. */
  from: z.string(),
  run: z.string(),
  at: z.string(),
  /** The point before it, where that was not here when the copy was made. */
  without: z.object({ id: z.string(), sha256: z.string() }).optional(),
});

/** Who copied a point to this Location and from where, and which point before it was left behind. */
export type CopyRecord = z.infer<typeof recordSchema>;

/** `points/<id>/copied.json`. Written before the manifest of the copy. */
export function copiedKey(id: string): string {
  return `${pointsPrefix}${checkPointId(id)}/copied.json`;
}

/** Writes the record once; one that is there stays as it is. */
export async function writeCopyRecord(
  location: Location,
  record: CopyRecord,
  options: StoreOptions = {}
): Promise<void> {
  await location.create(copiedKey(record.point), Buffer.from(`${JSON.stringify(record)}\n`), options);
}

/** Reads the record; undefined where the point was not copied, or the record cannot be read. */
export async function readCopyRecord(
  location: Location,
  id: string,
  options: StoreOptions = {}
): Promise<CopyRecord | undefined> {
  try {
    const parsed = recordSchema.safeParse(
      JSON.parse(Buffer.from(await location.read(copiedKey(id), options)).toString('utf8'))
    );
    return parsed.success && parsed.data.point === id ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}

/** Whether a copy was made without the point before it: then its absence here says nothing of a roll back. */
export async function wasLeftBehind(
  location: Location,
  { id, previous }: { readonly id: string; readonly previous: PreviousPoint },
  options: StoreOptions = {}
): Promise<boolean> {
  const without = (await readCopyRecord(location, id, options))?.without;
  return without?.id === previous.id && without.sha256 === previous.sha256;
}
