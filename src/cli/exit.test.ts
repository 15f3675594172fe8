import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { endWithReaders } from './exit.ts';

it.each([0, 1])('a command ends once nobody takes its output any more, without a stack (stream %i)', (index) => {
  const streams = [new PassThrough(), new PassThrough()];
  let ended = 0;
  endWithReaders(streams, () => (ended += 1));
  // Without anybody who listens, this throws.
  streams[index]?.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(ended).toBe(1);
});
