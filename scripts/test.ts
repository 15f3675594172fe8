import { readOptions, refuse } from './options.ts';
import { checkStages, prepareLab, printResults, quickBench, runStages, tortureStage, vitestStage } from './stages.ts';
import type { Stage, StageResult } from './stages.ts';

/**
 * `npm test`: the whole pyramid against real servers. Levels run one after the other, since the servers of the next one
 * want both cores; each level stops nothing of the following ones, so one run reports everything that is broken.
 * `--level NAME` runs one level only.
 */
const all = ['check', 'replay', 'contract', 'mover', 'integration', 'torture', 'e2e', 'durability', 'bench'];
const usage = `usage: npm test -- [--level NAME]...
  --level NAME   one level: ${all.join(', ')}; may be given again`;
const { level: levels = all } = readOptions(usage, { level: { type: 'string', multiple: true } });
const unknown = levels.filter((level) => !all.includes(level));
if (unknown.length > 0) refuse(`no level named ${unknown.join(', ')}\n${usage}`);
const own: Readonly<Record<string, Stage>> = { bench: quickBench, torture: tortureStage };
const serverless = new Set(['check', 'replay']);
const started = performance.now();
const results: StageResult[] = levels.includes('check') ? await runStages(checkStages) : [];
if (levels.some((level) => !serverless.has(level))) results.push(...(await runStages([prepareLab], 1)));
for (const project of levels.filter((level) => level !== 'check')) {
  results.push(...(await runStages([own[project] ?? vitestStage(project)], 1)));
}
printResults(results, started);
