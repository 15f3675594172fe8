import { describeDeletion } from '../../core/undo/describe-deletion.ts';
import { LandfallError } from '../../core/errors.ts';
import { describeRef } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import type { RawObject } from '../../ports/cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { textOf } from './text.ts';
import type { Progress } from '../progress.ts';

/** A deletion that shows no change for so long is not waited for any more: it goes on by itself when what holds it ends. */
const noProgressMs = 2 * 60_000;
/** Above any wait that makes progress: a namespace with thousands of objects. */
const wholeMs = 60 * 60_000;

export interface Leaving {
  readonly cluster: Cluster;
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Waits until a deleted object is gone, and says all the while what holds it and until when it is waited for. Throws
 * DELETION_HELD after two minutes without any change of what holds it.
 */
export async function waitGone(progress: Progress, leaving: Leaving, signal = progress.signal): Promise<void> {
  const { cluster, resource, namespace, name, uid } = leaving;
  const ref = describeRef({ group: resource.group, kind: resource.kind, namespace, name });
  const subject = `${cluster.name}: ${ref}`;
  let state = '';
  let sinceMs = performance.now();
  const isGone = (object: RawObject | undefined): boolean =>
    object === undefined || readHead(textOf(object.bytes), resource).uid !== uid;
  const probe = (object: RawObject | undefined): string => {
    const now = object === undefined ? 'gone' : describeDeletion(textOf(object.bytes), resource);
    if (now !== state) {
      // What is waited for is another thing now, and so is the time it is waited for.
      if (state !== '') progress.arrived(subject);
      [state, sinceMs] = [now, performance.now()];
    }
    return now;
  };
  let last: RawObject | undefined;
  try {
    last = await cluster.waitFor({
      resource,
      namespace,
      name,
      until: (object) => {
        probe(object);
        return isGone(object) || performance.now() - sinceMs >= noProgressMs;
      },
      describe: (object) => probe(object),
      timeoutMs: wholeMs,
      onTick: (condition) =>
        progress.waiting({ kind: 'object', ref: subject, condition: `gone (now ${condition})` }, noProgressMs),
      signal,
    });
  } finally {
    progress.arrived(subject);
  }
  if (isGone(last)) return;
  throw new LandfallError('DELETION_HELD', {
    what: `${ref} on ${cluster.name} was deleted but is not removed: ${state}`,
    why: `nothing has changed for ${noProgressMs / 60_000} minutes`,
    ref,
  });
}
