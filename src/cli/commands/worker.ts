import { spawn } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';
import { LandfallError } from '../../core/errors.ts';
import { resolveTemporal } from '../../engine/address.ts';
import type { AddressFlags } from '../../engine/address.ts';
import { workerArguments, workerEnvironment } from '../../engine/worker-process.ts';

interface WorkerFlags extends AddressFlags {
  readonly metrics?: string;
  readonly site?: readonly string[];
  readonly policy?: string;
}

/** `landfall worker`: runs a worker in the foreground against a Temporal cluster until it is asked to stop. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker against a Temporal cluster')
    .option('--address <host:port>', 'Temporal server; default: TEMPORAL_ADDRESS or the profile')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--profile <name>', 'profile in the Temporal configuration file')
    .option(
      '--policy <file>',
      'a WorkerPolicy: what runs may use of this machine; default: LANDFALL_WORKER_POLICY, else nothing'
    )
    .option(
      '--site <name>',
      'do the work on clusters and locations of this site, and nothing else; can be repeated',
      siteNames
    )
    .option(
      '--metrics <host:port>',
      'serve Prometheus metrics at this address, under /metrics; default: LANDFALL_METRICS_ADDRESS'
    )
    .action(async (flags: WorkerFlags) => {
      if (resolveTemporal(flags).kind === 'local') {
        throw new LandfallError('ENGINE_UNAVAILABLE', {
          what: 'no Temporal address is configured, and the local engine runs its own worker',
          fix: 'give --address, TEMPORAL_ADDRESS or a profile; or use `landfall migrate` without an address',
        });
      }
      process.exitCode = await runWorkerProcess(flags);
    });
}

/** Collects the sites, each a DNS label as in the file. */
function siteNames(site: string, before: readonly string[] = []): readonly string[] {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(site)) return [...before, site];
  throw new InvalidArgumentError('A site is a DNS label: lower-case letters, digits and -, at most 63.');
}

/** The worker is a program of its own: its event loop must not share a process with a display. */
function runWorkerProcess(flags: WorkerFlags): Promise<number> {
  const env = workerEnvironment({
    ...process.env,
    ...(flags.address === undefined ? {} : { TEMPORAL_ADDRESS: flags.address }),
    ...(flags.namespace === undefined ? {} : { TEMPORAL_NAMESPACE: flags.namespace }),
    ...(flags.metrics === undefined ? {} : { LANDFALL_METRICS_ADDRESS: flags.metrics }),
    ...(flags.profile === undefined ? {} : { TEMPORAL_PROFILE: flags.profile }),
  });
  const sites = (flags.site ?? []).flatMap((site) => ['--site', site]);
  const policy = flags.policy === undefined ? [] : ['--policy', flags.policy];
  const child = spawn(process.execPath, workerArguments([...sites, ...policy]), { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}
