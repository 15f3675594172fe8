import { backupKind } from './backup/kind.ts';
import { clusterKind } from './cluster/kind.ts';
import { locationKind } from './location/kind.ts';
import { migrationKind } from './migration/kind.ts';
import { restoreKind } from './restore/kind.ts';
import { migrationWaveKind } from './migration-wave/kind.ts';
import { protectionPolicyKind } from './protection-policy/kind.ts';

/** Every kind of document there is, in the order of the reference: a kind refers to those above it. */
export const kinds = [
  clusterKind,
  locationKind,
  migrationKind,
  migrationWaveKind,
  backupKind,
  restoreKind,
  protectionPolicyKind,
] as const;
