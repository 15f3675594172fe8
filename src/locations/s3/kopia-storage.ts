import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import type { KopiaStorage } from '../kopia-storage.ts';

type Connection = Extract<RepositoryConnection, { readonly provider: 's3' }>;

/** `kopia repository connect s3`. */
export const s3Storage: KopiaStorage<Connection> = {
  args({ bucket, prefix, region, endpoint, tls }) {
    const args = ['s3', `--bucket=${bucket}`, `--prefix=${prefix}`, `--region=${region}`, `--endpoint=${endpoint}`];
    return tls ? args : [...args, '--disable-tls'];
  },
  environment: ({ accessKeyId, secretAccessKey, sessionToken }) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  }),
  secrets: ({ accessKeyId, secretAccessKey, sessionToken = '' }) => [secretAccessKey, sessionToken, accessKeyId],
};
