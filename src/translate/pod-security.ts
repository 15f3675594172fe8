import type { PodSecurityLevel } from '../core/spec/spec.ts';
import { isTree, list, numeric, text, tree, trees } from './draft.ts';
import type { Tree } from '../core/json/tree.ts';

/** The level a pod needs, with the first reason of each level it breaks. */
export interface NeededLevel {
  readonly level: PodSecurityLevel;
  readonly reasons: readonly string[];
}

const order: readonly PodSecurityLevel[] = ['restricted', 'baseline', 'privileged'];

/** Whether one level lets in more than another. */
export function isWider(level: PodSecurityLevel, than: PodSecurityLevel): boolean {
  return order.indexOf(level) > order.indexOf(than);
}

/** Capabilities baseline lets a container add (Pod Security Standards, 1.34). */
const baselineCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const restrictedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
  'image',
]);

/**
 * The tightest Pod Security Standard a pod spec passes. Controls of the standards that concern Linux pods are looked at;
 * sysctls and AppArmor overrides count as privileged when they are set to anything but the harmless.
 */
export function neededLevel(spec: Tree): NeededLevel {
  const privileged = privilegedReasons(spec);
  if (privileged.length > 0) return { level: 'privileged', reasons: privileged };
  const baseline = baselineReasons(spec);
  return baseline.length > 0 ? { level: 'baseline', reasons: baseline } : { level: 'restricted', reasons: [] };
}

function containersOf(spec: Tree): readonly Tree[] {
  return [...trees(spec, 'initContainers'), ...trees(spec, 'containers'), ...trees(spec, 'ephemeralContainers')];
}

function privilegedReasons(spec: Tree): string[] {
  const reasons: string[] = [];
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[key] === true) reasons.push(key);
  if (trees(spec, 'volumes').some((volume) => volume['hostPath'] !== undefined)) reasons.push('a hostPath volume');
  for (const container of containersOf(spec)) {
    const context = tree(container, 'securityContext');
    if (context?.['privileged'] === true) reasons.push(`container ${text(container, 'name')} is privileged`);
    if (text(context, 'procMount') === 'Unmasked') reasons.push('an unmasked /proc');
    const added = list(tree(context, 'capabilities'), 'add').map(String);
    const beyond = added.filter((name) => !baselineCapabilities.has(name));
    if (beyond.length > 0) reasons.push(`capability ${beyond.join(', ')}`);
    if (trees(container, 'ports').some((port) => (numeric(port, 'hostPort') ?? 0) > 0)) reasons.push('a host port');
    if (text(tree(context, 'seccompProfile'), 'type') === 'Unconfined') reasons.push('an unconfined seccomp profile');
  }
  if (text(tree(spec, 'securityContext', 'seccompProfile'), 'type') === 'Unconfined')
    reasons.push('an unconfined seccomp profile');
  return [...new Set(reasons)];
}

function baselineReasons(spec: Tree): string[] {
  const reasons: string[] = [];
  const pod = tree(spec, 'securityContext');
  const odd = trees(spec, 'volumes').flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name' && isTree(volume[key]) && !restrictedVolumes.has(key))
  );
  if (odd.length > 0) reasons.push(`volume of type ${odd.join(', ')}`);
  for (const container of containersOf(spec)) {
    const context = tree(container, 'securityContext');
    const nonRoot = context?.['runAsNonRoot'] ?? pod?.['runAsNonRoot'];
    if (nonRoot !== true) reasons.push('runAsNonRoot is not set');
    if ((numeric(context, 'runAsUser') ?? numeric(pod, 'runAsUser')) === 0) reasons.push('it runs as user 0');
    if (context?.['allowPrivilegeEscalation'] !== false) reasons.push('allowPrivilegeEscalation is not false');
    if (!list(tree(context, 'capabilities'), 'drop').includes('ALL')) reasons.push('capabilities are not dropped');
    const added = list(tree(context, 'capabilities'), 'add').filter((name) => name !== 'NET_BIND_SERVICE');
    if (added.length > 0) reasons.push('it adds capabilities');
    const seccomp = text(tree(context, 'seccompProfile'), 'type') || text(tree(pod, 'seccompProfile'), 'type');
    if (seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost') reasons.push('no seccomp profile');
  }
  return [...new Set(reasons)];
}
