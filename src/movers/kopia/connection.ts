import { rungsOf } from '../../core/access/rungs.ts';
import { isLandfallError, LandfallError } from '../../core/errors.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import type { ResolveSecret, SecretAccess } from '../../locations/provider.ts';
import { providerOf } from '../../locations/registry.ts';
import type { ContentSeal } from '../../ports/content-seal.ts';

export interface ConnectionOptions extends SecretAccess {
  readonly location: LocationSpec;
}

/** Gives how a pod gets into the repository. Throws CONFIG_INVALID or LOCATION_CREDENTIALS. Holds secrets. */
export async function repositoryConnection({ location, ...access }: ConnectionOptions): Promise<RepositoryConnection> {
  const { pods } = providerOf(location);
  if (pods !== undefined) return firstConnection(location, access);
  throw new LandfallError('CONFIG_INVALID', {
    what: `Location ${location.name} is a directory of this machine, which a mover pod cannot reach`,
    fix: 'use a Location with provider s3, azure or gcs for volumes',
    ref: location.name,
  });
}

/** By the first rung that is issued something; whether a store takes keys shows only in the pod. */
async function firstConnection(location: LocationSpec, access: SecretAccess): Promise<RepositoryConnection> {
  let refused: unknown;
  for (const { spec } of rungsOf(location)) {
    try {
      const connection = await providerOf(spec).pods?.connect(spec, access);
      if (connection !== undefined) return connection;
    } catch (error) {
      if (!isLandfallError(error, 'LOCATION_CREDENTIALS', 'LOCATION_IDENTITY_REFUSED', 'LOCATION_IDENTITY_UNREACHABLE'))
        throw error;
      refused ??= error;
    }
  }
  throw refused;
}

/**
 * Gives the password of the repository: of a Location that seals its content it follows from the key. Throws KEY_*, and
 * CONFIG_INVALID when a Location in clear has none: there is no default.
 */
export async function repositoryPassword(
  location: LocationSpec,
  resolveSecret: ResolveSecret,
  seal?: ContentSeal
): Promise<string> {
  if (seal !== undefined) return (await seal.forWriting()).volumePassword;
  if (location.repositoryPassword === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `Location ${location.name} has no repositoryPassword, which moving volumes needs`,
      fix: 'set spec.repositoryPassword of the Location to a file or a variable',
      ref: location.name,
    });
  }
  const password = (await resolveSecret(location.repositoryPassword)).replace(/\r?\n$/, '');
  // A file of blanks alone was never filled.
  if (password.trim() !== '') return password;
  throw new LandfallError('CONFIG_INVALID', {
    what: `the repositoryPassword of Location ${location.name} is empty`,
    fix: 'put the password into the file or the variable that spec.repositoryPassword names',
    ref: location.name,
  });
}
