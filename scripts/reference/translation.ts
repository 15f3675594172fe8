import { isIn, type PackRule } from '../../src/translate/pack.ts';
import { packRules } from '../../src/translate/packs.ts';
import { directions, platformNames } from '../../src/core/profile/cluster-profile.ts';

/** Every rule of the packs: which directions, what it matches, does and loses, and where the facts come from. */
export function translationPage(): string[] {
  return [
    'How objects are translated between VKS, EKS and AKS; [the guide](../guides/translate.md) explains how to use it. Names are permanent: plan,',
    'report and `landfall explain` refer to them as `translate/<rule>`. Within a direction the rules run in the order of this page, after the',
    '[built-in ones](rules.md) and before those of the file.',
    '',
    '| rule | directions |',
    '|--|--|',
    ...packRules.map((rule) => `| [\`${rule.id}\`](#${rule.id}) | ${directionsOf(rule)} |`),
    '',
    ...packRules.flatMap(section),
  ];
}

function section(rule: PackRule): string[] {
  return [
    `## ${rule.id}`,
    '',
    rule.does,
    '',
    `- directions: ${directionsOf(rule)}`,
    `- matches: ${rule.matches}`,
    ...(rule.loses.length === 0 ? ['- loses: nothing'] : ['- loses:', ...rule.loses.map((loss) => `  - ${loss}`)]),
    `- source: ${rule.sources.map((source) => `<${source}>`).join(', ')}`,
    '',
  ];
}

function directionsOf(rule: PackRule): string {
  const found = directions.filter((direction) => isIn(rule, direction));
  if (found.length === directions.length) return 'all six';
  return found.map(({ from, to }) => `${platformNames[from]} to ${platformNames[to]}`).join(', ');
}
