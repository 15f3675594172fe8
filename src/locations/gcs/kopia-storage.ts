import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import type { KopiaStorage } from '../kopia-storage.ts';

type Connection = Extract<RepositoryConnection, { readonly provider: 'gcs' }>;

/** Members of a credentials file that open something: a key, or what a new token is given for. */
const secretMembers = ['private_key', 'client_secret', 'refresh_token'] as const;

/**
 * `kopia repository connect gcs`. Application default credentials come from a file that a variable names, so that the path
 * need not be kept in the configuration that kopia writes. Of another address only the variable of emulators is known to
 * Google's library for Go, and with it no request carries credentials (cloud.google.com/go/storage, NewClient).
 */
export const gcsStorage: KopiaStorage<Connection> = {
  args: ({ bucket, prefix }) => ['gcs', `--bucket=${bucket}`, `--prefix=${prefix}`],
  environment: ({ emulator }): Readonly<Record<string, string>> =>
    emulator === undefined ? {} : { STORAGE_EMULATOR_HOST: emulator },
  files: ({ credentialsJson }): Readonly<Record<string, string>> =>
    credentialsJson === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: credentialsJson },
  // cloud.google.com/go/storage repeats what is idempotent until its context ends, and kopia gives it one without an end.
  answers: ({ emulator }) => emulator ?? 'https://storage.googleapis.com',
  secrets: ({ credentialsJson = '' }) => [credentialsJson, ...secretsIn(credentialsJson)],
};

function secretsIn(credentialsJson: string): string[] {
  if (credentialsJson === '') return [];
  const parsed = JSON.parse(credentialsJson) as Readonly<Record<string, unknown>>;
  return secretMembers.map((name) => parsed[name]).filter((value) => typeof value === 'string');
}
