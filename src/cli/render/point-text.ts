import type { ReadManifest } from '../../archive/manifest-bytes.ts';
import type { ManifestVolume, PointDetail } from '../../archive/manifest.ts';
import type { ErrorDetail } from '../../core/errors.ts';
import { isLocked, lockText, type Retention } from '../../core/retention/point-lock.ts';
import { groupResource } from '../../core/resource.ts';
import { formatBytes, formatCount, plural } from '../../core/run/format.ts';
import { table } from '../table.ts';
import { clean } from './width.ts';

/** Kinds that are named; the number is whole. */
const kindsShown = 12;

/** A recovery point as lines of plain text: what everybody may know of it, and what is in it where it can be opened. */
export function pointLines(
  manifest: ReadManifest,
  opened: { readonly detail: PointDetail } | { readonly unopened: ErrorDetail },
  { restore, lock, nowMs }: { readonly restore: string; readonly lock?: Retention | undefined; readonly nowMs: number }
): string[] {
  const { id, name, createdAt, landfallVersion, counts, previous } = manifest;
  const { objects, rawBytes, segmentBytes, excluded } = counts;
  const stored = `${formatBytes(rawBytes)}, ${formatBytes(segmentBytes)} stored`;
  return [
    `${id}: ${name}, ${createdAt}`,
    row('written by', `Landfall ${landfallVersion}`),
    row('signed by', manifest.signer ?? 'nobody: the Location is not encrypted'),
    ...(isLocked(lock, nowMs) ? [row('lock', lockText(lock))] : []),
    ...('detail' in opened ? [row('source', sourceText(opened.detail))] : []),
    row('objects', `${formatCount(objects)} (${stored}); ${formatCount(excluded)} excluded`),
    ...('detail' in opened ? detailRows(opened.detail) : [row('volumes', formatCount(counts.volumes))]),
    row('before it', previous === undefined ? 'none in this Location' : previous.id),
    ...('detail' in opened
      ? []
      : [
          row(
            'not shown',
            `source, scope and volumes are encrypted: ${opened.unopened.what} (${opened.unopened.code})`
          ),
        ]),
    row('restore', restore),
  ].map(clean);
}

function sourceText({ source: { cluster, platform, gitVersion, uid } }: PointDetail): string {
  return `${cluster} (${platform}, ${gitVersion}, ${uid})`;
}

function detailRows({ scope, lists, volumes }: PointDetail): string[] {
  const kinds = [...new Set(lists.map(groupResource))].sort();
  const more = kinds.length > kindsShown ? ` and ${kinds.length - kindsShown} more` : '';
  const without = scope.excludeNamespaces.length === 0 ? '' : ` without ${scope.excludeNamespaces.join(', ')}`;
  const labels = scope.labelSelector === '' ? '' : `, labelled ${scope.labelSelector}`;
  return [
    row('scope', `${scope.namespaces.join(', ')}${without}${labels}`),
    row('kinds', `${plural(kinds.length, 'kind')} read: ${kinds.slice(0, kindsShown).join(', ')}${more}`),
    ...(volumes.length === 0 ? [row('volumes', 'none')] : volumeRows(volumes)),
  ];
}

function volumeRows(volumes: readonly ManifestVolume[]): string[] {
  const rows = volumes.map(({ claim, class: of, size, bytes, files, excluded, dataAsOf }) => [
    ...[claim, of === '' ? '-' : of, size, formatBytes(bytes), formatCount(files)],
    ...[excluded === 0 ? '0' : formatCount(excluded), dataAsOf],
  ]);
  const listed = table(['CLAIM', 'CLASS', 'SIZE', 'DATA', 'FILES', 'NOT TAKEN', 'AS OF'], rows).split('\n');
  return listed.map((line, index) => row(index === 0 ? 'volumes' : '', line));
}

/** Column where the text of a row begins. */
const textAt = 14;

function row(label: string, text: string): string {
  return `  ${label}`.padEnd(textAt) + text;
}
