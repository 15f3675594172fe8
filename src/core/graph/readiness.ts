import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import { isBuiltInGroup } from './groups.ts';

type Kind = Pick<ObjectRef, 'group' | 'kind'>;

/** What the apply group after an object needs of it. */
export interface Readiness {
  /** In words, for progress and time-outs; '' when being there is enough. */
  readonly condition: string;
  /** Another object, in the same place, that must be there as well. */
  readonly also?: { readonly kind: Kind; readonly name: string };
}

export interface ReadyState {
  readonly ready: boolean;
  /** The state in words, as last observed. */
  readonly state: string;
  /** It will not become ready by waiting. */
  readonly failed?: boolean;
}

interface Row extends Readiness {
  readonly judge: (text: string) => ReadyState;
}

const rows: Readonly<Partial<Record<string, Row>>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': { condition: 'Established', judge: judgeDefinition },
  '/Namespace': {
    condition: 'Active',
    // Pods of a namespace without its account are refused; the controller makes it a moment later.
    also: { kind: { group: '', kind: 'ServiceAccount' }, name: 'default' },
    judge: judgeNamespace,
  },
  '/PersistentVolumeClaim': { condition: 'Bound', judge: judgeClaim },
  'apps/Deployment': { condition: 'Available', judge: judgeDeployment },
  'apps/StatefulSet': { condition: 'all replicas ready', judge: judgeReplicas },
  'apps/ReplicaSet': { condition: 'all replicas ready', judge: judgeReplicas },
  '/ReplicationController': { condition: 'all replicas ready', judge: judgeReplicas },
  'apps/DaemonSet': { condition: 'ready on all its nodes', judge: judgeDaemonSet },
  'batch/Job': { condition: 'Complete', judge: judgeJob },
  '/Pod': { condition: 'Ready', judge: judgePod },
  'apiregistration.k8s.io/APIService': { condition: 'Available', judge: (text) => judgeCondition(text, 'Available') },
};

/**
 * What each kind is waited for after it is made. Custom resources: nothing, since their conditions mean what their
 * authors like; `isReady` reads `Ready` and `Available` where they are.
 */
export function readiness(kind: Kind): Readiness {
  const row = rows[`${kind.group}/${kind.kind}`];
  if (row === undefined) return { condition: '' };
  return row.also === undefined ? { condition: row.condition } : { condition: row.condition, also: row.also };
}

/** Judges an object by its status. An observation older than its spec (`observedGeneration`) does not count. */
export function isReady(kind: Kind, text: string): ReadyState {
  const row = rows[`${kind.group}/${kind.kind}`];
  if (row !== undefined) return row.judge(text);
  return isBuiltInGroup(kind.group) ? { ready: true, state: 'there' } : judgeGeneric(text);
}

function judgeDefinition(text: string): ReadyState {
  const names = condition(text, 'NamesAccepted');
  if (names?.['status'] === 'False') return { ready: false, state: describe('NamesAccepted', names), failed: true };
  return judgeCondition(text, 'Established');
}

function judgeNamespace(text: string): ReadyState {
  const phase = asText(read(text, '/status/phase'), 'unknown');
  return phase === 'Terminating'
    ? { ready: false, state: phase, failed: true }
    : { ready: phase === 'Active', state: phase };
}

/**
 * A claim that names its volume binds by itself. One that does not may wait for its first pod (WaitForFirstConsumer),
 * so waiting for it before the workloads would never end: Pending is enough there.
 */
function judgeClaim(text: string): ReadyState {
  const phase = asText(read(text, '/status/phase'), 'Pending');
  if (phase === 'Lost') return { ready: false, state: phase, failed: true };
  if (phase === 'Bound') return { ready: true, state: phase };
  const named = asText(read(text, '/spec/volumeName'));
  return named === ''
    ? { ready: true, state: `${phase}, binds when its first pod is scheduled` }
    : { ready: false, state: `${phase}, waiting for volume ${named}` };
}

function judgeDeployment(text: string): ReadyState {
  // A Deployment that is paused from the start makes no pods, and nobody but a person resumes it.
  if (read(text, '/spec/paused') === true) return { ready: true, state: 'paused' };
  const progressing = condition(text, 'Progressing');
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded') {
    return { ready: false, state: describe('Progressing', progressing), failed: true };
  }
  const wanted = count(text, '/spec/replicas', 1);
  const updated = count(text, '/status/updatedReplicas', 0);
  const available = count(text, '/status/availableReplicas', 0);
  const ready = reported(text) && updated >= wanted && available >= wanted;
  return { ready, state: `${available} of ${wanted} replicas available` };
}

function judgeReplicas(text: string): ReadyState {
  const wanted = count(text, '/spec/replicas', 1);
  const ready = count(text, '/status/readyReplicas', 0);
  return { ready: reported(text) && ready >= wanted, state: `${ready} of ${wanted} replicas ready` };
}

function judgeDaemonSet(text: string): ReadyState {
  const wanted = count(text, '/status/desiredNumberScheduled', 0);
  const ready = count(text, '/status/numberReady', 0);
  return { ready: reported(text) && ready >= wanted, state: `ready on ${ready} of ${wanted} nodes` };
}

function judgeJob(text: string): ReadyState {
  const failed = condition(text, 'Failed');
  if (failed?.['status'] === 'True') return { ready: false, state: describe('Failed', failed), failed: true };
  if (read(text, '/spec/suspend') === true) return { ready: true, state: 'suspended' };
  return judgeCondition(text, 'Complete');
}

function judgePod(text: string): ReadyState {
  const phase = asText(read(text, '/status/phase'), 'Pending');
  if (phase === 'Succeeded') return { ready: true, state: phase };
  if (phase === 'Failed') return { ready: false, state: phase, failed: true };
  const ready = judgeCondition(text, 'Ready');
  return { ...ready, state: ready.ready ? 'Ready' : `${phase}, ${ready.state}` };
}

/** kstatus' rule for kinds it does not know: the usual conditions where there are any, else being there. */
function judgeGeneric(text: string): ReadyState {
  if (!observed(text)) return { ready: false, state: 'not yet observed by its controller' };
  for (const type of ['Ready', 'Available']) if (condition(text, type) !== undefined) return judgeCondition(text, type);
  return { ready: true, state: 'there' };
}

function judgeCondition(text: string, type: string): ReadyState {
  const found = condition(text, type);
  return { ready: found?.['status'] === 'True' && observed(text), state: describe(type, found) };
}

function condition(text: string, type: string): { readonly [key: string]: JsonValue } | undefined {
  const conditions = read(text, '/status/conditions');
  if (!Array.isArray(conditions)) return undefined;
  return (conditions as readonly JsonValue[]).filter(isJsonObject).find((item) => item['type'] === type);
}

function describe(type: string, found: { readonly [key: string]: JsonValue } | undefined): string {
  if (found === undefined) return `${type} unknown`;
  const reason = typeof found['reason'] === 'string' && found['reason'] !== '' ? ` (${found['reason']})` : '';
  return `${type} ${asText(found['status'])}${reason}`;
}

function observed(text: string): boolean {
  const seen = read(text, '/status/observedGeneration');
  const generation = read(text, '/metadata/generation');
  return seen === undefined || generation === undefined || Number(seen) >= Number(generation);
}

/** As `observed`, for controllers that always say what they have seen: nothing said is nothing seen. */
function reported(text: string): boolean {
  return read(text, '/status/observedGeneration') !== undefined && observed(text);
}

function count(text: string, pointer: string, otherwise: number): number {
  const value = read(text, pointer);
  return typeof value === 'number' ? value : otherwise;
}
