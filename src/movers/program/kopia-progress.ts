/** What kopia's progress line says, in bytes. */
export interface KopiaProgress {
  readonly doneBytes: number;
  /** 0 while kopia is still counting. */
  readonly totalBytes: number;
}

const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };
const amount = String.raw`([\d.]+) ([KMGTP]?B)`;
// ` * 0 hashing, 3 hashed (47 B), 16 cached (55.4 MB), uploaded 196 B, estimated 65.5 MB (100.0%) 0s left`
const uploading = new RegExp(String.raw`hashed \(${amount}\), \d+ cached \(${amount}\)(?:.*estimated ${amount})?`);
// `Processed 30 (55.4 MB) of 29 (55.4 MB) 10 MB/s (3.1%) remaining 5s.`
const restoring = new RegExp(String.raw`Processed \d+ \(${amount}\) of \d+ \(${amount}\)`);

/** Reads a progress line of `snapshot create` or `snapshot restore`; undefined when it is another line. */
export function parseKopiaProgress(line: string): KopiaProgress | undefined {
  const upload = uploading.exec(line);
  if (upload !== null) {
    const doneBytes = bytesOf(upload[1], upload[2]) + bytesOf(upload[3], upload[4]);
    return { doneBytes, totalBytes: bytesOf(upload[5], upload[6]) };
  }
  const restore = restoring.exec(line);
  if (restore === null) return undefined;
  return { doneBytes: bytesOf(restore[1], restore[2]), totalBytes: bytesOf(restore[3], restore[4]) };
}

function bytesOf(number: string | undefined, unit: string | undefined): number {
  return number === undefined || unit === undefined ? 0 : Math.round(Number(number) * (units[unit] ?? 1));
}
