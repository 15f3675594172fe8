import { describe, expect, it } from 'vitest';
import { LandfallError } from '../core/errors.ts';
import { onSide } from './with-side.ts';

describe('onSide', () => {
  it('adds the side and keeps everything else', () => {
    const cause = new Error('reset');
    const error = new LandfallError('CLUSTER_THROTTLED', { what: 'busy', ref: 'Pod a/b', retryAfterMs: 3_000, cause });
    const known = onSide(error, 'target') as LandfallError;
    expect(known.detail).toEqual({ ...error.detail, side: 'target' });
    expect(known.cause).toBe(cause);
    expect(known.stack).toBe(error.stack);
  });

  it('leaves a known side and foreign errors alone', () => {
    const error = new LandfallError('CLUSTER_UNREACHABLE', { what: 'gone', side: 'source' });
    expect(onSide(error, 'target')).toBe(error);
    const foreign = new Error('other');
    expect(onSide(foreign, 'target')).toBe(foreign);
  });
});
