import { isGlob } from '../../core/select/glob.ts';
import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { Cluster } from '../cluster/schema.ts';
import type { Migration } from './schema.ts';

/** Nothing moves onto itself. */
export const clusterRules: readonly Rule<Migration>[] = [{ name: 'clusters-differ', check: clustersDiffer }];

function clustersDiffer(document: ConfigDocument<Migration>, config: ConfigSet): Violation[] {
  const { source, target, scope, namespaceMapping } = document.value.spec;
  const from = documentNamed(config, Cluster, source)?.value;
  const to = documentNamed(config, Cluster, target)?.value;
  if (from === undefined || to === undefined || !isSameCluster(from, to)) return [];
  const moved = (name: string): boolean => (namespaceMapping[name] ?? name) !== name;
  const unmoved = scope.namespaces.filter((name) => isGlob(name) || !moved(name));
  if (unmoved.length === 0) return [];
  const what = `is the same cluster as the source, and ${unmoved[0]} would be moved onto itself`;
  const hint = 'use a different cluster, or list the namespaces by name and map each to a different one';
  return [{ document, path: ['spec', 'target'], what, hint }];
}

function isSameCluster(a: Cluster, b: Cluster): boolean {
  if (a.metadata.name === b.metadata.name) return true;
  return a.spec.kubeconfig.path === b.spec.kubeconfig.path && a.spec.kubeconfig.context === b.spec.kubeconfig.context;
}
