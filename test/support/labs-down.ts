import { down } from '../../lab/index.ts';

/** Labs that the contract and integration levels bring up when a test asks for one. */
const names = ['test', 'mover'];

/** Ends the labs of a level with its last file; LANDFALL_KEEP_LAB=1 keeps them for the next run. */
export async function teardown(): Promise<void> {
  if (process.env['LANDFALL_KEEP_LAB'] === '1') return;
  for (const name of names) await down({ name });
}
