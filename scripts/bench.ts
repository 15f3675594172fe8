import { bench, benchUsage } from '../test/bench/main.ts';
import { readOptions, refuse } from './options.ts';

const {
  scale,
  'no-docs': noDocs,
  ...values
} = readOptions(benchUsage, {
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  scale: { type: 'string', default: '1' },
  'no-docs': { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
});
if (!(Number(scale) > 0)) refuse(`--scale takes a number above 0, not "${scale}"\n${benchUsage}`);

/** `npm run bench`: see `test/bench/main.ts`. */
process.exitCode = await bench({ ...values, scale: Number(scale), noDocs });
