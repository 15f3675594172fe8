import { hostname, userInfo } from 'node:os';
import type { ObservedUser } from '../core/plan/approval.ts';

/** Gives the user and the host name this process runs with, from the system and not from variables. Never fails. */
export function observedUser(readUser: () => { username: string } = userInfo): ObservedUser {
  return { user: userName(readUser), host: hostname() };
}

/** A container may run with a number that no name belongs to. */
function userName(readUser: () => { username: string }): string {
  try {
    return readUser().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
