import type { ApiResource } from '../resource.ts';
import { compileGlobs } from './glob.ts';

export type KindMatcher = (resource: Pick<ApiResource, 'group' | 'kind' | 'plural'>) => boolean;

/**
 * A matcher for kinds as kubectl takes them: `plural`, `plural.group`, `Kind`, `Kind.group`, without regard to case,
 * with `*` and `?`. Without a group the kind is matched in every group that has it; `plural.` is the core group's.
 */
export function compileKinds(names: readonly string[]): KindMatcher {
  const match = compileGlobs(names.map((name) => name.toLowerCase()));
  const known = new Map<string, boolean>();
  return ({ group, kind, plural }) => {
    const key = `${plural}.${group}/${kind}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const spellings = [plural, kind.toLowerCase()].flatMap((name) =>
      group === '' ? [name] : [name, `${name}.${group}`]
    );
    const matches = spellings.some(match);
    known.set(key, matches);
    return matches;
  };
}
