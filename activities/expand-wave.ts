import { LandfallError } from '../src/core/errors.ts';
import { limits } from '../src/core/limits.ts';
import { namespaceResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import { expandGroups } from '../src/core/wave/expand.ts';
import type { WaveMember, WaveSpec } from '../src/core/wave/wave.ts';
import type { Dependencies } from './runtime/dependencies.ts';
import { firstContact, toTemporalFailure } from './runtime/failures.ts';
import { openProgress } from './runtime/progress.ts';
import { noteRetry, tellingRetries } from './runtime/session.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { Progress } from '../src/services/progress.ts';
import { wholeList } from '../src/ports/whole-list.ts';

/**
 * Finds the namespaces of a wave on its sources. Throws CONFIG_INVALID naming every namespace that is named and not
 * there. Reads only; made once, so that the members of a wave stand when it begins.
 */
export async function expandWave(dependencies: Dependencies, spec: WaveSpec): Promise<readonly WaveMember[]> {
  const progress = openProgress('wave', dependencies.contactMs);
  try {
    return await firstContact(tellingRetries(progress, () => expand(dependencies, spec, progress)));
  } catch (error) {
    throw toTemporalFailure(error);
  } finally {
    await progress.stop();
  }
}

async function expand(dependencies: Dependencies, spec: WaveSpec, progress: Progress): Promise<readonly WaveMember[]> {
  const existing: string[][] = [];
  for (const migration of spec.migrations) {
    const cluster = await dependencies.openCluster(migration.source, 'source', noteRetry);
    try {
      const pages = cluster.list(namespaceResource, { signal: progress.signal });
      existing.push(await wholeList(pages, (item) => readHead(textOf(item), namespaceResource).ref.name));
    } finally {
      await cluster.close();
    }
  }
  const { members, missing } = expandGroups(spec, existing);
  if (missing.length > 0) {
    const named = missing.slice(0, 20).join(', ');
    throw new LandfallError('CONFIG_INVALID', {
      what: `wave ${spec.name} names ${missing.length} namespaces that do not exist: ${named}${missing.length > 20 ? ' …' : ''}`,
      fix: 'correct the namespaces of its groups',
    });
  }
  if (members.length > limits.waveMembers) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `wave ${spec.name} has ${members.length} namespaces; a wave accepts at most ${limits.waveMembers}`,
      fix: 'split its groups into several waves',
    });
  }
  if (members.length > 0) return members;
  throw new LandfallError('CONFIG_INVALID', {
    what: `no namespace matches the groups of wave ${spec.name}, so there is nothing to move`,
    fix: 'widen the namespaces of its groups',
  });
}
