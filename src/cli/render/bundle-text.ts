import type { CreatedBundle } from '../../bundle/create.ts';
import type { BundleHead } from '../../bundle/format.ts';
import type { ImportedBundle, ImportedPoint } from '../../bundle/import.ts';
import type { ErrorDetail } from '../../core/errors.ts';
import { formatBytes, formatCount, plural } from '../../core/run/format.ts';
import { ownCommand, shellWord } from '../../runs/own-command.ts';
import { table } from '../table.ts';
import { clean } from './width.ts';

/** What `landfall bundle create` wrote. */
export function createdBundleLines({ head, directory, objects, elsewhere }: CreatedBundle): string[] {
  const held = elsewhere === 0 ? '' : `; ${plural(elsewhere, 'object')} more in ${needsText(head)}`;
  return [
    `bundle ${head.id}: ${plural(head.points.length, 'recovery point')} of Location ${head.location}, ${signedText(head)}`,
    ...pointLines(head),
    `wrote ${directory}: ${plural(head.parts.length, 'part')}, ${formatBytes(bytesOf(head))}, ${plural(objects, 'object')}${held}`,
    'every object was read back; bundle.json and index.jsonl belong on the first medium',
    `next: ${ownCommand(`bundle verify ${shellWord(directory)}`)}`,
  ].map(clean);
}

interface Verified {
  readonly head: BundleHead;
  readonly problems: readonly ErrorDetail[];
  readonly bytes: number;
  readonly isSignerKnown: boolean;
}

/** What `landfall bundle verify` found. */
export function verifiedBundleLines({ head, problems, bytes, isSignerKnown }: Verified): string[] {
  const whose =
    head.signer === undefined || isSignerKnown ? '' : ' (nothing here says whether that signer counts: add -f FILE)';
  return [
    `bundle ${head.id} of ${head.createdAt}: ${plural(head.points.length, 'recovery point')} of Location ${head.location}, ${signedText(head)}${whose}`,
    ...pointLines(head),
    ...(head.needs.length === 0 ? [] : [`it relies on ${needsText(head)}, which has to be imported before`]),
    ...problems.map(({ code, what }) => `${code}  ${what}`),
    problems.length === 0
      ? `${plural(head.parts.length, 'part')}, ${formatBytes(bytes)}: every byte is what was written`
      : `${plural(problems.length, 'problem')}: this bundle is not imported`,
  ].map(clean);
}

/** What `landfall bundle import` did. */
export function importedBundleLines({ head, points }: ImportedBundle, location: string, file: string): string[] {
  const failed = points.filter((point) => 'problem' in point).length;
  const [first] = points;
  return [
    `bundle ${head.id}: ${plural(points.length - failed, 'recovery point')} imported into Location ${location}${failed === 0 ? '' : `, ${failed} not`}`,
    ...points.map(importedLine),
    ...(first === undefined ? [] : [`next: ${ownCommand(`points verify ${first.id} -f ${shellWord(file)}`)}`]),
  ].map(clean);
}

function importedLine(point: ImportedPoint): string {
  if ('problem' in point) return `  ${point.id}  not imported: ${point.problem.what}`;
  const { id, objects, copiedObjects, copiedBytes } = point;
  const sent = copiedObjects === 0 ? 'was there already' : `${formatBytes(copiedBytes)} written`;
  return `  ${id}  ${formatCount(objects)} objects, ${sent}`;
}

function pointLines({ points }: BundleHead): string[] {
  const rows = points.map(({ id, createdAt, objects, volumes }) => [
    ...[id, createdAt, formatCount(objects), formatCount(volumes)],
  ]);
  return table(['POINT', 'CREATED', 'OBJECTS', 'VOLUMES'], rows).split('\n');
}

function bytesOf({ parts }: BundleHead): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function signedText({ signer }: BundleHead): string {
  return signer === undefined ? 'in clear and not signed' : `signed by ${signer.slice(0, 16)}`;
}

function needsText({ needs }: BundleHead): string {
  return needs.length === 1 ? `bundle ${needs.join()}` : `bundles ${needs.join(', ')}`;
}
