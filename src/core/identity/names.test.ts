import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fieldManagerOf,
  isLabelledBy,
  memberAnnotationOf,
  memberPrefix,
  pointOfRun,
  prepareJobName,
  probeNamespaceOf,
  runLabel,
  runLabels,
  runOfPoint,
  runSelector,
  undoFieldManagerOf,
} from './names.ts';
import { runIdOf } from './run-id.ts';

/** Each of them is a DNS label but for its length. */
const form = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const longest = runIdOf('n'.repeat(63), 'ffffffffffffffff');

/** What each is limited to: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/, and `fieldManager`. */
const traces = {
  label: [(run: string) => runLabels(run)[runLabel], 63],
  annotation: [(run: string) => memberAnnotationOf(run).slice(memberPrefix.length), 63],
  job: [prepareJobName, 63],
  'probe namespace': [probeNamespaceOf, 63],
  manager: [fieldManagerOf, 128],
  'manager of an undo': [(run: string) => undoFieldManagerOf(fieldManagerOf(run)), 128],
} as const;

describe.each(Object.entries(traces))('the %s of a run', (_, [of, max]) => {
  it('keeps within its limit, for the longest run id and for one that is too long', () => {
    for (const run of [longest, `${'n'.repeat(200)}-x`, `${'n'.repeat(62)}-${'y'.repeat(90)}`]) {
      const text = of(run);
      expect(text.length).toBeLessThanOrEqual(max);
      expect(text).toMatch(form);
    }
  });

  it('is of this run only', () => {
    const id = fc.tuple(
      fc.stringMatching(/^[a-z]([-a-z0-9]{0,80}[a-z0-9])?$/),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    );
    fc.assert(
      fc.property(id, id, (one, other) => {
        const [left, right] = [one, other].map(([name, bits]) => runIdOf(name, bits.toString(16))) as [string, string];
        fc.pre(left !== right);
        expect(of(left)).not.toBe(of(right));
      })
    );
  });
});

describe('the objects of a run', () => {
  it('are those that the selector of the run finds', () => {
    const metadata = { labels: runLabels('shop-7f3k') };
    expect(isLabelledBy('shop-7f3k', metadata)).toBe(true);
    expect(isLabelledBy('shop-7f3', metadata)).toBe(false);
    expect(isLabelledBy('shop-7f3k', undefined)).toBe(false);
    expect(runSelector('shop-7f3k')).toBe('landfall.dev/run=shop-7f3k');
  });

  it('in a Location are found by the point the run wrote, whose id is part of keys', () => {
    // As `isPointId` has it.
    expect(pointOfRun(longest)).toMatch(/^[a-z0-9](?:[a-z0-9.-]{0,126}[a-z0-9])?$/);
    expect(runOfPoint(pointOfRun(longest))).toBe(longest);
  });
});
