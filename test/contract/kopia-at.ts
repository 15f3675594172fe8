import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { kopia } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import type { S3LocationSpec } from '../../src/core/spec/spec.ts';
import { useLightLab } from '../support/light-lab.ts';
import { temporaryDirectory } from './location-servers.ts';

/** Runs kopia on a repository in the lab's store, with a configuration of its own. */
export async function kopiaAt(spec: S3LocationSpec): Promise<(...args: readonly string[]) => string> {
  const { s3 } = await useLightLab();
  const { path } = await resolveBinary(kopia, {});
  const folder = temporaryDirectory('kopia');
  const env = {
    ...{
      PATH: process.env['PATH'],
      HOME: folder,
      KOPIA_PASSWORD: 'of the repository',
      KOPIA_CHECK_FOR_UPDATES: 'false',
    },
    ...{ KOPIA_CONFIG_PATH: join(folder, 'config'), KOPIA_CACHE_DIRECTORY: join(folder, 'cache') },
    ...{ AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
  };
  const store = [`--bucket=${spec.bucket}`, `--prefix=${spec.prefix}volumes/`, `--region=${spec.region}`];
  const server = ['--disable-tls', `--endpoint=${new URL(spec.endpoint ?? '').host}`];
  return (...args) => {
    const all = args[0] === 'repository' ? [...args, 's3', ...store, ...server] : args;
    return execFileSync(path, all, { env, encoding: 'utf8' });
  };
}
