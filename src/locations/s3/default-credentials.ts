import { S3Client } from '@aws-sdk/client-s3';
import { LandfallError } from '../../core/errors.ts';
import type { S3Credentials } from '../provider.ts';

/**
 * Asks the SDK's default chain (environment, files, web identity, instance role) for the keys it would use now, for
 * those who cannot ask it themselves: the pods that move volumes. Throws LOCATION_CREDENTIALS when the chain has none.
 */
export async function defaultS3Credentials(): Promise<S3Credentials> {
  // The chain asks for a region in some of its steps; which one does not matter for keys.
  const client = new S3Client({ region: 'us-east-1' });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  } catch (cause) {
    throw new LandfallError('LOCATION_CREDENTIALS', {
      what: 'the default chain of the AWS SDK returns no credentials where the worker runs',
      fix: 'set credentials.file in the Location, or give the worker an identity',
      cause,
    });
  } finally {
    client.destroy();
  }
}
