import { isLandfallError } from '../../core/errors.ts';
import { compileJsonPath } from '../../core/json/json-path.ts';
import { compilePattern } from '../../core/transform/pattern.ts';
import { checkTransforms } from '../../core/transform/user-transforms.ts';
import type { TransformSpec } from '../../core/spec/spec.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { ConfigPath } from '../../config/problem.ts';
import type { Rule } from '../../config/kind.ts';
import type { AppliedDocument } from './document.ts';
import type { Transform } from './schema.ts';

type Document = ConfigDocument<AppliedDocument>;
type Operation = Transform['patch'][number];

/** A JSON Pointer: empty, or parts that begin with `/`, in which `~` is only `~0` or `~1` (RFC 6901). */
const pointer = /^(\/([^~]|~[01])*)*$/;

const pointerHint =
  'begin with / and write ~1 for / and ~0 for ~ within a key: /metadata/annotations/example.org~1team';

/** Users' own patches can be carried out as written. */
export const transformRules: readonly Rule<AppliedDocument>[] = [
  { name: 'transforms-are-one-thing', check: (one) => each(one, isOneThing) },
  { name: 'transform-names-are-unique', local: true, check: namesAreUnique },
  {
    name: 'patches-are-complete',
    local: true,
    check: (one) => each(one, patchesAreComplete),
  },
  {
    name: 'expressions-parse',
    local: true,
    check: (one) => each(one, expressionsParse),
  },
  {
    name: 'patches-are-allowed',
    local: true,
    check: (one) => each(one, patchesAreAllowed),
  },
];

type Check = (document: Document, transform: Transform, path: ConfigPath) => Violation[];

function each(document: Document, check: Check): Violation[] {
  return document.value.spec.transforms.flatMap((one, index) => check(document, one, ['spec', 'transforms', index]));
}

function isOneThing(document: Document, transform: Transform, path: ConfigPath): Violation[] {
  const { name, patch, mergePatch, strategicPatch, reason, match, fromVeleroModifiers, fromManifests } = transform;
  const { kinds, namespaces, labelSelector, fields = [], jsonPath = [] } = match;
  const matches =
    kinds.length + namespaces.length + fields.length + jsonPath.length > 0 || match.name !== '' || labelSelector !== '';
  const patches = [
    ...(patch.length > 0 ? ['patch'] : []),
    ...(mergePatch === undefined ? [] : ['mergePatch']),
    ...(strategicPatch === undefined ? [] : ['strategicPatch']),
  ];
  const own = name !== undefined || patches.length > 0 || reason !== undefined || matches;
  const files = { fromVeleroModifiers, fromManifests };
  const [file, second] = Object.entries(files).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (file !== undefined) {
    if (!own && second === undefined) return [];
    return [
      {
        document,
        path,
        what: `has ${second ?? 'other keys'} in addition to ${file}`,
        hint: 'split it into two entries',
      },
    ];
  }
  const violations: Violation[] = [];
  if (name === undefined) {
    const hint = 'give the rule a name: plan and report show it';
    violations.push({ document, path: [...path, 'name'], what: 'is missing', hint });
  }
  if (patches.length !== 1) {
    const what = patches.length === 0 ? 'changes nothing' : `has ${patches.join(' and ')}`;
    violations.push({ document, path, what, hint: 'give it exactly one of patch, mergePatch and strategicPatch' });
  }
  return violations;
}

function namesAreUnique(document: Document): Violation[] {
  const seen = new Set<string>();
  return each(document, (_, { name }, path) => {
    if (name === undefined) return [];
    const known = seen.has(name);
    seen.add(name);
    return known
      ? [
          {
            document,
            path: [...path, 'name'],
            what: 'is already used by a transform above',
            hint: 'choose a different name',
          },
        ]
      : [];
  });
}

function patchesAreComplete(document: Document, transform: Transform, path: ConfigPath): Violation[] {
  const fields = (transform.match.fields ?? []).flatMap((field, index) =>
    pointer.test(field.path)
      ? []
      : [
          {
            document,
            path: [...path, 'match', 'fields', index, 'path'],
            what: 'is not a JSON Pointer',
            hint: pointerHint,
          },
        ]
  );
  const operations = transform.patch.flatMap((operation, index) =>
    operationTroubles(operation).map(({ key, what, hint }) => ({
      document,
      path: [...path, 'patch', index, ...(key === '' ? [] : [key])],
      what,
      hint,
    }))
  );
  return [...fields, ...operations];
}

