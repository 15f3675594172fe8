import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import type { KopiaStorage } from '../kopia-storage.ts';

type Connection = Extract<RepositoryConnection, { readonly provider: 'filesystem' }>;

/** `kopia repository connect filesystem`. */
export const filesystemStorage: KopiaStorage<Connection> = {
  args: ({ path }) => ['filesystem', `--path=${path}`],
  environment: () => ({}),
  secrets: () => [],
};
