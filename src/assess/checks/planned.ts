import { catalogue } from '../../core/error-catalogue.ts';
import type { ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { AssessFacts, Check } from '../facts.ts';
import { entryOf } from '../report.ts';
import { checks, judge } from './index.ts';

/** Checks whose findings plan, assessment and run have from one place: the planning pass. */
export const plannedChecks: readonly Check[] = checks.filter(({ isPlanned }) => isPlanned === true);

/** Makes checks of the planning pass. One whose facts may not be read is a finding itself: it is not judged, which is not well. */
export function plannedFindings(facts: AssessFacts, ids: ReadonlySet<string>): readonly Finding[] {
  const which = plannedChecks.filter(({ id }) => ids.has(id));
  const { findings, outcomes } = judge(facts, which);
  return [
    ...findings.map(({ code, subject, message, side, ...raw }): Finding => {
      const { severity, remedy } = entryOf(code);
      return {
        ...{ code, subject, message },
        severity: raw.severity ?? severity,
        remedy: raw.remedy ?? remedy,
        ...(side === undefined ? {} : { side }),
      };
    }),
    ...outcomes.filter(({ ran }) => !ran).map(({ id, why }) => notJudged(which, id, why)),
    ...which
      .filter(({ id }) => facts.scope.addressesCut === true && addressChecks.has(id))
      .map(({ id }) => {
        return notJudged(
          which,
          id,
          `the first ${facts.scope.addresses.length} settings with an address were looked at`
        );
      }),
  ];
}

const addressChecks: ReadonlySet<string> = new Set(['external/source-only', 'external/services']);

/**
 * What the edge of the scope reports and a check has reported with more to it: a class or a Service that is missing. It is
 * said once, unless something else names the thing as well.
 */
export function withoutRepeats(edge: readonly Finding[], planned: readonly Finding[]): readonly Finding[] {
  const named = Map.groupBy(planned, ({ message }) => namesThing.exec(message)?.[1] ?? '');
  return edge.filter(({ code, subject, message }) => {
    const by = subjectsOfReference.exec(message)?.[1];
    const said = named.get(subject);
    if (code !== 'REFERENCE_MISSING' || by === undefined || said === undefined) return true;
    const judged = said.map((one) => withoutNamespace(one.subject));
    // Of many only the first are named.
    return / and \d+ more$/.test(by) || !by.split(', ').every((one) => judged.includes(withoutNamespace(one)));
  });
}

/** Without what the rule for names of namespaces has noted of the same object: a host in a namespace that gets another name. */
export function withoutNoted(planned: readonly Finding[], noted: readonly ObjectRef[]): readonly Finding[] {
  const names = new Set(noted.map(({ kind, name }) => `${kind} ${name}`));
  return planned.filter(
    ({ code, subject, message }) =>
      code !== 'SERVICE_OUT_OF_SCOPE' || !message.includes(' becomes ') || !names.has(withoutNamespace(subject))
  );
}

/** `it names PriorityClass high`, and what a check says of a Service that stays behind. */
const namesThing = /^it (?:names|refers to) (?:[^ ]+; )?((?:[A-Z]\w+) [^ ;]+)/;
const subjectsOfReference = /^(.*?) (?:refers? to|uses?) it /;

/** Objects have another namespace on the target: `ConfigMap shop/a key b` is `ConfigMap a`. */
function withoutNamespace(subject: string): string {
  const [kind = '', name = ''] = subject.split(' ');
  return `${kind} ${name.slice(name.indexOf('/') + 1)}`;
}

function notJudged(which: readonly Check[], id: string, why: string): Finding {
  const describe = which.find((check) => check.id === id)?.describe ?? id;
  return {
    code: 'CHECK_NOT_MADE',
    severity: 'warning',
    subject: `check ${id}`,
    message: `not checked: ${describe}; ${why}`,
    remedy: catalogue.CHECK_NOT_MADE.fix,
  };
}
