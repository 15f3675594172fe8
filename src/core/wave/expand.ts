import { compileGlob, compileGlobs, isGlob } from '../select/glob.ts';
import type { WaveMember, WaveSpec } from './wave.ts';

/** Namespaces of the cluster and its default one: never matched by a wildcard. */
const clusterNamespaces = compileGlobs(['kube-*', 'default', 'landfall-system']);

/**
 * The members of a wave in order: groups as written, within a group its patterns as written, what a wildcard finds by
 * name. A namespace that several groups find belongs to the first. `existing` are the names on the source of each
 * migration; `missing` are names, not wildcards, that are not there.
 */
export function expandGroups(
  { groups, migrations }: Pick<WaveSpec, 'groups' | 'migrations'>,
  existing: readonly (readonly string[])[]
): { readonly members: readonly WaveMember[]; readonly missing: readonly string[] } {
  const taken = new Set<string>();
  const missing: string[] = [];
  const members = groups.flatMap(({ namespaces, excludeNamespaces, migration }, group) => {
    const source = migrations[migration]?.source.name ?? '';
    const names = [...(existing[migration] ?? [])].sort();
    const known = new Set(names);
    const isOut = compileGlobs([...excludeNamespaces, migrations[migration]?.landfallNamespace ?? '']);
    return namespaces.flatMap((pattern) => {
      const glob = isGlob(pattern);
      if (!glob && !known.has(pattern)) missing.push(`${source}: ${pattern}`);
      const matches = compileGlob(pattern);
      return names.flatMap((namespace): WaveMember[] => {
        const key = `${source}/${namespace}`;
        if (!matches(namespace) || isOut(namespace) || taken.has(key)) return [];
        if (glob && clusterNamespaces(namespace)) return [];
        taken.add(key);
        return [{ namespace, group, migration }];
      });
    });
  });
  return { members, missing };
}
