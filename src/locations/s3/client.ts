import { S3Client } from '@aws-sdk/client-s3';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import { openRoute, type Route } from '../route.ts';
import { openS3Identity, type S3Identity } from './identity.ts';
import { s3Url } from './s3-url.ts';

/** Hosts of AWS in all its partitions. */
const aws = /(?:^|\.)amazonaws\.com(?:\.cn)?$|(?:^|\.)(?:c2s\.ic|sc2s\.sgov)\.gov$/u;

/**
 * Stores that only speak S3 refuse the checksum headers that AWS has added since, or sign them otherwise. Landfall has a SHA-256
 * of its own of everything it stores. The variable of the SDKs counts where the Location says nothing.
 */
function checksumsOf(spec: S3LocationSpec): 'WHEN_SUPPORTED' | 'WHEN_REQUIRED' {
  const said = spec.checksums ?? process.env['AWS_REQUEST_CHECKSUM_CALCULATION']?.toLowerCase();
  if (said === 'always' || said === 'when_supported') return 'WHEN_SUPPORTED';
  if (said === 'required' || said === 'when_required') return 'WHEN_REQUIRED';
  return aws.test(s3Url(spec).hostname) ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
}

/** A client and how it reaches the store. */
export interface S3Connection {
  readonly client: S3Client;
  readonly route: Route;
  readonly identity: S3Identity;
}

const connectTimeoutMs = 5_000;
/** Between two packets, not for the whole answer: that is `withRetry`'s, which knows the size. */
const idleTimeoutMs = 30_000;

/** The SDK's client of a bucket. Its own retries are off: they would multiply with the decorator's. */
export function openS3Client(spec: S3LocationSpec): S3Connection {
  const route = openRoute(spec.name, hostUrl(spec), spec.caFile);
  const identity = openS3Identity(spec);
  const client = new S3Client({
    region: spec.region,
    forcePathStyle: spec.forcePathStyle,
    maxAttempts: 1,
    // Readers check SHA-256 and call damage by its name; the SDK would call it a failure that may go away.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestChecksumCalculation: checksumsOf(spec),
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      httpAgent: route.httpAgent,
      httpsAgent: route.httpsAgent,
    },
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...(identity.provider && { credentials: identity.provider }),
  });
  return { client, route, identity };
}

/** Ends a client with its connections. */
export function closeS3Client({ client, route, identity }: S3Connection): void {
  client.destroy();
  route.close();
  identity.close();
}

/** NO_PROXY is asked for the host that is connected to. */
function hostUrl(spec: S3LocationSpec): URL {
  const url = s3Url(spec);
  if (!spec.forcePathStyle) url.hostname = `${spec.bucket}.${url.hostname}`;
  return url;
}
