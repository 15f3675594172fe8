import { z } from 'zod';
import { resolvePath } from '../../../config/paths.ts';
import type { FilesystemLocationSpec } from '../../../core/spec/spec.ts';
import { text } from '../../scalars.ts';
import type { ProviderForm } from '../provider-form.ts';
import { accessOf, resolveAccess, rungContradictions } from '../access.ts';
import { everyLocation, prefix } from '../words.ts';

const schema = z.strictObject({
  provider: z.literal('filesystem').describe('A directory that all workers can access'),
  path: text.describe('Directory; relative to this file, ~ is the home directory'),
  prefix,
  access: accessOf({}),
  ...everyLocation,
});

/** `provider: filesystem`. */
export const filesystemForm: ProviderForm<typeof schema, FilesystemLocationSpec> = {
  schema,
  secretKeys: [],
  contradictions: ({ access }) => rungContradictions(access),
  resolve: ({ access, repositoryPassword: _, ...written }, folder) => ({
    ...written,
    ...resolveAccess<{ readonly name: string; readonly location?: string }, never>(access, () => undefined),
    path: resolvePath(written.path, folder),
  }),
  volumes(_written, { location, run }) {
    const what = `names the Location ${location.value.metadata.name}, a directory on this machine, which the pods that move volumes cannot reach`;
    const hint = 'use a Location with provider s3, azure or gcs, or set volumes.mode: none';
    return [{ document: run, path: ['spec', 'location'], what, hint }];
  },
};
