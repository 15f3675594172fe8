import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { LocationProvider } from '../provider.ts';
import { s3CredentialsEnd } from './credentials-end.ts';
import { s3Access } from './access.ts';
import { openS3Location } from './index.ts';
import { s3Storage } from './kopia-storage.ts';
import { openS3ObjectLock } from './object-lock.ts';
import { s3Pods } from './pods.ts';
import { readS3Protection } from './protection.ts';
import { s3Url } from './s3-url.ts';

/** Amazon S3 and servers that speak its API. */
export const s3Provider: LocationProvider<S3LocationSpec> = {
  open: openS3Location,
  address: (spec) => s3Url(spec).host,
  access: s3Access,
  protection: readS3Protection,
  credentialsEnd: s3CredentialsEnd,
  lock: openS3ObjectLock,
  pods: s3Pods,
  kopia: s3Storage,
};
