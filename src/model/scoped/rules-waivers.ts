import { catalogue } from '../../core/findings/catalogue/index.ts';
import { catalogue as errors } from '../../core/error-catalogue.ts';
import { parseInstant } from '../../core/run/instant.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import type { WaivingDocument } from './document.ts';
import { suggestion } from '../../config/suggest.ts';

type Waiving = ConfigDocument<WaivingDocument>;
type Check = (document: Waiving, waiver: WaivingDocument['spec']['waivers'][number], index: number) => Violation[];

/** Waivers name findings that there are, until days that there are. Whether one has passed is the assessment's to say. */
export const waiverRules: readonly Rule<WaivingDocument>[] = [
  { name: 'waivers-name-findings', local: true, check: (one) => each(one, namesFinding) },
  { name: 'waivers-end-on-days', local: true, check: (one) => each(one, endsOnDay) },
];

function each(document: Waiving, check: Check): Violation[] {
  return document.value.spec.waivers.flatMap((waiver, index) => check(document, waiver, index));
}

function namesFinding(document: Waiving, { code }: { readonly code: string }, index: number): Violation[] {
  if (Object.hasOwn(catalogue, code) || Object.hasOwn(errors, code)) return [];
  const hint = suggestion(code, [...Object.keys(catalogue), ...Object.keys(errors)], 'codes');
  return [{ document, path: ['spec', 'waivers', index, 'code'], what: 'is not the code of a finding', hint }];
}

function endsOnDay(document: Waiving, { until }: { readonly until: string }, index: number): Violation[] {
  const time = parseInstant(`${until}T00:00:00Z`);
  if (time !== undefined && new Date(time).toISOString().startsWith(until)) return [];
  const hint = 'write the last day on which it is valid, such as 2026-12-31';
  return [{ document, path: ['spec', 'waivers', index, 'until'], what: 'is not a calendar date', hint }];
}
