import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ClientConnectConfig } from '@temporalio/envconfig';
import { LandfallError } from '../core/errors.ts';

/** What a user may say about Temporal on the command line; everything else comes from environment or profile. */
export interface AddressFlags {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly profile?: string | undefined;
}

/** How to reach Temporal: somebody's cluster, or the engine Landfall runs for itself on this machine. */
export type Temporal =
  | { readonly kind: 'cluster'; readonly config: ClientConnectConfig }
  | { readonly kind: 'local'; readonly stateDirectory: string };

/**
 * Decides by flags, then TEMPORAL_* variables, then the profile file, as Temporal's own tools do; no address anywhere
 * means the local engine. Throws ENGINE_UNAVAILABLE when a profile file cannot be read.
 */
export function resolveTemporal(flags: AddressFlags, env: NodeJS.ProcessEnv = process.env): Temporal {
  let profile: ClientConfigProfile;
  try {
    profile = loadClientConfigProfile({
      ...(flags.profile === undefined ? {} : { profile: flags.profile }),
      overrideEnvVars: definedOnly(env),
    });
  } catch (error) {
    throw new LandfallError('ENGINE_UNAVAILABLE', {
      what: 'the Temporal profile cannot be read',
      fix: 'correct the file TEMPORAL_CONFIG_FILE names, or the name given with --profile',
      cause: error,
    });
  }
  const address = flags.address ?? profile.address;
  if (address === undefined) return { kind: 'local', stateDirectory: stateDirectory(env) };
  const namespace = flags.namespace ?? profile.namespace;
  const config = toClientOptions({ ...profile, address, ...(namespace === undefined ? {} : { namespace }) });
  return { kind: 'cluster', config };
}

/** Where the local engine keeps its database and logs (XDG Base Directory Specification). */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['LANDFALL_STATE_DIR'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'landfall');
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
