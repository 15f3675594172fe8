import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { errorDetail, isLandfallError, type ErrorDetail } from '../../core/errors.ts';
import {
  terminationMessage,
  type MoverConfig,
  type MoverOutcome,
  type MoverResult,
} from '../../core/volumes/mover-protocol.ts';
import { download } from './download.ts';
import { createKopia } from './kopia.ts';
import { stdoutOutput, type Output } from './output.ts';
import { upload } from './upload.ts';

/** Runs the program: config in, lines and outcome out. Never throws; the outcome says what happened. */
export async function runMover(config: MoverConfig, output: Output): Promise<MoverOutcome> {
  try {
    mkdirSync(config.scratchPath, { recursive: true });
    const kopia = createKopia(config);
    if (config.mode === 'upload') return { ok: true, result: await upload(config, kopia, output) };
    if (config.mode === 'download') return { ok: true, result: await download(config, kopia, output) };
    await kopia.create();
    return { ok: true, result: nothingMoved };
  } catch (error) {
    return { ok: false, error: detailOf(error) };
  }
}

const nothingMoved: MoverResult = {
  ...{ snapshotId: '', metadataSnapshotId: '', treeSha256: '' },
  ...{ files: 0, sizeBytes: 0, hashedBytes: 0, transferredBytes: 0 },
  ...{ excluded: [], excludedTotal: 0, different: [], differentTotal: 0 },
};

function detailOf(error: unknown): ErrorDetail {
  if (isLandfallError(error)) return error.detail;
  const message = error instanceof Error ? error.message : String(error);
  return errorDetail('VOLUME_MOVER_FAILED', { what: `the mover failed: ${message}`, cause: error });
}

/** Exit codes: 0 done (also with differences), 1 failed, 2 called wrongly. */
async function main(configPath: string | undefined): Promise<number> {
  if (configPath === undefined) {
    process.stderr.write('usage: main.ts CONFIG_FILE\n');
    return 2;
  }
  const config = JSON.parse(readFileSync(configPath, 'utf8')) as MoverConfig;
  const output = stdoutOutput();
  const outcome = await runMover(config, output);
  output.line({ type: 'end', outcome });
  writeFileSync(config.resultPath, terminationMessage(outcome));
  return outcome.ok ? 0 : 1;
}

// A copy that still runs when the hashing has failed must not keep the pod.
if (import.meta.main) process.exit(await main(process.argv[2]));
