import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';

/** Takes every secret of a mover's config out of a text, also where it was written in JSON or a URL. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text;
  // Longest first: where one is a part of another, the rest of that one must not stay.
  for (const secret of secrets.toSorted((one, other) => other.length - one.length)) {
    if (secret.length < 4) continue;
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
      safe = safe.replaceAll(form, '[secret]');
    }
  }
  return safe;
}

/** Gives the values of a config that must not be seen. */
export function secretsOf({ proxy, ...config }: Pick<MoverConfig, 'password' | 'repository' | 'proxy'>): string[] {
  const { username = '', password = '' } = proxy === undefined ? {} : new URL(proxy);
  return [...secretsOfRepository(config), decodeURIComponent(password), decodeURIComponent(username)].filter(
    (value) => value !== ''
  );
}

function secretsOfRepository({ password, repository }: Pick<MoverConfig, 'password' | 'repository'>): string[] {
  if (repository.provider === 's3') {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = repository;
    return [password, secretAccessKey, sessionToken, accessKeyId];
  }
  return repository.provider === 'azure' ? [password, repository.accountKey] : [password];
}
