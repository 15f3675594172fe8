import type { LockSpec } from '../retention/point-lock.ts';

/* Stores and how they are opened: credentials are references, never values. */

/** Where a secret value is read from at the moment it is needed. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** Who can open what a Location holds. */
export interface EncryptionSpec {
  /** Public recipients of age (X25519, `age1…`). */
  readonly recipients: readonly string[];
  /** An age identity file; absent: public data alone can be read. */
  readonly identity?: SecretSource;
  /** Public key of the signer, 64 hexadecimal digits; absent: the identity says whose signatures count. */
  readonly signer?: string;
}

/** Another way into a Location, for when those before it fail. */
export interface AccessRung<Way> {
  readonly name: string;
  /** Into the same store, in place of what the Location itself says. */
  readonly way?: Way;
  /** Name of a Location with a copy of the recovery points: what a restore names instead. */
  readonly copy?: string;
}

interface AnyLocationSpec {
  readonly name: string;
  /** `none`: what is stored lies in clear. */
  readonly encryption: 'none' | EncryptionSpec;
  /** As of a Cluster. */
  readonly site?: string;
}

/** Whose keys requests to S3 are signed with. Without `file`, `profile` and `webIdentity`: the SDK's default chain. */
export interface S3CredentialsSpec {
  /** A file of the AWS tools whose keys of `profile` are used as they are; absent = `profile` is of the shared config (SSO). */
  readonly file?: string;
  readonly profile?: string;
  readonly webIdentity?: WebIdentitySpec;
  /** The role that whoever the rest names takes on. */
  readonly assumeRole?: AssumeRoleSpec;
  /** URL of the token service; absent = that of AWS in the region. */
  readonly stsEndpoint?: string;
}

/** A token of another issuer (a pod's of its cluster) for the keys of a role. */
export interface WebIdentitySpec {
  readonly role: string;
  readonly tokenFile: string;
  readonly sessionName?: string;
  readonly durationMs?: number;
}

export interface AssumeRoleSpec {
  readonly role: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  readonly durationMs?: number;
}

export interface S3LocationSpec extends AnyLocationSpec {
  readonly provider: 's3';
  readonly bucket: string;
  readonly lock?: LockSpec;
  /** '' or ends with '/'. */
  readonly prefix: string;
  readonly region: string;
  /** URL of an S3-compatible server; absent = AWS. */
  readonly endpoint?: string;
  readonly forcePathStyle: boolean;
  /** Which writes carry a CRC in a header; absent = all to AWS, to others only those that the API demands it of. */
  readonly checksums?: 'always' | 'required';
  /** Certificates (PEM) of authorities to trust besides the public ones. */
  readonly caFile?: string;
  /** The proxy pods reach the store through, `none` for none; absent = the one this process uses. */
  readonly podProxy?: string;
  /** Absent = the SDK's default chain. */
  readonly credentials?: S3CredentialsSpec;
  /** Password of the volume repository; needed as soon as volumes move. There is no default. */
  readonly repositoryPassword?: SecretSource;
  readonly access?: readonly AccessRung<S3CredentialsSpec>[];
}

/** What opens a container: one of the two. */
export interface AzureWay {
  readonly accountKey?: SecretSource;
  readonly sasToken?: SecretSource;
}

export interface AzureLocationSpec extends AnyLocationSpec {
  readonly provider: 'azure';
  readonly account: string;
  readonly container: string;
  readonly prefix: string;
  readonly endpoint?: string;
  readonly caFile?: string;
  readonly podProxy?: string;
  /** Either this or `sasToken`. */
  readonly accountKey?: SecretSource;
  /** A shared access signature of the container or of the account. */
  readonly sasToken?: SecretSource;
  readonly repositoryPassword?: SecretSource;
  readonly access?: readonly AccessRung<AzureWay>[];
}

export interface GcsLocationSpec extends AnyLocationSpec {
  readonly provider: 'gcs';
  readonly bucket: string;
  /** '' or ends with '/'. */
  readonly prefix: string;
  /** URL of another address of the JSON API; absent = Google's. */
  readonly endpoint?: string;
  readonly caFile?: string;
  readonly podProxy?: string;
  /** A JSON file of credentials, of a service account or of an external identity; absent = application default credentials. */
  readonly credentials?: { readonly file: string };
  /** Requests carry no credentials: for a server at `endpoint` that asks for none. */
  readonly anonymous?: true;
  readonly repositoryPassword?: SecretSource;
  readonly access?: readonly AccessRung<{ readonly file: string }>[];
}

export interface FilesystemLocationSpec extends AnyLocationSpec {
  readonly provider: 'filesystem';
  /** Absolute path of a directory. */
  readonly path: string;
  readonly prefix: string;
  readonly repositoryPassword?: SecretSource;
  readonly access?: readonly AccessRung<never>[];
}

export type LocationSpec = S3LocationSpec | AzureLocationSpec | GcsLocationSpec | FilesystemLocationSpec;
