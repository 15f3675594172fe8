import { readOptions } from './options.ts';
import { prepareLab, printResults, runStages, vitestStage } from './stages.ts';

const usage = 'usage: npm run durability';

/**
 * `npm run durability`: every place of the level, where `npm test` takes those of `test/e2e/durability/place-test.ts`.
 * Half an hour on two processors.
 */
readOptions(usage, {});
const started = performance.now();
const stages = [prepareLab, vitestStage('durability', { LANDFALL_DURABILITY: 'whole' })];
printResults(await runStages(stages, 1), started);
