import type { StepSummary } from '../saga/journal.ts';
import type { Run } from '../saga/run.ts';
import type { ScopeFound } from './scope.ts';

/** What the phases that every run over a scope begins with say when they are done. */
export function openingSummary({ found }: Run<ScopeFound>, phase: string): StepSummary | undefined {
  const { preflight, captured, plan } = found;
  switch (phase) {
    case 'preflight': {
      const { kindCount: kinds = 0, findings = [], findingCount = findings.length } = preflight ?? {};
      return { counts: { kinds, findings: findingCount } };
    }
    case 'capture': {
      const { objects = 0, excluded = 0, storedBytes = 0 } = captured ?? {};
      return { counts: { objects, excluded, storedBytes } };
    }
    case 'plan': {
      const { objects = 0, changed = 0, excluded = 0, claims = [] } = plan ?? {};
      return { counts: { objects, changed, excluded, claims: claims.length } };
    }
    default:
      return undefined;
  }
}
