import { homedir } from 'node:os';
import { join } from 'node:path';
import { rungsOf } from '../../src/core/access/rungs.ts';
import { LandfallError } from '../../src/core/errors.ts';
import type { Role } from '../../src/core/run/roles.ts';
import type { ClusterSpec, LocationSpec, RunSpec, S3LocationSpec, SecretSource } from '../../src/core/spec/spec.ts';
import type { ExecSettings } from '../../src/kube/exec-plugin.ts';
import { loadKubeconfig, type LoadedKubeconfig } from '../../src/kube/kubeconfig.ts';
import { findProgram } from './paths.ts';
import { nameOf, type Policy, type Use } from './policy.ts';

/** Stands between what a run names and what the worker reads or runs. Everything throws POLICY_REFUSED. */
export interface Guard {
  /** Reads a kubeconfig that the policy allows, and that names nothing it does not allow. */
  loadKubeconfig(spec: ClusterSpec): Promise<LoadedKubeconfig>;
  /** For a Location with every secret it names, before anything of it is opened. */
  checkLocation(spec: LocationSpec): Promise<void>;
  checkHooks(): Promise<void>;
  /**
   * For what a run would be refused later on, in an activity with these roles; and for its Location as the specification has
   * it, whose secrets the mover reads.
   */
  checkRun(spec: RunSpec, roles: readonly Role[]): Promise<void>;
}

/** Makes the guard of a worker. The only place that asks the policy. */
export function createGuard(policy: Policy): Guard {
  const check = async (use: Use, of: string): Promise<void> => {
    const why = await policy.refusal(use);
    if (why === undefined) return;
    const what = `${of}: the policy of the worker does not allow ${nameOf(use)}`;
    throw new LandfallError('POLICY_REFUSED', { what, why, fix: policy.remedy(use) });
  };
  const checkLocation = async (spec: LocationSpec): Promise<void> => {
    for (const use of rungsOf(spec).flatMap((rung) => usesOfLocation(rung.spec)))
      await check(use, `Location ${spec.name}`);
  };
  const checkHooks = (): Promise<void> => check({ kind: 'hooks' }, 'hooks');
  return {
    async loadKubeconfig(spec) {
      const { path } = spec.kubeconfig;
      const of = `Cluster ${spec.name}`;
      await check({ kind: 'kubeconfig', path }, of);
      const loaded = await withProgramFound(await loadKubeconfig(spec));
      await check({ kind: 'kubeconfig', path, server: serverOf(loaded) }, of);
      for (const use of usesOf(loaded)) await check(use, of);
      return loaded;
    },
    checkLocation,
    checkHooks,
    checkRun: async (spec, roles) => {
      await checkLocation(spec.location);
      if (hasHooksHere(spec, roles)) await checkHooks();
    },
  };
}

/** Whether it has hooks that workers of this site run: what has both clusters open is at the target's. */
function hasHooksHere({ hooks, source, target }: RunSpec, roles: readonly Role[]): boolean {
  if (hooks.pre.length + hooks.post.length === 0 || !roles.includes('source')) return false;
  return !roles.includes('target') || source.site === target?.site;
}

/** Without a user or a query, which nobody compares. */
function serverOf({ server }: LoadedKubeconfig): string {
  return `${server.protocol}//${server.host}${server.pathname}`;
}

/** What is checked is what is run: a plugin that is looked for on PATH is replaced by the file found there. */
async function withProgramFound(loaded: LoadedKubeconfig): Promise<LoadedKubeconfig> {
  const exec = loaded.user.exec as ExecSettings | undefined;
  if (typeof exec?.command !== 'string' || exec.command.includes('/')) return loaded;
  const variables = Array.isArray(exec.env) ? (exec.env as { name?: unknown; value?: unknown }[]) : [];
  const path = variables.findLast(({ name }) => name === 'PATH')?.value ?? process.env['PATH'];
  const command = typeof path === 'string' ? await findProgram(exec.command, path) : undefined;
  return command === undefined ? loaded : { ...loaded, user: { ...loaded.user, exec: { ...exec, command } } };
}

/** Files and programs that a kubeconfig names. */
function usesOf({ cluster, user }: LoadedKubeconfig): Use[] {
  const config = (user['auth-provider']?.['config'] ?? {}) as Record<string, unknown>;
  const { command } = (user.exec ?? {}) as ExecSettings;
  // Providers that kubectl has dropped: they give the line to a shell, or are a plugin in another place.
  const line = ['cmd-path', 'exec'].find((key) => config[key] !== undefined);
  return [
    ...[
      ...[cluster['certificate-authority'], user['client-certificate'], user['client-key']],
      ...[user.tokenFile, config['tokenFile']],
    ].flatMap(fileUse),
    ...(typeof command === 'string' && command !== '' ? [{ kind: 'program', path: command } as const] : []),
    ...(line === undefined
      ? []
      : [{ kind: 'program', path: `auth-provider.config.${line}`, isShellLine: true } as const]),
  ];
}

function usesOfLocation(spec: LocationSpec): Use[] {
  // A specification of another Landfall may say nothing about encryption; opening it is refused then.
  const { encryption } = spec as { readonly encryption?: LocationSpec['encryption'] };
  const identity = typeof encryption === 'object' ? encryption.identity : undefined;
  const secrets = [...secretUses(spec.repositoryPassword), ...secretUses(identity)];
  switch (spec.provider) {
    case 's3':
      return [{ kind: 'store', spec }, ...usesOfS3(spec.credentials), ...fileUse(spec.caFile), ...secrets];
    case 'gcs':
      return [{ kind: 'store', spec }, ...fileUse(spec.credentials?.file), ...fileUse(spec.caFile), ...secrets];
    case 'azure':
      return [
        { kind: 'store', spec },
        ...secretUses(spec.accountKey),
        ...secretUses(spec.sasToken),
        ...fileUse(spec.caFile),
        ...secrets,
      ];
    case 'filesystem':
      return [{ kind: 'directory', path: spec.path }, ...secrets];
  }
}

/** A named profile may be any identity the machine of the worker has: the files it comes from have to be allowed. */
function usesOfS3({ file, profile, webIdentity, stsEndpoint }: NonNullable<S3LocationSpec['credentials']> = {}): Use[] {
  const isShared = file === undefined && profile !== undefined;
  const { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: shared } = process.env;
  const files = isShared
    ? [config ?? join(homedir(), '.aws/config'), shared ?? join(homedir(), '.aws/credentials')]
    : [file];
  return [
    ...[...files, webIdentity?.tokenFile].flatMap(fileUse),
    ...(stsEndpoint === undefined ? [] : [{ kind: 'issuer', url: stsEndpoint } as const]),
  ];
}

function secretUses(source: SecretSource | undefined): Use[] {
  if (source === undefined) return [];
  return 'env' in source ? [{ kind: 'variable', name: source.env }] : fileUse(source.file);
}

function fileUse(path: unknown): Use[] {
  return typeof path === 'string' && path !== '' ? [{ kind: 'file', path }] : [];
}
