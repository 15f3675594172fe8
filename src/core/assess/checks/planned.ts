import { catalogue } from '../../error-catalogue.ts';
import type { Finding } from '../../run/events.ts';
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
  ];
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
