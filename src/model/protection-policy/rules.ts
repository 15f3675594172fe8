import { parseDuration } from '../../config/duration.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { firesAfter, parseCron } from '../../core/protection/cron.ts';
import { isTimeZone } from '../../core/protection/zoned-time.ts';
import type { ProtectionPolicy } from './schema.ts';

type Policy = ConfigDocument<ProtectionPolicy>;
type Tier = ProtectionPolicy['spec']['tiers'][number];

const nameMax = 63;
/** What Temporal takes. */
const catchUpMinMs = 10_000;

/** Every tier starts at times that exist, keeps something, and is not another one again. */
export const policyRules: readonly Rule<ProtectionPolicy>[] = [
  { name: 'tiers-start', local: true, check: eachTier(starts) },
  { name: 'tiers-keep-something', local: true, check: eachTier(keepsSomething) },
  { name: 'tiers-have-names-of-their-own', local: true, check: namesOfTheirOwn },
  { name: 'tiers-have-times-of-their-own', local: true, check: timesOfTheirOwn },
];

/** What is wrong with one tier: the key, what, and what to do. */
type Wrong = readonly [key: string, what: string, hint: string];

function eachTier(check: (tier: Tier) => readonly Wrong[]): Rule<ProtectionPolicy>['check'] {
  return (document: Policy) =>
    document.value.spec.tiers.flatMap((tier, index) => check(tier).map((wrong) => violation(document, index, wrong)));
}

function violation(document: Policy, index: number, [key, what, hint]: Wrong): Violation {
  return { document, path: ['spec', 'tiers', index, key], what, hint };
}

function starts({ cron, timeZone, catchUp }: Tier): readonly Wrong[] {
  const wrong: Wrong[] = [];
  const line = parseCron(cron);
  const isZone = isTimeZone(timeZone);
  if (!isZone) wrong.push(['timeZone', 'is not a time zone that this machine knows', 'use Europe/Berlin or UTC']);
  if (typeof line === 'string') wrong.push(['cron', line, 'write it like "0 3 * * *" or "*/30 6-18 * * mon-fri"']);
  else if (isZone && firesAfter(line, timeZone, 0).next().done === true)
    wrong.push(['cron', 'never fires', 'choose a day that the month has']);
  if ((parseDuration(catchUp) ?? 0) < catchUpMinMs) wrong.push(['catchUp', 'is below 10s', 'use 10s or more']);
  return wrong;
}

function keepsSomething({ retention: { keepFor = '0s', ...counts } }: Tier): readonly Wrong[] {
  if (Object.values(counts).some((count) => count > 0) || (parseDuration(keepFor) ?? 0) > 0) return [];
  return [['retention', 'keeps nothing', 'set keepLast, daily, weekly, monthly, yearly or keepFor']];
}

function namesOfTheirOwn(document: Policy): readonly Violation[] {
  const { metadata, spec } = document.value;
  const names = spec.tiers.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const whole = `${metadata.name}-${name}`.length;
    const long: Wrong = ['name', `makes ${whole} characters with the name of the policy`, `use at most ${nameMax}`];
    const twice: Wrong = ['name', 'is already used by a tier above', 'rename one'];
    return [...(whole > nameMax ? [long] : []), ...(names.indexOf(name) < index ? [twice] : [])].map((wrong) =>
      violation(document, index, wrong)
    );
  });
}

/** Two tiers that always start together would make the same point twice. */
function timesOfTheirOwn(document: Policy): readonly Violation[] {
  const times = document.value.spec.tiers.map(({ cron, timeZone }) => JSON.stringify([parseCron(cron), timeZone]));
  return times.flatMap((time, index) => {
    const first = times.indexOf(time);
    if (first === index) return [];
    const what = `is always the moment of tier ${document.value.spec.tiers[first]?.name}: the policy overlaps itself`;
    return [violation(document, index, ['cron', what, 'use one tier with the retention of both, or another time'])];
  });
}
