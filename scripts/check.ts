import { checkStages, printResults, runStages } from './stages.ts';

/** `npm run check`: format, types, lint, dead code, unit tests; under a minute, no server needed. */
const started = performance.now();
printResults(await runStages(checkStages), started);
