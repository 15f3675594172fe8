import { isLandfallError } from '../../core/errors.ts';
import { compileGlob, isGlob } from '../../core/select/glob.ts';
import { parseLabelSelector } from '../../core/select/labels.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import type { ScopedDocument } from './document.ts';

type Scoped = ConfigDocument<ScopedDocument>;

/** What is in makes sense by itself. */
export const scopeRules: readonly Rule<ScopedDocument>[] = [
  { name: 'scope-is-not-empty', check: scopeIsNotEmpty },
  { name: 'scope-leaves-landfall-out', check: scopeLeavesLandfallOut },
  { name: 'scope-repeats-nothing', local: true, check: scopeRepeatsNothing },
  { name: 'label-selectors-parse', local: true, check: labelSelectorsParse },
];

function scopeIsNotEmpty(document: Scoped): Violation[] {
  const { scope } = document.value.spec;
  const namespaces = scope.namespaces.flatMap((name, index) => {
    const pattern = scope.excludeNamespaces.find((one) => compileGlob(one)(name) || one === name);
    if (pattern === undefined || (isGlob(name) && pattern !== name && pattern !== '*')) return [];
    return [outAgain(document, ['spec', 'scope', 'namespaces', index], `excludeNamespaces (${pattern})`)];
  });
  const kinds = scope.kinds.flatMap((kind, index) =>
    scope.excludeKinds.includes(kind) ? [outAgain(document, ['spec', 'scope', 'kinds', index], 'excludeKinds')] : []
  );
  return [...namespaces, ...kinds];
}

function outAgain(document: Scoped, path: (string | number)[], by: string): Violation {
  return { document, path, what: `is excluded again by ${by}`, hint: 'remove one of the two' };
}

function scopeLeavesLandfallOut(document: Scoped): Violation[] {
  const { scope, landfallNamespace } = document.value.spec;
  const index = scope.namespaces.indexOf(landfallNamespace);
  if (index < 0) return [];
  const hint = 'Landfall works in this namespace; set landfallNamespace to another one';
  return [{ document, path: ['spec', 'scope', 'namespaces', index], what: 'is Landfall’s own namespace', hint }];
}

function scopeRepeatsNothing(document: Scoped): Violation[] {
  const { scope } = document.value.spec;
  const keys = ['namespaces', 'excludeNamespaces', 'kinds', 'excludeKinds'] as const;
  return keys.flatMap((key) =>
    scope[key].flatMap((name, index) =>
      scope[key].indexOf(name) === index
        ? []
        : [
            {
              document,
              path: ['spec', 'scope', key, index],
              what: 'is in the list twice',
              hint: 'remove one of the two',
            },
          ]
    )
  );
}

function labelSelectorsParse(document: Scoped): Violation[] {
  const { scope, transforms = [], hooks = { pre: [], post: [] } } = document.value.spec;
  const selectors: [path: (string | number)[], selector: string][] = [
    [['spec', 'scope', 'labelSelector'], scope.labelSelector],
    ...transforms.map((one, index): [(string | number)[], string] => [
      ['spec', 'transforms', index, 'match', 'labelSelector'],
      one.match.labelSelector,
    ]),
    ...(['pre', 'post'] as const).flatMap((when) =>
      hooks[when].map((one, index): [(string | number)[], string] => [
        ['spec', 'hooks', when, index, 'podSelector'],
        one.podSelector,
      ])
    ),
  ];
  return selectors.flatMap(([path, selector]) => {
    const trouble = selectorTrouble(selector);
    if (trouble === undefined) return [];
    const hint = 'write it as for kubectl -l: app=shop,tier!=cache,env in (prod,test),!old';
    return [{ document, path, what: `is not a label selector: ${trouble}`, hint }];
  });
}

function selectorTrouble(selector: string): string | undefined {
  try {
    parseLabelSelector(selector);
    return undefined;
  } catch (error) {
    if (!isLandfallError(error)) throw error;
    return error.detail.why ?? error.detail.what;
  }
}
