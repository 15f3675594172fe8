import type { ErrorDetail } from '../errors.ts';

/** What a worker and the program in the mover pod exchange: config file, lines on stdout, termination message. */

/** Where the repository is and how to get in. Holds secrets: exists in a Secret and in memory only. */
export type RepositoryConnection =
  | {
      readonly provider: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly region: string;
      /** `host[:port]`. */
      readonly endpoint: string;
      readonly tls: boolean;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  | {
      readonly provider: 'azure';
      readonly account: string;
      readonly container: string;
      readonly prefix: string;
      /** Either this or `sasToken`. */
      readonly accountKey?: string;
      readonly sasToken?: string;
      /** `blob.core.windows.net` or a sovereign cloud's. */
      readonly storageDomain: string;
    }
  | {
      readonly provider: 'gcs';
      readonly bucket: string;
      readonly prefix: string;
      /** A credentials file of Google's; absent: those that the pod finds itself. */
      readonly credentialsJson?: string;
      /** URL of a server that asks for no credentials; absent: Google's. */
      readonly emulator?: string;
    }
  | { readonly provider: 'filesystem'; readonly path: string };

export interface MoverConfig {
  readonly mode: 'prepare' | 'upload' | 'download';
  readonly repository: RepositoryConnection;
  readonly password: string;
  /** URL of the proxy before the store, with user and password where it wants them; absent: none. */
  readonly proxy?: string;
  /** Certificates (PEM) of authorities to trust besides those of the image. */
  readonly ca?: string;
  readonly runId: string;
  /** Absent in mode `prepare`. */
  readonly volumeId?: string;
  readonly snapshotId?: string;
  readonly metadataSnapshotId?: string;
  /** Upload: read every file again, also those whose time and size say they are unchanged. */
  readonly rereadAll?: boolean;
  readonly volumePath: string;
  /** Writable, empty, private: caches, listings, HOME. */
  readonly scratchPath: string;
  readonly resultPath: string;
  readonly kopia: string;
  /** Files read or written at the same time. */
  readonly parallel: number;
}

/** One JSON line on the program's stdout. */
export type MoverLine =
  | {
      readonly type: 'progress';
      readonly state: 'copying' | 'hashing';
      readonly doneBytes: number;
      readonly totalBytes: number;
      /** Absent from movers of earlier versions. `total` 0 = not counted yet. */
      readonly files?: { readonly done: number; readonly total: number };
    }
  | { readonly type: 'log'; readonly message: string }
  | { readonly type: 'excluded'; readonly path: string; readonly reason: string }
  | { readonly type: 'different'; readonly path: string; readonly fields: string }
  | { readonly type: 'end'; readonly outcome: MoverOutcome };

export interface MoverResult {
  readonly snapshotId: string;
  readonly metadataSnapshotId: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** Read for the tree's hash: less than `sizeBytes` when an earlier listing spared unchanged files. */
  readonly hashedBytes: number;
  readonly transferredBytes: number;
  readonly treeSha256: string;
  readonly excluded: readonly { readonly path: string; readonly reason: string }[];
  readonly excludedTotal: number;
  /** `path: field, field`; paths escaped. */
  readonly different: readonly string[];
  readonly differentTotal: number;
}

export type MoverOutcome =
  { readonly ok: true; readonly result: MoverResult } | { readonly ok: false; readonly error: ErrorDetail };

/** Kubernetes cuts a termination message here. */
const terminationBytesMax = 4096;

/** Gives the termination message of an outcome: the lists are cut until it fits; the totals always stay. */
export function terminationMessage(outcome: MoverOutcome): string {
  let current = outcome.ok ? outcome : { ok: false as const, error: shortError(outcome.error) };
  for (let items = 64; ; items = Math.floor(items / 2)) {
    const text = JSON.stringify(current);
    if (utf8Length(text) <= terminationBytesMax || items === 0 || !current.ok) return text;
    const { excluded, different } = current.result;
    current = {
      ok: true,
      result: { ...current.result, excluded: excluded.slice(0, items - 1), different: different.slice(0, items - 1) },
    };
  }
}

/** Reads an outcome back; undefined when the text is none (the program was killed before it could write). */
export function parseOutcome(text: string): MoverOutcome | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'ok' in value ? (value as MoverOutcome) : undefined;
  } catch {
    return undefined;
  }
}

function shortError(error: ErrorDetail): ErrorDetail {
  const { cause: _cause, ...rest } = error;
  return {
    ...rest,
    what: error.what.slice(0, 500),
    fix: error.fix.slice(0, 300),
    ...(error.why === undefined ? {} : { why: error.why.slice(-600) }),
  };
}

function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
