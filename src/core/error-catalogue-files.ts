import type { ErrorEntry } from './error-entry.ts';

/** Errors about single files of a volume in a recovery point; part of the catalogue. */
export const fileErrors = {
  KOPIA_MISSING: {
    group: 'config',
    retry: 'never',
    summary: 'This machine has no kopia of the version that reads volume repositories, and it could not be fetched.',
    fix: 'install the kopia that the message names so that it is on PATH',
  },
  VOLUME_NOT_IN_POINT: {
    group: 'config',
    retry: 'never',
    summary: 'The recovery point has no files of this claim: it was not captured, or its data was not taken.',
    fix: 'see what has data with `landfall points show`',
  },
  FILE_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'The volume in the recovery point has no file or folder with this path.',
    fix: 'see what is there with `landfall files ls`',
  },
  FILE_WITHOUT_CONTENT: {
    group: 'config',
    retry: 'never',
    summary:
      'The path is neither a file nor a folder, so that there is no content to get: a symbolic link or a named pipe.',
    fix: 'get what a symbolic link leads to, or the folder in which it is',
  },
  FILE_EXISTS: {
    group: 'config',
    retry: 'never',
    summary: 'There is already something where a file is to be written; nothing is overwritten.',
    fix: 'give another --output, or remove what is there',
  },
  FILE_NOT_WRITTEN: {
    group: 'config',
    retry: 'never',
    summary: 'What was read from a volume could not be written to this machine; nothing that looks complete was left.',
    fix: 'check the path, its permissions and the space that is left',
  },
  FILE_READ_FAILED: {
    group: 'volume',
    retry: 'never',
    summary: 'kopia could not read from the volume repository.',
    fix: 'see the reason that kopia gives in the message',
  },
} as const satisfies Record<string, ErrorEntry>;
