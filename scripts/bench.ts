import { bench } from '../test/bench/main.ts';

/** `npm run bench`: see `test/bench/main.ts`. */
process.exitCode = await bench(process.argv.slice(2));
