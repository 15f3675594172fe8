/**
 * The fixture of a trial: a migration to an empty target, to one with content that is updated, or through a directory as Location;
 * or a restore of a recovery point to an empty target.
 */
export type ShapeName = 'fresh' | 'existing' | 'directory' | 'restored';
export const shapeNames: readonly ShapeName[] = ['fresh', 'existing', 'directory', 'restored'];

/** `after` is between effect and acknowledgement: the effect happened, nobody has learned of it. */
export type Moment = 'before' | 'after';
