import type { RepositoryConnection } from '../core/volumes/mover-protocol.ts';

/** How kopia is given the repositories of one provider. Pure, and without an SDK: it is part of the program in the mover pod. */
export interface KopiaStorage<C extends RepositoryConnection = RepositoryConnection> {
  /** Arguments of `kopia repository connect` and `create`; never a secret, since everybody on the node sees them. */
  args(connection: C): readonly string[];
  /** Environment variables, in which secrets go. */
  environment(connection: C): Readonly<Record<string, string>>;
  /** Contents of files that kopia takes its secrets from, by the environment variable that names the file. */
  files?(connection: C): Readonly<Record<string, string>>;
  /**
   * An address that has to answer before kopia is asked: of a storage whose client repeats a request that nobody answers for ever,
   * so that kopia would neither end nor say anything.
   */
  answers?(connection: C): string;
  /** What of it must not be shown; '' for what it has not. */
  secrets(connection: C): readonly string[];
}
