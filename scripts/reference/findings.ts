import { catalogue } from '../../src/core/findings/catalogue/index.ts';
import { checks } from '../../src/assess/checks/index.ts';
import { checkGroups } from '../../src/core/findings/finding-entry.ts';
import type { FindingEntry } from '../../src/core/findings/finding-entry.ts';

const actors: Readonly<Record<FindingEntry['actor'], string>> = {
  landfall: 'Landfall translates it',
  decide: 'you decide',
  change: 'you must change it',
  stays: 'it cannot be moved',
};

/** Every code of the assessment, and the checks that give them. */
export function findingsPage(): string[] {
  const entries = Object.entries(catalogue) as [string, FindingEntry][];
  const groups = Map.groupBy(entries, ([, entry]) => entry.group);
  const shown = checkGroups.flatMap((group) => {
    const rows = groups.get(group);
    return rows === undefined ? [] : [[group, rows] as const];
  });
  return [
    'What `landfall assess` reports. Codes are permanent: waivers, reports and comparisons name them.',
    'An assessment also includes the findings of preflight and plan, whose codes are listed in [errors](errors.md).',
    '',
    ...shown.map(
      ([group, rows]) => `- ${group}: ${rows.map(([code]) => `[${code}](#${code.toLowerCase()})`).join(', ')}`
    ),
    '',
    '## Checks',
    '',
    'A check that lacks one of the lists it needs is skipped, and the assessment reports that.',
    '',
    '| check | looks at | needs |',
    '|--|--|--|',
    ...checks.map(({ id, describe, needs }) => `| \`${id}\` | ${describe} | ${needs.join(', ') || 'nothing more'} |`),
    ...trials.map(([id, text]) => `| \`${id}\` | ${text} | a trial |`),
    '',
    ...entries.flatMap(([code, entry]) => section(code, entry)),
  ];
}

/** Checks that ask something live instead of judging by facts. */
const trials = [
  ['admission/dry-run', 'every translated object and a pod of every workload, validated by the live target'],
  ['images/registry', 'every image, queried at its registry from this worker'],
  ['external/probe', 'external addresses, tested from a pod on the target'],
  ['storage/probe', 'a volume of each storage class that claims move to: written, snapshotted, restored and read'],
  ['location/throughput', 'one object written, read and deleted'],
] as const;

function section(code: string, entry: FindingEntry): string[] {
  return [
    `## ${code}`,
    '',
    entry.summary,
    '',
    `- means: ${entry.consequence}`,
    `- what to do: ${entry.remedy}`,
    `- ${entry.severity}; ${actors[entry.actor]}`,
    '',
  ];
}
