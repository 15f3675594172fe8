/** Signs and opens with the one key of a repository. Everything here is synchronous work of this process. */
export interface OpenedSeal {
  /** 32 hexadecimal digits: of which key everything sealed says that it is sealed with it. */
  readonly keyId: string;
  /** The public key of the signer: 64 hexadecimal digits. */
  readonly signer: string;
  /**
   * Encrypts. The same bytes in the same context give the same result, so that content is found again; the context has to be the
   * same when it is opened.
   */
  seal(context: string, bytes: Uint8Array): Uint8Array;
  /** Gives back what `seal` was given. Throws STORED_OBJECT_CORRUPT, which names `key`, for everything else. */
  open(context: string, key: string, bytes: Uint8Array): Uint8Array;
  /** Ed25519 (RFC 8032): 128 hexadecimal digits. The same bytes give the same signature. */
  sign(bytes: Uint8Array): string;
  /** A name that says nothing of the text it stands for, and is always the same: 64 hexadecimal digits. */
  nameOf(text: string): string;
  /** The password of the volume repository. */
  readonly volumePassword: string;
}

/** Who signs in a Location, as far as this process may believe it. */
export type Signer =
  | { readonly signer: string; readonly by: 'document' | 'identity' | 'vouched' }
  /** Nothing this process trusts says whose signatures count. */
  | { readonly signer: undefined; readonly why: string };

/**
 * What protects the content of one Location. Nothing is read before it is needed: what is public can be listed and verified by a
 * process that has no identity, or cannot read it.
 */
export interface ContentSeal {
  /** False: no identity was configured. Public data alone can be read and written. */
  readonly hasIdentity: boolean;
  /** For reading. Throws KEY_* when the key cannot be opened, or nobody vouches for its signer. */
  forReading(): Promise<OpenedSeal>;
  /** For writing: makes the key of a Location that is empty. */
  forWriting(): Promise<OpenedSeal>;
  /** Never throws for a missing identity: then there is nobody to believe. Throws LOCATION_*. */
  trusted(): Promise<Signer>;
}
