import { LandfallError } from '../../core/errors.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';

/** An object whose kind the target does not serve, and why. */
export function notServed(ref: ObjectRef, resource: ApiResource, reason: string): Finding {
  const { fix } = new LandfallError('KIND_NOT_SERVED', { what: reason }).detail;
  const subject = `${ref.kind} ${ref.namespace}/${ref.name} (${resource.plural}.${resource.group})`;
  return { code: 'KIND_NOT_SERVED', severity: 'blocker', subject, message: reason, remedy: fix };
}
