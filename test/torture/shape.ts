/** The fixture of a trial: an empty target, one with content that is updated, or a directory as Location. */
export type ShapeName = 'fresh' | 'existing' | 'directory';
export const shapeNames: readonly ShapeName[] = ['fresh', 'existing', 'directory'];

/** `after` is between effect and acknowledgement: the effect happened, nobody has learned of it. */
export type Moment = 'before' | 'after';
