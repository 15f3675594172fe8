import { encodeValue } from '../../core/json/value.ts';
import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import type { AppliedDocument } from './document.ts';
import type { Transform } from './schema.ts';

type Document = ConfigDocument<AppliedDocument>;

/** Users' patches do not work against each other. */
export const transformConflictRules: readonly Rule<AppliedDocument>[] = [
  { name: 'transforms-do-not-conflict', local: true, check: doNotConflict },
];

/** An operation of a patch, and where it stands. */
interface Operation {
  readonly index: number;
  readonly op: number;
  readonly transform: Transform;
}

interface Write extends Operation {
  /** JSON text of the value. */
  readonly value: string;
}

/**
 * Transforms that match the very same objects and write one place with different values, or move a value there and back:
 * only the last one would count, and nobody means that. A wider transform that a narrower one corrects is no conflict.
 */
function doNotConflict(document: Document): Violation[] {
  const writes = new Map<string, Write>();
  const moves = new Map<string, Operation>();
  const violations: Violation[] = [];
  const report = ({ index, op }: Operation, what: string, hint: string): void => {
    violations.push({ document, path: ['spec', 'transforms', index, 'patch', op], what, hint });
  };
  document.value.spec.transforms.forEach((transform, index) => {
    const match = JSON.stringify(transform.match);
    // A test decides for each object; such a transform may well not apply where the other does.
    if (transform.patch.some(({ op }) => op === 'test')) return;
    transform.patch.forEach((operation, op) => {
      const { path, from = '' } = operation;
      const own = { index, op, transform };
      if (operation.op === 'move') {
        const back = moves.get(`${match} ${path} ${from}`);
        if (back !== undefined) {
          report(own, `reverts the move of ${nameOf(back)}`, 'remove one of them: they cancel each other out');
        }
        moves.set(`${match} ${from} ${path}`, own);
      }
      if ((operation.op !== 'add' && operation.op !== 'replace') || path.endsWith('/-')) return;
      const key = `${match} ${path}`;
      const value = textOf(operation.value);
      const before = writes.get(key);
      if (before !== undefined && before.value !== value) {
        report(
          own,
          `writes ${path}, which ${nameOf(before)} writes with another value for the same objects`,
          'keep one of them, or match other objects'
        );
      }
      writes.set(key, { ...own, value });
    });
  });
  return violations;
}

function nameOf({ transform, index }: Operation): string {
  return transform.name === undefined ? `transforms[${index}]` : `transform ${transform.name}`;
}

/** What cannot be written as JSON is another rule's matter. */
function textOf(value: unknown): string {
  try {
    return encodeValue(value);
  } catch {
    return '';
  }
}