function operationTroubles(operation: Operation): { key: string; what: string; hint: string }[] {
  const troubles: { key: string; what: string; hint: string }[] = [];
  const { op, path, from } = operation;
  const hint = pointerHint;
  if (!pointer.test(path)) troubles.push({ key: 'path', what: 'is not a JSON Pointer', hint });
  if (from !== undefined && !pointer.test(from)) troubles.push({ key: 'from', what: 'is not a JSON Pointer', hint });
  const needsFrom = op === 'move' || op === 'copy';
  if (needsFrom && from === undefined)
    troubles.push({ key: '', what: `has no "from", which ${op} requires`, hint: 'add from' });
  if (!needsFrom && from !== undefined) troubles.push({ key: 'from', what: `is not used by ${op}`, hint: 'remove it' });
  const needsValue = op === 'add' || op === 'replace' || op === 'test';
  const hasValue = Object.hasOwn(operation, 'value');
  if (needsValue && !hasValue)
    troubles.push({ key: '', what: `has no value, which ${op} requires`, hint: 'add value' });
  if (!needsValue && hasValue) troubles.push({ key: 'value', what: `is not used by ${op}`, hint: 'remove it' });
  if (op === 'move' && from !== undefined && path.startsWith(`${from}/`)) {
    troubles.push({ key: 'path', what: 'lies within from', hint: 'a value cannot be moved into itself' });
  }
  if (op === 'remove' && path === '')
    troubles.push({ key: 'path', what: 'is the whole object', hint: 'use excludeKinds to exclude objects' });
  return troubles;
}

function expressionsParse(document: Document, transform: Transform, path: ConfigPath): Violation[] {
  const { name, jsonPath = [] } = transform.match;
  const refused = (at: ConfigPath, compile: () => unknown): Violation[] => {
    try {
      compile();
      return [];
    } catch (error) {
      if (!isLandfallError(error)) throw error;
      const why = error.detail.what.replace(/^the (?:path|pattern) .* cannot be used: /, '');
      return [{ document, path: [...path, 'match', ...at], what: `is rejected: ${why}`, hint: error.detail.fix }];
    }
  };
  return [
    ...refused(['name'], () => compilePattern(name)),
    ...jsonPath.flatMap((one, index): Violation[] => {
      const at: ConfigPath = ['jsonPath', index];
      const both = one.value !== undefined && one.matches !== undefined;
      const hint = 'keep one of them; two entries must both match';
      return [
        ...refused([...at, 'path'], () => compileJsonPath(one.path)),
        ...refused([...at, 'matches'], () => compilePattern(one.matches ?? '')),
        ...(both ? [{ document, path: [...path, 'match', ...at], what: 'has both value and matches', hint }] : []),
      ];
    }),
  ];
}

/** What the engine itself refuses, such as patches of the uid: asked only where the form is right. */
function patchesAreAllowed(document: Document, transform: Transform, path: ConfigPath): Violation[] {
  const { fields = [] } = transform.match;
  const malformed =
    transform.patch.some((one) => operationTroubles(one).length > 0) ||
    fields.some(({ path: at }) => !pointer.test(at));
  if (transform.fromVeleroModifiers !== undefined || transform.fromManifests !== undefined || malformed) return [];
  const { name = 'transform', patch, mergePatch, strategicPatch } = transform;
  const { jsonPath: _, ...plain } = transform.match;
  const match = { ...plain, name: '', labelSelector: '' };
  const given = { ...(mergePatch && { mergePatch }), ...(strategicPatch && { strategicPatch }) };
  const asked = (part: ConfigPath, spec: Partial<TransformSpec>): Violation[] =>
    checkTransforms([{ name, match, patch: [], reason: '', ...spec }]).map((problem) => ({
      document,
      path: [...path, ...part],
      what: `cannot be carried out: ${problem.what.replace(`transform ${name}: `, '')}`,
      hint: 'patch only fields of the application; the API server owns identity, version and status',
    }));
  // Each operation by itself, so that each is reported at its own line; the match was judged by the rule before.
  const whole = asked(mergePatch !== undefined ? ['mergePatch'] : ['strategicPatch'], given);
  return [
    ...(patch.length > 0 ? [] : whole),
    ...patch.flatMap((one, index) => asked(['patch', index], { patch: [one] })),
  ];
}
