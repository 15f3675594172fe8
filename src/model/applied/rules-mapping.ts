import { compileGlobs } from '../../core/select/glob.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import type { AppliedDocument } from './document.ts';
import { suggestion } from '../../config/suggest.ts';

type Document = ConfigDocument<AppliedDocument>;
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const className = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const protectedNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/** Key of `storageClasses` that names a file instead of a class; no class can have such a name. */
export const veleroConfigMapKey = 'fromVeleroConfigMap';

/** Namespaces and storage classes come out somewhere, and nothing ends up on top of something else. */
export const mappingRules: readonly Rule<AppliedDocument>[] = [
  { name: 'mapped-names-are-labels', local: true, check: mappedNamesAreLabels },
  { name: 'mapping-is-one-to-one', check: mappingIsOneToOne },
  { name: 'mapping-is-in-scope', check: mappingIsInScope },
  {
    name: 'storage-classes-are-names',
    local: true,
    check: storageClassesAreNames,
  },
];

function mappedNamesAreLabels(document: Document): Violation[] {
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

function mappingIsOneToOne(document: Document): Violation[] {
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

function mappingIsInScope(document: Document): Violation[] {
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

function storageClassesAreNames(document: Document): Violation[] {
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
