import type { ErrorEntry } from './error-entry.ts';

/** Errors about the key of a Location and about who signed what it holds; part of the catalogue. */
export const keyErrors = {
  KEY_IDENTITY_MISSING: {
    group: 'config',
    retry: 'never',
    summary: 'The content of the Location is encrypted, and no identity was given that opens it.',
    fix: 'set encryption.identity of the Location to an age identity file of one of its recipients',
  },
  KEY_IDENTITY_INVALID: {
    group: 'config',
    retry: 'never',
    summary: 'The identity of the Location holds no age identity (AGE-SECRET-KEY-1…).',
    fix: 'refer to a file that `landfall keys create` has written',
  },
  KEY_NOT_RECIPIENT: {
    group: 'config',
    retry: 'never',
    summary: 'The key of the Location was not encrypted for the identity: it belongs to no recipient.',
    fix: 'use the identity of a recipient that `landfall keys list` shows, or have one of them run `landfall keys add`',
  },
  KEY_EXISTS: {
    group: 'config',
    retry: 'never',
    summary: 'A file is in the place of the identity that is to be written; an identity is never overwritten.',
    fix: 'choose another file; whoever overwrites an identity loses what only that identity opens',
  },
  KEY_ONE_RECIPIENT: {
    group: 'config',
    retry: 'never',
    summary:
      'One recipient alone can open the Location: whoever loses that one identity loses every recovery point in it.',
    fix: 'run `landfall keys create` on another machine, and `landfall keys add` with the recipient it prints',
  },
  KEY_RECIPIENTS_DIFFER: {
    group: 'config',
    retry: 'never',
    summary: 'The recipients in the Location document are not those that can open the Location.',
    fix: 'compare them with `landfall keys list`, then run `landfall keys add` or `landfall keys remove`',
  },
  KEY_NOT_MADE: {
    group: 'config',
    retry: 'never',
    summary: 'The Location is new: nothing was written to it yet, so it has no key.',
    fix: 'start a run that writes to it: the first one makes the key, for the recipients in the document',
  },
  LOCATION_ENCRYPTED: {
    group: 'config',
    retry: 'never',
    summary:
      'The Location is encrypted, and its document says encryption: none: the run would lay open what others protect.',
    fix: 'write the recipients and an identity under encryption of the Location, or use another prefix',
  },
  KEY_LOST: {
    group: 'integrity',
    retry: 'never',
    summary:
      'The Location holds content but no key, or not the key it should have; a new key would open none of the content.',
    fix: 'restore the objects below keys/ from another copy of the Location, or use an empty prefix',
  },
  KEY_SIGNER_UNKNOWN: {
    group: 'config',
    retry: 'never',
    summary: 'Nothing that this machine trusts says who signs in the Location, so anybody could have put it there.',
    fix: 'compare the signer with what `landfall keys list` shows where backups are made, then set encryption.signer of the Location',
  },
  KEY_SIGNER_OTHER: {
    group: 'integrity',
    retry: 'never',
    summary: 'The key of the Location is not the one whose signer is trusted: somebody has replaced it.',
    fix: 'find out who writes to the Location; use another copy of it',
  },
  POINT_ENCRYPTED: {
    group: 'config',
    retry: 'never',
    summary: 'The recovery point is encrypted, and its Location document says encryption: none.',
    fix: 'write the recipients and an identity under encryption of the Location',
  },
  POINT_UNSIGNED: {
    group: 'integrity',
    retry: 'never',
    summary: 'The recovery point has no signature, in a Location whose recovery points are signed.',
    fix: 'use another recovery point; one from before the Location was encrypted needs a Location document of its own',
  },
  POINT_SIGNER_FOREIGN: {
    group: 'integrity',
    retry: 'never',
    summary: 'The recovery point is signed, but not by the signer that is trusted for the Location.',
    fix: 'use another recovery point, and find out who writes to the Location',
  },
  POINT_ALTERED: {
    group: 'integrity',
    retry: 'never',
    summary: 'The signature of the recovery point does not fit its manifest: it was altered after it was written.',
    fix: 'use another copy of the recovery point',
  },
  POINT_ROLLED_BACK: {
    group: 'integrity',
    retry: 'never',
    summary:
      'The recovery point that this one follows is missing without having been deleted, or is not the one it followed.',
    fix: 'find out who removed or replaced it. If it was lost by accident, a waiver in the Restore document accepts this recovery point',
  },
  POINT_UNREAD_WITHOUT_KEY: {
    group: 'integrity',
    retry: 'never',
    summary:
      'A verification without the key compared every stored byte with its hash; what is inside was not decrypted and not compared.',
    fix: 'verify again where an identity of the Location is configured',
  },
} as const satisfies Record<string, ErrorEntry>;
