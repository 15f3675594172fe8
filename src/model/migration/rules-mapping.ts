import { compileGlobs, isGlob } from '../../core/select/glob.ts';
import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { Cluster } from '../cluster/schema.ts';
import type { Migration } from './schema.ts';
import { suggestion } from '../../config/suggest.ts';

type MigrationDocument = ConfigDocument<Migration>;
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const className = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const protectedNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/** Key of `storageClasses` that names a file instead of a class; no class can have such a name. */
export const veleroConfigMapKey = 'fromVeleroConfigMap';

/** Namespaces and storage classes come out somewhere, and nothing ends up on top of something else. */
export const mappingRules: readonly Rule<Migration>[] = [
  { name: 'mapped-names-are-labels', local: true, check: mappedNamesAreLabels },
  { name: 'mapping-is-one-to-one', check: mappingIsOneToOne },
  { name: 'mapping-is-in-scope', check: mappingIsInScope },
  { name: 'clusters-differ', check: clustersDiffer },
  {
    name: 'storage-classes-are-names',
    local: true,
    check: storageClassesAreNames,
  },
];

function mappedNamesAreLabels(document: MigrationDocument): Violation[] {
  const { namespaceMapping, landfallNamespace } = document.value.spec;
  return Object.entries(namespaceMapping).flatMap(([from, to]): Violation[] => {
    const path = ['spec', 'namespaceMapping', from];
    const label = 'is not a namespace name';
    const hint = 'lower-case letters, digits and -, at most 63; no wildcards';
    if (!dnsLabel.test(from)) return [{ document, path, atKey: true, what: label, hint }];
    if (!dnsLabel.test(to)) return [{ document, path, what: label, hint }];
    if (!protectedNamespaces.has(to) && to !== landfallNamespace) return [];
    return [{ document, path, what: `maps to ${to}, which is a system namespace`, hint: 'choose a different name' }];
  });
}

function mappingIsOneToOne(document: MigrationDocument): Violation[] {
  const { namespaceMapping, scope } = document.value.spec;
  const owner = new Map<string, string>();
  return Object.entries(namespaceMapping).flatMap(([from, to]): Violation[] => {
    const path = ['spec', 'namespaceMapping', from];
    const other = owner.get(to);
    owner.set(to, other ?? from);
    const hint = 'map them to different names: two namespaces cannot become one';
    if (other !== undefined) return [{ document, path, what: `maps to ${to}, as does ${other}`, hint }];
    const stays = to !== from && scope.namespaces.includes(to) && namespaceMapping[to] === undefined;
    return stays ? [{ document, path, what: `maps to ${to}, which is itself in scope and keeps its name`, hint }] : [];
  });
}

function mappingIsInScope(document: MigrationDocument): Violation[] {
  const { namespaceMapping, scope } = document.value.spec;
  return Object.keys(namespaceMapping).flatMap((from): Violation[] => {
    const isIn = compileGlobs(scope.namespaces)(from);
    const isOut = compileGlobs(scope.excludeNamespaces)(from);
    if (isIn && !isOut) return [];
    const hint = isOut ? 'excludeNamespaces excludes it' : suggestion(from, scope.namespaces, 'namespaces in scope');
    return [
      {
        document,
        path: ['spec', 'namespaceMapping', from],
        atKey: true,
        what: 'is not in spec.scope.namespaces',
        hint,
      },
    ];
  });
}

function clustersDiffer(document: MigrationDocument, config: ConfigSet): Violation[] {
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

function storageClassesAreNames(document: MigrationDocument): Violation[] {
  return Object.entries(document.value.spec.storageClasses).flatMap(([from, to]): Violation[] => {
    if (from === veleroConfigMapKey) return [];
    const path = ['spec', 'storageClasses', from];
    const what = 'is not the name of a storage class';
    const hint =
      "lower-case letters, digits, - and .; the key '*' stands for every other class, '' for claims with class ''";
    // '' is the class of claims whose volume somebody makes by hand, which '*' does not stand for.
    if (from !== '*' && from !== '' && !className.test(from)) return [{ document, path, atKey: true, what, hint }];
    return className.test(to) ? [] : [{ document, path, what, hint }];
  });
}
