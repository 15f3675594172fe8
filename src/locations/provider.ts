import type { LocationSpec, SecretSource } from '../core/spec/spec.ts';
import type { RepositoryConnection } from '../core/volumes/mover-protocol.ts';
import type { Location } from '../ports/location.ts';
import type { KopiaStorage } from './kopia-storage.ts';
import type { ObjectLock } from '../ports/object-lock.ts';
import type { Protection } from '../ports/protection.ts';

/**
 * Everything Landfall does with the stores of one provider, in one value: `src/locations/<provider>/descriptor.ts`. No code
 * outside asks which provider a Location has; it calls a member of `providerOf`. One that lacks a member does not compile.
 */
export interface LocationProvider<
  S extends LocationSpec = LocationSpec,
  C extends RepositoryConnection = Extract<RepositoryConnection, { readonly provider: S['provider'] }>,
> {
  /** Opens the object store without any decorator. Throws LOCATION_*. */
  open(spec: S): Promise<Location>;
  /** The host that is asked, or the directory, as messages name it. */
  address(spec: S): string;
  /** Who asks by the credentials of the Location itself, and what that depends on. Asks nobody. */
  access(spec: S): AccessFacts;
  /** What the store does by itself against loss. Changes nothing. Throws LOCATION_*, also where it may not be asked. */
  protection(spec: S, signal: AbortSignal): Promise<Protection>;
  /** When credentials of the Location end, RFC 3339 in UTC; undefined where nothing reports, or they renew themselves. */
  credentialsEnd(spec: S): Promise<string | undefined>;
  /** Locks of single objects; undefined where Landfall knows none. Throws LOCATION_*. */
  lock(spec: S): Promise<ObjectLock> | undefined;
  /** How the pods that move volumes reach it; undefined for what only this machine reaches. */
  readonly pods: PodAccess<S> | undefined;
  /** How kopia is given a repository in it. */
  readonly kopia: KopiaStorage<C>;
}

/** What a way into a Location depends on, in words. Holds no secret. */
export interface AccessFacts {
  /** Who asks. */
  readonly identity: string;
  /** Who has to issue something first; `none` for keys that are used as they are. */
  readonly issuer: string;
  /** The account, bucket or directory that everything lies in. */
  readonly place: string;
}

/** How a pod gets into the volume repository of a Location. */
export interface PodAccess<S extends LocationSpec = LocationSpec> {
  /** The address of the store, by which the proxy before it is found. */
  url(spec: S): URL;
  /** Where the repository is and how to get in. Throws CONFIG_INVALID or LOCATION_CREDENTIALS. Holds secrets. */
  connect(spec: S, access: SecretAccess): Promise<RepositoryConnection>;
}

/** Reads a secret at the moment it is needed: the content of a file, the value of a variable. */
export type ResolveSecret = (source: SecretSource) => Promise<string>;

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where a connection has its secrets from. */
export interface SecretAccess {
  readonly resolveSecret: ResolveSecret;
  /** Credentials of a location that names no file (the SDK's default chain); absent: the AWS_* variables. */
  readonly defaultS3Credentials?: () => Promise<S3Credentials>;
}

/** Folder of the volume repository below the prefix of a Location; docs/formats-volumes.md. */
export const repositoryFolder = 'volumes/';
