import type { ErrorEntry } from './error-entry.ts';
import { bundleErrors } from './error-catalogue-bundles.ts';
import { copyErrors } from './error-catalogue-copies.ts';
import { fileErrors } from './error-catalogue-files.ts';

/** Errors about what is done with recovery points besides keeping them; part of the catalogue. */
export const pointErrors = { ...copyErrors, ...bundleErrors, ...fileErrors } as const satisfies Record<
  string,
  ErrorEntry
>;
