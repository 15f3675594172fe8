import { catalogue } from '../error-catalogue.ts';
import type { ErrorCode } from '../errors.ts';
import { describeRef, type ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { plural } from '../run/format.ts';
import type { ExistingPolicy, RefusalPolicy } from '../spec/spec.ts';
import type { Difference } from '../verify/compare.ts';
import type { DefinitionDifference } from './definition.ts';

/** Paths and objects named in one finding; the count is always whole. */
const namedMax = 10;

/** Names the first of a list, and how many more there are. */
export function named(items: readonly string[], most = namedMax): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}

/** What follows from a definition of the target that is other than the source's: it stays as it is. */
export function definitionFinding(target: string, name: string, difference: DefinitionDifference): Finding {
  const { scope, versions, paths } = difference;
  const subject = `${target}: CustomResourceDefinition ${name}`;
  if (scope !== undefined) {
    const message = `its scope is ${scope.target} on the target and ${scope.source} on the source`;
    return finding({ code: 'KIND_NOT_SERVED', severity: 'blocker', subject, message });
  }
  const served = `it serves ${versions.target.join(', ')} there and ${versions.source.join(', ')} on the source`;
  const message = `the target has a different release of it, which is left unchanged: ${served}; ${named(paths)} differ`;
  return finding({ code: 'DEFINITION_DIFFERS', severity: 'warning', subject, message });
}

/** Fields of objects that a definition of the target does not know. */
export interface PrunedOfDefinition {
  readonly definition: string;
  readonly version: string;
  readonly paths: ReadonlySet<string>;
  readonly objects: readonly ObjectRef[];
}

/**
 * One finding for a definition. What is dropped is lost without an error, so under `fail` it stops the run; the other
 * policies say that what the target has comes first, and the run ends incomplete.
 */
export function prunedFinding(target: string, pruned: PrunedOfDefinition, policy: ExistingPolicy): Finding {
  const { definition, version, paths, objects } = pruned;
  const fields = [...paths].sort();
  return finding({
    code: 'FIELDS_PRUNED',
    severity: policy === 'fail' ? 'blocker' : 'warning',
    subject: `${target}: CustomResourceDefinition ${definition}`,
    message: `its version ${version} does not have the fields ${named(fields)} of ${named(objects.map(describeRef))}: the target drops them`,
  });
}

/** What becomes of the keys of a shared object that have a value on both sides. */
export function sharedKeysFinding(
  target: string,
  { ref, diff }: { readonly ref: ObjectRef; readonly diff: readonly Difference[] },
  policy: ExistingPolicy
): Finding {
  const subject = `${target}: ${describeRef(ref)}`;
  const keys = diff.map(
    ({ path, desired, actual }) => `${path} is ${actual} on the target and ${desired} on the source`
  );
  const reported = named(keys);
  if (policy === 'fail') return finding({ code: 'OBJECT_CONFLICT', severity: 'blocker', subject, message: reported });
  const outcome = policy === 'skip' ? "the target's value stays" : "the source's value takes its place";
  const message = `${reported}; by existingResourcePolicy ${policy}, ${outcome}`;
  return finding({ code: 'SHARED_KEYS_DIFFER', severity: 'warning', subject, message });
}

/** What is there with other content and stays by the policy `skip`: the run ends incomplete for it, so it is one finding. */
export function keptFindings(
  target: string,
  kept: readonly { readonly ref: ObjectRef; readonly diff?: readonly { readonly path: string }[] }[]
): readonly Finding[] {
  if (kept.length === 0) return [];
  const names = kept.map(
    ({ ref, diff = [] }) =>
      `${describeRef(ref)} ${named(
        diff.map(({ path }) => path),
        pathsMax
      )}`
  );
  const message = `there with other content, and left as they are by existingResourcePolicy skip: ${named(names)}`;
  const count = kept.length === 1 ? '1 object' : `${kept.length} objects`;
  return [finding({ code: 'OBJECTS_KEPT', severity: 'warning', subject: `${target}: ${count}`, message })];
}

/** Paths of one of several objects. */
const pathsMax = 2;

/** Characters of a server's reason that are reported. */
const reasonMax = 300;

/** An object of the target that is to be updated, and that the target does not let anybody change so. */
export function refusedUpdateFinding(
  target: string,
  { ref, why }: { readonly ref: ObjectRef; readonly why: string },
  refused: RefusalPolicy
): Finding {
  const reason = why.length > reasonMax ? `${why.slice(0, reasonMax)}…` : why;
  const message = `it is there with other content, and the target refuses the update that existingResourcePolicy asks for: ${reason}`;
  const severity = refused === 'continue' ? 'warning' : 'blocker';
  return finding({ code: 'UPDATE_REFUSED', severity, subject: `${target}: ${describeRef(ref)}`, message });
}

/** Updates of which the target could not say beforehand whether it takes them: they are counted, never taken as accepted. */
export function undecidedFindings(
  target: string,
  updates: readonly { readonly ref: ObjectRef; readonly why: string }[]
): Finding[] {
  return [...Map.groupBy(updates, ({ why }) => why)].map(([why, same]) => {
    const [first, ...more] = same.map(({ ref }) => describeRef(ref));
    const names = more.length === 0 ? first : `${first} and ${more.length} more`;
    const reason = why.length > reasonMax ? `${why.slice(0, reasonMax)}…` : why;
    const message = `it is not known before the run whether the target accepts ${plural(same.length, 'update')}: ${reason}`;
    return finding({ code: 'CHECK_NOT_MADE', severity: 'info', subject: `${target}: ${names}`, message });
  });
}

function finding(of: Pick<Finding, 'severity' | 'subject' | 'message'> & { readonly code: ErrorCode }): Finding {
  return { ...of, remedy: catalogue[of.code].fix, side: 'target' };
}
