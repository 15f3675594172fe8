import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { kopiaStorageOf } from '../../locations/kopia-storages.ts';

/** Gives the values of a config that must not be seen. */
export function secretsOf({ proxy, ...config }: Pick<MoverConfig, 'password' | 'repository' | 'proxy'>): string[] {
  const { username = '', password = '' } = proxy === undefined ? {} : new URL(proxy);
  return [...secretsOfRepository(config), decodeURIComponent(password), decodeURIComponent(username)].filter(
    (value) => value !== ''
  );
}

function secretsOfRepository({ password, repository }: Pick<MoverConfig, 'password' | 'repository'>): string[] {
  return [password, ...kopiaStorageOf(repository).secrets(repository)];
}
