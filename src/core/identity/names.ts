/*
 * By what the traces of a run are known again: in a cluster, in a Location, in the volume repository. Each has a function of
 * its own, so that none of them has to be the id of the run, and each keeps within the limit of where it stands.
 */

/** Label on every object a run makes; the sweeper and the compensations find things by it. */
export const runLabel = 'landfall.dev/run';

/** Values of labels, names of annotations, and names that become a DNS label (RFC 1123). */
const labelMax = 63;
/** `fieldManager` of a request; the API server refuses more. */
const fieldManagerMax = 128;

/** The label of the objects of a run. */
export function runLabels(runId: string): { readonly [runLabel]: string } {
  return { [runLabel]: within(runId, labelMax) };
}

/** Selects the objects of a run, for lists. */
export function runSelector(runId: string): string {
  return `${runLabel}=${runLabels(runId)[runLabel]}`;
}

/** True for an object with the label of this run. */
export function isLabelledBy(runId: string, metadata: Labelled | undefined): boolean {
  return metadata?.labels?.[runLabel] === runLabels(runId)[runLabel];
}

interface Labelled {
  readonly labels?: Readonly<Record<string, string | null>> | null | undefined;
}

/** The field manager of a run, by which its writes are known again in managedFields. */
export function fieldManagerOf(runId: string): string {
  return within(`landfall-${runId}`, fieldManagerMax - undo.length);
}

const undo = '-undo';

/** The field manager of what brings an object back, apart from what the run itself has written. */
export function undoFieldManagerOf(fieldManager: string): string {
  return `${fieldManager}${undo}`;
}

/** Annotation on a namespace Landfall works in: a run that does so. */
export function memberAnnotationOf(runId: string): string {
  return `${memberPrefix}${within(runId, labelMax)}`;
}

/** What such annotations begin with, whatever the run. */
export const memberPrefix = 'run.landfall.dev/';

/** Pin of a snapshot in the volume repository, by which its own retention removes none of a run. */
export function pinOf(runId: string): string {
  return `landfall-${runId}`;
}

/** Name of the Job that makes the volume repository. */
export function prepareJobName(runId: string): string {
  return within(`landfall-prepare-${runId}`, labelMax);
}

/** The namespace that the probes of an assessment run in. */
export function probeNamespaceOf(runId: string): string {
  return `landfall-assess-probe-${hash64Of(runId)}`;
}

/** The recovery point a run writes. It stands in keys of a Location (`isPointId`). */
export function pointOfRun(runId: string): string {
  return runId;
}

/** The run that wrote a recovery point: below its prefix is what the run has stored for itself. */
export function runOfPoint(pointId: string): string {
  return pointId;
}

/** A longer text is cut and distinguished by a hash of all of it. */
function within(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 14).replace(/[^a-z0-9]+$/, '')}-${hash64Of(text)}`;
}

/** FNV-1a, 64 bits, 13 characters in base 32: not for secrets, for distinguishing names. */
export function hash64Of(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0);
    hash = (hash * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(32).padStart(13, '0');
}
