import { GetBucketVersioningCommand, GetObjectLockConfigurationCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import { closeS3Client, openS3Client } from './client.ts';
import { s3Error } from './s3-error.ts';
import type { Protection } from '../../ports/protection.ts';

/** Of stores that know no versions or no locks, and of AWS where a bucket has no lock. */
const saysNone: ReadonlySet<string> = new Set([
  'ObjectLockConfigurationNotFoundError',
  'VersioningNotConfigured',
  'NotImplemented',
  'MethodNotAllowed',
]);
const timeoutMs = 15_000;
const daysOfYear = 365;

/** Versions, and the retention that a bucket gives new objects by itself (GetObjectLockConfiguration). */
export async function readS3Protection(spec: S3LocationSpec, signal: AbortSignal): Promise<Protection> {
  const connection = openS3Client(spec);
  const { client, route } = connection;
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await read(client, spec.bucket, abortSignal);
  } catch (error) {
    signal.throwIfAborted();
    throw s3Error(error, {
      location: `${spec.name} (bucket ${spec.bucket})`,
      operation: 'read',
      key: 'its object lock',
      route: route.text,
    });
  } finally {
    closeS3Client(connection);
  }
}

async function read(client: S3Client, Bucket: string, abortSignal: AbortSignal): Promise<Protection> {
  const [versioning, lock] = await Promise.all([
    orNone(client.send(new GetBucketVersioningCommand({ Bucket }), { abortSignal })),
    orNone(client.send(new GetObjectLockConfigurationCommand({ Bucket }), { abortSignal })),
  ]);
  const { Mode, Days, Years } = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
  const days = Days ?? (Years === undefined ? 0 : Years * daysOfYear);
  return {
    versioned: versioning?.Status === 'Enabled',
    ...(Mode === undefined || days === 0 ? {} : { retention: { mode: Mode, days } }),
  };
}

async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof S3ServiceException && saysNone.has(error.name)) return undefined;
    throw error;
  }
}
