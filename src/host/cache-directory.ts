import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder for what can be made again, shared by all checkouts of a user (XDG Base Directory Specification). */
export function cacheDirectory(name: string): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'landfall', name);
}
