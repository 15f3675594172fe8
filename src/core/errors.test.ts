import { expect, test } from 'vitest';
import { boundedDetail, errorDetail } from './errors.ts';

test('an error that travels keeps the beginning and the end of what it says', () => {
  const path = `/scratch/volume/${'d/'.repeat(100_000)}file`;
  const cause = new Error(`lstat ${path}`);
  const detail = errorDetail('VOLUME_MOVER_FAILED', { what: `first ${path} last`, why: path, ref: path, cause });
  const cut = boundedDetail(detail);
  expect(cut.what).toMatch(/^first \/scratch.* \[\.\.\. \d+ characters \.\.\.\] .*file last$/);
  expect(cut.cause?.[0]).toMatch(/^lstat .*file$/);
  expect(JSON.stringify(cut).length).toBeLessThan(20_000);
  expect(cut).toMatchObject({ code: detail.code, retry: detail.retry, fix: detail.fix });
});

test('an error of ordinary length stays as it is', () => {
  const detail = errorDetail('VOLUME_FULL', { what: 'a', why: 'b', ref: 'c', side: 'target', retryAfterMs: 5 });
  expect(boundedDetail(detail)).toEqual(detail);
});
