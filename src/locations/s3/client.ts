import { S3Client } from '@aws-sdk/client-s3';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import { credentialsFromFile } from './credentials-file.ts';

const connectTimeoutMs = 5_000;
/** Between two packets, not for the whole answer: that is `withRetry`'s, which knows the size. */
const idleTimeoutMs = 30_000;

/** The SDK's client of a bucket. Its own retries are off: they would multiply with the decorator's. */
export function openS3Client(spec: S3LocationSpec): S3Client {
  return new S3Client({
    region: spec.region,
    forcePathStyle: spec.forcePathStyle,
    maxAttempts: 1,
    // Readers check SHA-256 and call damage by its name; the SDK would call it a failure that may go away.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...(spec.credentials === undefined ? {} : { credentials: credentialsFromFile(spec.name, spec.credentials) }),
  });
}
