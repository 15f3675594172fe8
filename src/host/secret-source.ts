import { readFile } from 'node:fs/promises';
import { LandfallError } from '../core/errors.ts';
import type { SecretSource } from '../core/spec/spec.ts';

/**
 * Reads a secret from where the configuration says, at the moment it is needed; a trailing line break of a file does
 * not count. Throws CONFIG_UNREADABLE with the place, never with the value.
 */
export async function resolveSecret(source: SecretSource): Promise<string> {
  if ('env' in source) {
    const value = process.env[source.env];
    if (value !== undefined && value !== '') return value;
    throw new LandfallError('CONFIG_UNREADABLE', {
      what: `the environment variable ${source.env} is not set where the worker runs`,
      fix: `set ${source.env} for the worker, or refer to a file`,
    });
  }
  try {
    return (await readFile(source.file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const why = reasonOf(cause);
    throw new LandfallError('CONFIG_UNREADABLE', { what: `the secret file ${source.file} cannot be read`, why, cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file where the worker runs',
  ENOTDIR: 'there is no such file where the worker runs',
  EACCES: 'the user of the worker is not allowed to read it',
  EPERM: 'the user of the worker is not allowed to read it',
  EISDIR: 'it is a directory',
};

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? `the system reports ${code === '' ? 'with an error' : code}`;
}
