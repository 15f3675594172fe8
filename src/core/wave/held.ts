import { errorDetail } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { memberName } from './wave.ts';
import type { WaveInput, WaveItem } from './wave.ts';

const namesShown = 10;

/**
 * Why a wave cannot be held to the plans it was given: a namespace that is to move has none, or a plan is for a namespace
 * that is no member any more. Undefined when every namespace has its plan, and of a wave without plans.
 */
export function unplanned(
  items: readonly WaveItem[],
  { spec, plans }: Pick<WaveInput, 'spec' | 'plans'>
): ErrorDetail | undefined {
  if (plans === undefined) return undefined;
  const members = new Set(items.map(({ namespace }) => memberName(spec.name, namespace)));
  const without = items
    .filter(({ state, namespace }) => state === 'queued' && plans[memberName(spec.name, namespace)] === undefined)
    .map(({ namespace }) => namespace);
  const extra = Object.keys(plans).filter((name) => !members.has(name));
  if (without.length === 0 && extra.length === 0) return undefined;
  return errorDetail('PLAN_STALE', {
    what: `the plans given are not those of the namespaces that wave ${spec.name} moves`,
    why: [
      ...(without.length === 0 ? [] : [`without a plan: ${named(without)}`]),
      ...(extra.length === 0 ? [] : [`plans for what the wave does not move: ${named(extra)}`]),
    ].join('; '),
    fix: 'plan the wave again into an empty directory: landfall wave plan -f FILE --out-dir DIRECTORY',
  });
}

function named(names: readonly string[]): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${names.slice(0, namesShown).join(', ')}${more}`;
}
