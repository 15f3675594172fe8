/** What kopia's progress line says, in bytes. */
export interface KopiaProgress {
  readonly doneBytes: number;
  /** 0 while kopia is still counting. */
  readonly totalBytes: number;
  readonly doneFiles: number;
  /** 0 while it is not known: an upload does not count files beforehand. */
  readonly totalFiles: number;
}

const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };
const amount = String.raw`([\d.]+) ([KMGTP]?B)`;
// ` * 0 hashing, 3 hashed (47 B), 16 cached (55.4 MB), uploaded 196 B, estimated 65.5 MB (100.0%) 0s left`
const uploading = new RegExp(
  String.raw`(\d+) hashed \(${amount}\), (\d+) cached \(${amount}\)(?:.*estimated ${amount})?`
);
// `Processed 30 (55.4 MB) of 29 (55.4 MB) 10 MB/s (3.1%) remaining 5s.`
const restoring = new RegExp(String.raw`Processed (\d+) \(${amount}\) of (\d+) \(${amount}\)`);

/** Reads a progress line of `snapshot create` or `snapshot restore`; undefined when it is another line. */
export function parseKopiaProgress(line: string): KopiaProgress | undefined {
  const upload = uploading.exec(line);
  if (upload !== null) {
    const doneBytes = bytesOf(upload[2], upload[3]) + bytesOf(upload[5], upload[6]);
    const doneFiles = Number(upload[1]) + Number(upload[4]);
    return { doneBytes, totalBytes: bytesOf(upload[7], upload[8]), doneFiles, totalFiles: 0 };
  }
  const restore = restoring.exec(line);
  if (restore === null) return undefined;
  return {
    doneBytes: bytesOf(restore[2], restore[3]),
    totalBytes: bytesOf(restore[5], restore[6]),
    doneFiles: Number(restore[1]),
    totalFiles: Number(restore[4]),
  };
}

function bytesOf(number: string | undefined, unit: string | undefined): number {
  return number === undefined || unit === undefined ? 0 : Math.round(Number(number) * (units[unit] ?? 1));
}
