import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differentFields } from './compare-entries.ts';
import { parseOutcome, terminationMessage, type MoverOutcome } from './mover-protocol.ts';
import { formatEntry, formatListed, formatTime, parseListed, parseTime, type TreeEntry } from './tree-entry.ts';
import { compareTreePaths, escapePath, unescapePath } from './tree-path.ts';

const byteName = fc
  .array(
    fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 0x2f),
    { minLength: 1, maxLength: 8 }
  )
  .map((bytes) => String.fromCharCode(...bytes));
const bytePath = fc.array(byteName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

test('every path has one escaped form that leads back to its bytes', () => {
  fc.assert(fc.property(bytePath, (path) => unescapePath(escapePath(path)) === path));
  fc.assert(fc.property(bytePath, bytePath, (a, b) => (a === b) === (escapePath(a) === escapePath(b))));
});

test.each([
  ['plain/name', 'plain/name'],
  ['\xc3\xa9', 'é'],
  ['\xc3', '\\xc3'],
  ['a\nb', 'a\\x0ab'],
  ['a\\b', 'a\\\\b'],
  ['\xc0\xaf', '\\xc0\\xaf'],
  ['\xc3\xa9\n', '\\xc3\\xa9\\x0a'],
])('escapes %j as %j', (path, escaped) => {
  expect(escapePath(path)).toBe(escaped);
});

test('paths are ordered as a walk meets them', () => {
  const walked = ['.', 'a', 'a/b', 'a/b/c', 'a-c', 'a.d', 'a.d/x', 'b', '\xff'];
  expect([...walked].reverse().sort(compareTreePaths)).toEqual(walked);
});

test('times before 1970 have their seconds rounded down', () => {
  expect(formatTime(-1n)).toBe('-1.999999999');
  expect(formatTime(1_500_000_001n)).toBe('1.500000001');
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (ns) => parseTime(formatTime(ns)) === ns));
});

const entry: TreeEntry = {
  ...{ path: 'd\xff/f', type: 'file', mode: 0o4755, uid: 1, gid: 2, mtime: '1.000000001', sizeBytes: 3, sha256: 'ab' },
  ...{ linkOf: 'a', xattrs: { 'user.b': 'MQ==', 'user.a': '' } },
};

test('an entry has exactly the documented bytes', () => {
  expect(formatEntry(entry)).toBe(
    '{"path":"d\\\\xff/f","type":"file","mode":"4755","uid":1,"gid":2,"mtime":"1.000000001","size":3,"sha256":"ab","linkOf":"a","xattrs":{"user.a":"","user.b":"MQ=="}}'
  );
  expect(parseListed(formatListed({ entry, allocatedBytes: 4096 }))).toEqual({ entry, allocatedBytes: 4096 });
});

const mebibyte = 1024 * 1024;

test.each([
  ['equal', {}, {}, []],
  ['mode and xattrs', { mode: 0, xattrs: {} }, {}, ['mode', 'xattrs']],
  ['holes lost', { sizeBytes: 50 * mebibyte }, { allocatedBytes: 50 * mebibyte }, ['sparse']],
  [
    'holes of a compressing source',
    { sizeBytes: 50 * mebibyte },
    { allocatedBytes: 50 * mebibyte, nonZeroBytes: 50 * mebibyte },
    [],
  ],
] as const)('compares: %s', (_, change, on, expected) => {
  const sizeBytes = 'sizeBytes' in change ? change.sizeBytes : 3;
  const source = { entry: { ...entry, sizeBytes }, allocatedBytes: 4096 };
  const target = {
    entry: { ...entry, ...change, sizeBytes },
    allocatedBytes: 'allocatedBytes' in on ? on.allocatedBytes : 4096,
  };
  expect(differentFields(source, target, { nonZeroBytes: 'nonZeroBytes' in on ? on.nonZeroBytes : 0 })).toEqual(
    expected
  );
});

test('a termination message fits in 4096 bytes and keeps the totals', () => {
  const many = Array.from({ length: 500 }, (_, index) => `${'ü'.repeat(200)}${index}: mode`);
  const outcome: MoverOutcome = {
    ok: true,
    result: {
      ...{
        snapshotId: 's',
        metadataSnapshotId: 'm',
        files: 1,
        sizeBytes: 2,
        hashedBytes: 2,
        transferredBytes: 3,
        treeSha256: 'h',
      },
      ...{ excluded: [], excludedTotal: 0, different: many, differentTotal: 70_000 },
    },
  };
  const text = terminationMessage(outcome);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  const read = parseOutcome(text);
  expect(read?.ok === true && read.result.differentTotal).toBe(70_000);
  expect(read?.ok === true && read.result.different.length).toBeGreaterThan(0);
  expect(parseOutcome('Killed')).toBeUndefined();
});
