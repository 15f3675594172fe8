import type { ProgressInput } from './progress.ts';
import type { RunView, StepView } from './view.ts';

const uploads = 'volumes/upload/';
const fills = 'volumes/fill/';

/** True for a step that moves the data of one volume, one way. */
export function movesVolume({ id }: Pick<StepView, 'id'>): boolean {
  return id.startsWith(uploads) || id.startsWith(fills);
}

/** Bytes and files of one volume, one way. */
interface Part {
  readonly done: number;
  readonly total: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
}

const none: Part = { done: 0, total: 0, doneFiles: 0, totalFiles: 0 };

/**
 * How far all volumes of a run are together: each passes twice, up and down. Volumes whose size is not known yet count as
 * large as the others; undefined until the first is known.
 */
export function volumesTogether(view: RunView): ProgressInput | undefined {
  const steps = [...view.steps.values()].filter(movesVolume);
  const up = new Map(steps.filter(({ id }) => id.startsWith(uploads)).map((step) => [nameOf(step), partOf(step)]));
  const down = new Map(steps.filter(({ id }) => id.startsWith(fills)).map((step) => [nameOf(step), partOf(step)]));
  const known = [...new Set([...up.keys(), ...down.keys()])]
    .map((name) => joined(up.get(name) ?? none, down.get(name) ?? none))
    .filter(({ total }) => total > 0);
  if (known.length === 0) return undefined;
  const claims = Math.max(view.steps.get('plan')?.counts['claims'] ?? 0, up.size);
  const sum = (of: (part: Part) => number): number => known.reduce((total, part) => total + of(part), 0);
  // Less than half of them known is no size of all.
  const share = known.length * 2 < claims ? 0 : claims / known.length;
  const files = {
    done: sum(({ doneFiles }) => doneFiles),
    total: Math.round(sum(({ totalFiles }) => totalFiles) * share),
  };
  return {
    done: sum(({ done }) => done),
    total: Math.round(sum(({ total }) => total) * share),
    unit: 'bytes',
    totalIsEstimate: share !== 1 || steps.some(({ state, progress }) => state !== 'done' && progress?.totalIsEstimate),
    note: '',
    ...(files.total === 0 ? {} : { files }),
  };
}

function nameOf({ id }: StepView): string {
  return id.replace(uploads, '').replace(fills, '');
}

function partOf({ state, counts, progress }: StepView): Part {
  if (state === 'done') {
    const { bytes = 0, files = 0 } = counts;
    return { done: bytes, total: bytes, doneFiles: files, totalFiles: files };
  }
  if (progress?.unit !== 'bytes') return none;
  const { done, total, files } = progress;
  return { done, total, doneFiles: files?.done ?? 0, totalFiles: files?.total ?? 0 };
}

/** What went up is what comes down. */
function joined(up: Part, down: Part): Part {
  const size = (of: 'total' | 'totalFiles'): number => Math.max(up[of], down[of]);
  return {
    done: up.done + down.done,
    total: 2 * size('total'),
    doneFiles: up.doneFiles + down.doneFiles,
    totalFiles: 2 * size('totalFiles'),
  };
}
