/** A container image as the kubelet reads it. */
export interface ImageReference {
  /** Host of the registry, `docker.io` when none is written. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** '' when none is written. */
  readonly tag: string;
  readonly digest: string;
}

/**
 * Splits an image reference the way Docker and containerd do: what stands before the first `/` is a registry when it
 * has a dot or a colon or is `localhost`. https://github.com/distribution/reference
 */
export function parseImage(image: string): ImageReference {
  const [named = '', digest = ''] = image.split('@', 2);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const isRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = isRegistry ? first : 'docker.io';
  const rest = isRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { registry, repository, tag: colon < 0 ? '' : rest.slice(colon + 1), digest };
}

/** The provider whose nodes pull from a registry by their own identity; undefined for all others. */
export function providerOf(registry: string): 'Amazon ECR' | 'Azure' | 'Google' | undefined {
  if (/^[0-9]{12}\.dkr[.-]ecr[.-][a-z0-9.-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/.test(registry)) return 'Amazon ECR';
  if (registry.endsWith('.azurecr.io') || registry.endsWith('.azurecr.cn')) return 'Azure';
  if (registry === 'gcr.io' || registry.endsWith('.gcr.io') || registry.endsWith('.pkg.dev')) return 'Google';
  return undefined;
}

/** True for hosts that mean something only where the source is: private addresses, bare names, names of a cluster. */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  if (isPrivateAddress(name)) return true;
  if (!name.includes('.')) return true;
  return /\.(local|localdomain|lan|internal|intranet|corp|home|svc)$/.test(name);
}

/** RFC 1918, loopback, link-local and shared address space (RFC 6598). */
export function isPrivateAddress(address: string): boolean {
  const [a = -1, b = -1, ...rest] = address.split('.').map(Number);
  if (rest.length !== 2 || ![a, b, ...rest].every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
    return false;
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}
