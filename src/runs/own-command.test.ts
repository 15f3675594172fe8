import { expect, it } from 'vitest';
import { ownCommand } from './own-command.ts';

it.each([
  ['on PATH', {}, {}, 'landfall report a-1'],
  ['as an npm script', {}, { LANDFALL_COMMAND: 'npm run landfall --' }, 'npm run landfall -- report a-1'],
  [
    'with a state directory of its own',
    {},
    { LANDFALL_COMMAND: 'node bin/landfall.mjs', LANDFALL_STATE_DIR: "/srv/it's here" },
    String.raw`LANDFALL_STATE_DIR='/srv/it'\''s here' node bin/landfall.mjs report a-1`,
  ],
  [
    'against a Temporal cluster that flags name',
    { address: 'temporal.example.com:7233', namespace: 'migrations' },
    {},
    'landfall report a-1 --address temporal.example.com:7233 --namespace migrations',
  ],
])('gives a command that can be pasted: %s', (_, flags, env, expected) => {
  expect(ownCommand('report a-1', flags, env)).toBe(expected);
});
