import { TransportError } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { reasonOf } from './reason.ts';

it.each<[string, unknown, string | undefined, RegExp]>([
  [
    'no server',
    new TransportError('refused'),
    '10.0.0.1:7233',
    /^no Temporal server answers at 10\.0\.0\.1:7233; .*refused/,
  ],
  ['no server of a profile', new TransportError('refused'), undefined, /^no Temporal server answers at the configured/],
  ['another failure', new TypeError('no such namespace'), 'h:1', /^no such namespace$/],
  ['no error at all', 'gone', 'h:1', /^gone$/],
])('a worker ends in words, without a stack: %s', (_what, error, address, expected) => {
  expect(reasonOf(error, address)).toMatch(expected);
  expect(reasonOf(error, address)).not.toContain('\n');
});
