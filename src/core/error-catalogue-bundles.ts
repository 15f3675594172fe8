import type { ErrorEntry } from './error-entry.ts';

/** Errors about bundles of recovery points on media; part of the catalogue. */
export const bundleErrors = {
  BUNDLE_NOT_FOUND: {
    group: 'config',
    retry: 'never',
    summary: 'No whole bundle begins in the directories that were given, or several do.',
    fix: 'give the directory with bundle.json and index.jsonl, besides those with the parts; one without bundle.json was not written to its end',
  },
  BUNDLE_PART_MISSING: {
    group: 'config',
    retry: 'never',
    summary: 'Parts of a bundle are in none of the directories that were given; nothing was imported.',
    fix: 'give the directories of all media at once, or copy the parts of each medium into one directory',
  },
  BUNDLE_DAMAGED: {
    group: 'integrity',
    retry: 'never',
    summary: 'A file of a bundle is not what was written; nothing was imported.',
    fix: 'copy the file again from its origin, or make the bundle anew with `landfall bundle create`',
  },
  BUNDLE_SIGNER_FOREIGN: {
    group: 'integrity',
    retry: 'never',
    summary:
      'A bundle is not signed with the key of the recovery points in it, or nothing here says whose signatures count.',
    fix: 'use the identity of the Location that the bundle was made of, and compare the signer with `landfall keys list` there',
  },
  BUNDLE_NEEDS_BASE: {
    group: 'config',
    retry: 'never',
    summary: 'A bundle lacks what an earlier bundle holds, and the Location does not have it either.',
    fix: 'import the earlier bundle first; `landfall bundle verify` names it',
  },
  BUNDLE_NOT_WRITTEN: {
    group: 'config',
    retry: 'never',
    summary: 'A file of a bundle could not be written or read.',
    fix: 'look at the directory: it has to be empty, writable and large enough',
  },
} as const satisfies Record<string, ErrorEntry>;
