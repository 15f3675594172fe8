import { stat } from 'node:fs/promises';
import { ruleFor, type Policy, type Use } from './policy.ts';

/** Anybody may write it. */
const othersWrite = 0o002;
/**
 * The policy of the local engine: runs use the files of the user who started it, and those of the system. Whoever else reaches
 * its port on this machine can start a run, and must not have files of their own read, or programs run, as this user.
 */
export function ownFiles(users: readonly number[] = ownUsers()): Policy {
  return {
    refusal: (use) => refusalOf(use, users),
    remedy: (use) =>
      `give it to the user who started the engine, or start it with LANDFALL_WORKER_POLICY=FILE, a WorkerPolicy with ${ruleFor(use)}`,
  };
}

async function refusalOf(use: Use, users: readonly number[]): Promise<string | undefined> {
  // A program is named by a kubeconfig, which is this user's by then: with kubectl it would be run as well.
  if (!('path' in use) || use.kind === 'program') return undefined;
  // What cannot be looked at cannot be used either: whoever uses it says why.
  const found = await stat(use.path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!users.includes(found.uid)) return 'it belongs to another user than the one who started the local engine';
  const isOpen = use.kind === 'kubeconfig' && (found.mode & othersWrite) !== 0;
  return isOpen ? 'every user of this machine may write it' : undefined;
}

/** This user, the system's, and whoever became root to start this. */
function ownUsers(): number[] {
  const uid = process.getuid?.() ?? 0;
  const before = Number(process.env['SUDO_UID'] ?? '');
  return [...new Set([uid, 0, ...(uid === 0 && Number.isInteger(before) ? [before] : [])])];
}
