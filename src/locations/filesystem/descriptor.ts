import type { FilesystemLocationSpec } from '../../core/spec/spec.ts';
import type { LocationProvider } from '../provider.ts';
import { openFilesystemLocation } from './index.ts';
import { filesystemStorage } from './kopia-storage.ts';

/** A directory that all workers see. */
export const filesystemProvider: LocationProvider<FilesystemLocationSpec> = {
  open: openFilesystemLocation,
  address: ({ path }) => path,
  access: ({ path }) => ({ identity: 'the user of this process', issuer: 'none', place: `directory ${path}` }),
  protection: () => Promise.resolve({ versioned: false }),
  credentialsEnd: () => Promise.resolve(undefined),
  lock: () => undefined,
  pods: undefined,
  kopia: filesystemStorage,
};
