import { tiers } from '../../src/core/graph/tiers.ts';
import { kindRules } from '../../src/core/select/kind-rules.ts';
import { runKinds } from '../../src/core/select/run-kinds.ts';
import { builtInRules, closingRules } from '../../src/core/transform/rules/index.ts';
import { laterDefaults } from '../../src/core/verify/later-defaults.ts';
import { normalisation } from '../../src/core/verify/normalisation.ts';

/** The tables that selection, transforms, apply groups and verification work by. */
export function rulesPage(): string[] {
  return [
    'The rule tables. Rule names are permanent: plan and report refer to them.',
    '',
    '## Kinds that are never moved',
    '',
    'Whatever the scope is. `*` means every kind of the group.',
    '',
    '| rule | group | kinds | reason |',
    '|--|--|--|--|',
    ...kindRules.map(({ rule, group, kinds, reason }) =>
      row(`\`${rule}\``, group === '' ? 'core' : `\`${group}\``, kinds.length === 0 ? '*' : kinds.join(', '), reason)
    ),
    '',
    '## Kinds that run to completion',
    '',
    'Their objects are excluded once they have finished; other kinds are judged by the signs in [the guide](../guides/migrate.md#what-is-carried-out-once).',
    '',
    '| group | kinds |',
    '|--|--|',
    ...runKinds.map(({ group, kinds }) => row(`\`${group}\``, kinds.join(', '))),
    '',
    '## Built-in transforms',
    '',
    'In this order; then those of a [translation](translation.md), then `external`, `foreign-finalizers` and `served`, then those of the file.',
    '',
    '| rule | does |',
    '|--|--|',
    ...[...builtInRules, ...closingRules].map(({ id, describe }) => row(`\`${id}\``, describe)),
    '',
    '## Order of apply groups',
    '',
    'Unless a reference between two objects requires another order: an object comes after everything it refers to.',
    '',
    ...tiers.map((tier, index) => `${index + 1}. ${tier}`),
    '',
    '## What verification does not compare',
    '',
    'Everything else must be equal. `always`: any value is accepted. `added`: only if the plan has no value, so that the target may set one.',
    'Fields that the target adds by defaulting are tolerated as well.',
    '',
    '| rule | kind | path | when | why |',
    '|--|--|--|--|--|',
    ...normalisation.map(({ rule, kind, path, when, why }) =>
      row(`\`${rule}\``, `\`${kind}\``, `\`${path}\``, when, why)
    ),
    '',
    'Defaults that servers write since a certain version, and that an older target drops without a change in behaviour (rule `later-default`):',
    '',
    '| kind | path | value | since |',
    '|--|--|--|--|',
    ...laterDefaults.map(({ kind, path, value, since }) =>
      row(`\`${kind}\``, `\`${path}\``, `\`${JSON.stringify(value)}\``, since)
    ),
  ];
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
