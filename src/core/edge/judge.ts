import { describeRef, groupResource, type ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { Named, NamedObject } from './collect.ts';
import { edgeFinding } from './finding.ts';

/** Whether an object is there; undefined where this user may not look. */
export type Presence = boolean | undefined;

/** What names something that is not there: one finding for each thing that is missing. */
export function missingFinding({ what, by, count }: Named<NamedObject>, target: Presence): Finding | undefined {
  if (target === true) return undefined;
  const why =
    target === false
      ? 'it is neither moved nor on the target'
      : 'it does not move, and this user is not allowed to check whether the target has it';
  const remedy =
    what.ref.kind === 'Service'
      ? 'move its namespace as well, provide the Service on the target, or change the value'
      : `create it on the target before the run, or move it with a second Migration with scope.kinds: [${groupResource(what.resource)}]`;
  return edgeFinding('REFERENCE_MISSING', {
    subject: describeRef(what.ref),
    message: `${byText(by, count)} ${count === 1 ? what.how : howMany(what.how)}; ${why}`,
    remedy,
  });
}

/** A kind that roles of the plan are about and that will not be served. */
export function grantFinding({ what, by, count }: Named<string>): Finding {
  return edgeFinding('REFERENCE_MISSING', {
    subject: `kind ${what}`,
    message: `${byText(by, count)} ${count === 1 ? 'grants' : 'grant'} rights on it; the target does not serve it and its definition does not travel`,
    remedy: 'install its definition on the target before the run: what watches the kind fails at its start without it',
  });
}

/** Several may name it in several places; the one that is given is where the first of them does. */
function howMany(how: string): string {
  return how
    .replace(/^refers to it/, 'refer to it')
    .replace(/^uses it/, 'use it')
    .replace(/ as its /, ' as their ')
    .replace(/ in (?=\S+$)/, ', the first in ');
}

function byText(by: readonly ObjectRef[], count: number): string {
  const names = by.map(describeRef).join(', ');
  return count > by.length ? `${names} and ${count - by.length} more` : names;
}

/** Kinds that could not be looked through, all in one. */
export function unseenFinding(cluster: string, kinds: readonly string[]): readonly Finding[] {
  if (kinds.length === 0) return [];
  const message = `${[...kinds].sort().join(', ')} could not be listed in all namespaces, so references from them to the application are not known`;
  return [edgeFinding('REFERENCES_UNSEEN', { subject: `${cluster} (source)`, message, side: 'source' })];
}

/** A kind with so many objects that only the first were looked at. */
export function unreadFinding(cluster: string, kind: string, looked: number): Finding {
  const message = `only the first ${looked} ${kind} were searched for references to the application`;
  const remedy = 'check the others by hand';
  return edgeFinding('REFERENCES_UNSEEN', { subject: `${cluster}: ${kind}`, message, remedy, side: 'source' });
}
