import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { down } from '../../../lab/index.ts';
import { bundleWorkflows } from '../../../worker/bundle.ts';
import { bundleVariable } from './faults.ts';
import { bringUpLab, labName } from './lab.ts';

/** Once for all end-to-end files: the lab comes up before the first. */
export async function setup(): Promise<void> {
  const { stateDirectory } = await bringUpLab((line) => process.stderr.write(`${line}\n`));
  const bundleFile = join(stateDirectory, 'workflows.js');
  writeFileSync(bundleFile, (await bundleWorkflows()).code);
  process.env[bundleVariable] = bundleFile;
}

/** The lab goes with the last file; LANDFALL_KEEP_LAB=1 keeps it for the next run. */
export async function teardown(): Promise<void> {
  if (process.env['LANDFALL_KEEP_LAB'] !== '1') await down({ name: labName });
}
