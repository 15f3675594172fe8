import { kopiaSpec } from '../binaries/kopia.ts';
import { resolveBinary } from '../binaries/resolve.ts';
import { LandfallError } from '../core/errors.ts';

/** Path of the kopia that reads volume repositories: PATH, own cache, official download. Throws KOPIA_MISSING. */
export async function findKopia(): Promise<string> {
  try {
    return (await resolveBinary(kopiaSpec)).path;
  } catch (cause) {
    throw new LandfallError('KOPIA_MISSING', {
      what: `reading files of a volume needs kopia ${kopiaSpec.version} on this machine`,
      why: cause instanceof Error ? cause.message.split('\n').slice(1).join(';').trim() : String(cause),
      fix: `install kopia ${kopiaSpec.version} so that it is on PATH (${kopiaSpec.official?.url ?? 'kopia.io'})`,
    });
  }
}
