import { isAbsolute } from 'node:path';
import { canonicalPath, isWithin } from './paths.ts';
import { ruleFor, type Policy, type StoreSpec, type Use } from './policy.ts';
import type { WorkerPolicy } from './schema.ts';

type Rules = WorkerPolicy['spec'];

/** The policy that a file describes: a use is allowed when a rule covers it. */
export function filePolicy(file: string, { spec }: WorkerPolicy): Policy {
  return {
    refusal: async (use) => ((await isAllowed(spec, use)) ? undefined : 'no rule of the policy covers it'),
    remedy: (use) => remedyOf(file, use),
  };
}

function remedyOf(file: string, use: Use): string {
  if (use.kind === 'program' && use.isShellLine === true) {
    return 'write the credential plugin of the kubeconfig as exec: no policy allows a command line for a shell';
  }
  if (use.kind === 'program' && !isAbsolute(use.path)) {
    return `install ${use.path} on the PATH of the worker, and add the file to spec.programs of ${file}`;
  }
  return `add to ${file}: ${ruleFor(use)}`;
}

async function isAllowed(rules: Rules, use: Use): Promise<boolean> {
  switch (use.kind) {
    case 'kubeconfig': {
      const { path, server } = use;
      const covering = rules.clusters.filter((rule) => server === undefined || servesAs(rule.server, server));
      return isCovered(
        path,
        covering.map((rule) => rule.kubeconfig)
      );
    }
    case 'program':
      return use.isShellLine !== true && isCovered(use.path, rules.programs);
    case 'file':
      return isCovered(use.path, rules.files);
    case 'directory':
      return isCovered(
        use.path,
        rules.locations.flatMap((rule) => ('path' in rule ? [rule.path] : []))
      );
    case 'variable':
      return rules.environment.includes(use.name);
    case 'store':
      return rules.locations.some((rule) => isOfStore(rule, use.spec));
    case 'issuer':
      return rules.issuers.some((issuer) => trimmed(issuer) === trimmed(use.url));
    case 'hooks':
      return rules.hooks;
  }
}

/** Both sides as they are now: an operator may name a link, and a link may have been changed. */
async function isCovered(path: string, allowed: readonly string[]): Promise<boolean> {
  const canonical = await canonicalPath(path);
  if (canonical === undefined) return false;
  const rules = await Promise.all(allowed.map(canonicalPath));
  return rules.some((rule) => rule !== undefined && isWithin(canonical, rule));
}

/** `*` stands for a part of the host and for nothing else, so that no path or port can pass for one. */
function servesAs(pattern: string | undefined, server: string): boolean {
  if (pattern === undefined) return true;
  const parts = trimmed(pattern)
    .split('*')
    .map((part) => part.replaceAll(/[^\w-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[a-z0-9.-]*')}$`, 'i').test(trimmed(server));
}

function isOfStore(rule: Rules['locations'][number], spec: StoreSpec): boolean {
  if ('path' in rule || trimmed(rule.endpoint ?? '') !== trimmed(spec.endpoint ?? '')) return false;
  return isSameStore(rule, spec) && isBelow(spec.prefix, rule.prefix);
}

function isSameStore(rule: Exclude<Rules['locations'][number], { path: string }>, spec: StoreSpec): boolean {
  if ('account' in rule)
    return spec.provider === 'azure' && rule.account === spec.account && rule.container === spec.container;
  const provider = 'provider' in rule ? rule.provider : 's3';
  return spec.provider === provider && rule.bucket === spec.bucket;
}

/** Some stores read `.` and `..` in keys as directories: a prefix with one is below nothing. */
function isBelow(prefix: string, rule: string): boolean {
  if (rule === '') return true;
  if (/(?:^|\/)\.{0,2}(?:\/.|$)/.test(prefix.replace(/\/$/, ''))) return false;
  return isWithin(trimmed(prefix), trimmed(rule));
}

function trimmed(text: string): string {
  return text.replace(/\/+$/, '');
}
