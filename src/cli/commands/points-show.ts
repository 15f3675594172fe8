import { Command } from 'commander';
import { readLock } from '../../archive/lock-point.ts';
import { openManifest, findPointId, readPoint } from '../../archive/recovery-point.ts';
import { isLandfallError, type ErrorDetail } from '../../core/errors.ts';
import { openLocation } from '../../locations/open-location.ts';
import type { ReadManifest } from '../../archive/manifest-bytes.ts';
import type { PointDetail, PublicManifest } from '../../archive/manifest.ts';
import type { Retention } from '../../core/retention/point-lock.ts';
import type { Location } from '../../ports/location.ts';
import { ownCommand, shellWord } from '../../runs/own-command.ts';
import { pointLines } from '../render/point-text.ts';
import { locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';

interface ShowFlags extends LocationFlags {
  readonly output: 'text' | 'json';
}

/** `landfall points show POINT`: what one recovery point holds, as its manifest says. Reads the manifest and nothing else. */
export function showCommand(): Command {
  return withLocation(new Command('show').description('show what a recovery point holds; reads its manifest alone'))
    .argument('<point>', 'id of a recovery point, whole or short')
    .addOption(outputOption())
    .action(async (point: string, flags: ShowFlags) => {
      const location = await openLocation(await locationOf(flags));
      try {
        const { manifest } = await readPoint(location, await findPointId(location, point));
        const lock = await readLock(location, manifest.id);
        const opened = await openDetail(location, manifest);
        if (flags.output === 'json')
          console.log(JSON.stringify({ ...withoutSealed(manifest), ...lockJson(lock), ...opened }, null, 2));
        else {
          const restore = restoreLine(manifest.id, flags);
          for (const line of pointLines(manifest, opened, { restore, lock, nowMs: Date.now() })) console.log(line);
        }
      } finally {
        await location.close();
      }
    });
}

function lockJson(lock: Retention | undefined): object {
  return lock === undefined ? {} : { lock: { mode: lock.mode, until: new Date(lock.untilMs).toISOString() } };
}

/** Ciphertext says nothing to anybody. */
function withoutSealed(manifest: ReadManifest): PublicManifest {
  if (!('sealed' in manifest)) return manifest;
  const { sealed: _, ...open } = manifest;
  return open;
}

/** What is for those alone who can open the point, or why it cannot be opened here: the rest is shown all the same. */
async function openDetail(
  location: Location,
  manifest: ReadManifest
): Promise<{ readonly detail: PointDetail } | { readonly unopened: ErrorDetail }> {
  try {
    const { source, scope, lists, indexes, volumes, excluded, dependencies } = await openManifest(location, manifest);
    return { detail: { source, scope, lists, indexes, volumes, excluded, dependencies } };
  } catch (error) {
    if (isLandfallError(error) && /^KEY_|^POINT_ENCRYPTED$|^CONFIG_UNREADABLE$/u.test(error.code)) {
      return { unopened: error.detail };
    }
    throw error;
  }
}

function restoreLine(id: string, { file, location }: ShowFlags): string {
  const of = location === undefined ? '' : ` --location ${location}`;
  return ownCommand(`restore ${id} -f ${shellWord(file)}${of} --to CLUSTER`);
}
