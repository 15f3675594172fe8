import type { BenchResult } from './result.ts';

/** A table of the page: a caption, a head and rows of text. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Points of one line of a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** A plot, drawn as SVG. Logarithmic axes where values span decades. */
export interface Plot {
  /** File name without `.svg`. */
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logarithmic: boolean;
  readonly series: readonly Series[];
}

/** What one part of the benchmark found. */
export interface PartReport {
  readonly results: readonly BenchResult[];
  readonly tables: readonly Table[];
  readonly plots: readonly Plot[];
  /** Sentences for the page: what a number means, why a target is missed. */
  readonly notes: readonly string[];
}

export interface PartOptions {
  /** The cut for CI: small, without Velero, judged only by what is counted. */
  readonly quick: boolean;
  /** Of the objects the targets speak of; below 1 only the command itself is tried. */
  readonly scale: number;
  readonly say: (line: string) => void;
}

/** A part that can be run alone with `--only`. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** On two idle cores, for the reader who decides whether to wait. */
  readonly expectedMinutes: number;
  readonly inQuick: boolean;
  run(options: PartOptions): Promise<PartReport>;
}

/** `12.3 s` or `840 ms`. */
export function duration(ms: number): string {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}

/** Whole megabytes (10^6), as limits are given. */
export function megabytes(bytes: number): number {
  return bytes / 1e6;
}
