import { z } from 'zod';
import { Name } from '../scalars.ts';

const Copy = z.strictObject({
  location: Name.describe('Name of the Location the recovery point is copied to'),
  group: Name.exactOptional().describe(
    'What it shares with others, such as an account, a region or a provider: copies of one group count once'
  ),
});

/** Where else the recovery point has to be. */
export const Copies = z.strictObject({
  to: z.array(Copy).min(1).max(16).describe('Locations that the recovery point is copied to'),
  quorum: z
    .int()
    .min(1)
    .exactOptional()
    .describe('How many copies must be verified by reading back, else the backup is partial; default: all of them'),
});
