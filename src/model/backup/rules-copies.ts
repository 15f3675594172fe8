import type { ConfigDocument, ConfigSet, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { suggestion } from '../../config/suggest.ts';
import { countPossible } from '../../core/retention/copies.ts';
import type { CopiesSpec } from '../../core/spec/copies.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { locationNamed } from '../scoped/resolve.ts';
import type { Backup } from './schema.ts';

/** Copies lead somewhere else, each once, and there are as many as have to be. */
export const copiesRules: readonly Rule<Backup>[] = [
  { name: 'copies-lead-somewhere', local: true, check: copiesLeadSomewhere },
  { name: 'copies-reach-their-quorum', check: copiesReachTheirQuorum },
];

function copiesLeadSomewhere(document: ConfigDocument<Backup>, config: ConfigSet): Violation[] {
  const { copies, location: origin } = document.value.spec;
  const to = copies?.to ?? [];
  return to.flatMap(({ location }, at) => {
    const path = ['spec', 'copies', 'to', at, 'location'];
    if (!config.ids.has(`Location/${location}`)) {
      const known = [...config.ids]
        .filter((id) => id.startsWith('Location/'))
        .map((id) => id.slice('Location/'.length));
      const what = `names the Location ${location}, which is not in this file`;
      return [{ document, path, what, hint: suggestion(location, known, 'names of kind Location') }];
    }
    const isSame = location === origin || to.findIndex((other) => other.location === location) < at;
    if (!isSame) return [];
    const what = `names the Location ${location}, which holds the recovery point already`;
    return [{ document, path, what, hint: 'name each Location once' }];
  });
}

function copiesReachTheirQuorum(document: ConfigDocument<Backup>, config: ConfigSet): Violation[] {
  const copies = resolveCopies(config, document);
  if (copies === undefined) return [];
  const possible = countPossible(copies);
  if (copies.quorum <= possible) return [];
  const what = `asks for ${copies.quorum} copies, and ${possible} can count`;
  const hint = 'lower it, or add Locations; those of one group count once';
  return [{ document, path: ['spec', 'copies', 'quorum'], what, hint }];
}

/** The copies of a specification; undefined where the document asks for none. */
export function resolveCopies(
  config: ConfigSet,
  document: ConfigDocument<Backup>
): CopiesSpec<LocationSpec> | undefined {
  const { copies } = document.value.spec;
  if (copies === undefined) return undefined;
  const to = copies.to.flatMap(({ location: name, ...rest }) => {
    const location = locationNamed(config, document, name);
    return location === undefined ? [] : [{ location, ...rest }];
  });
  const possible = countPossible({ to });
  return { to, quorum: copies.quorum ?? possible };
}
