const writable: ReadonlySet<string> = new Set(['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod']);

/** True when a claim of these modes can be written to. */
export function isWritable(modes: readonly string[]): boolean {
  return modes.some((mode) => writable.has(mode));
}

/** The access modes to fill a volume through: its own, unless nobody could write with them (ReadOnlyMany alone). */
export function fillingModes(modes: readonly string[]): readonly string[] {
  return modes.length > 0 && !isWritable(modes) ? ['ReadWriteOnce'] : modes;
}
