import { createSweepFence, type SweepFence } from '../archive/sweep-fence.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import { openLocation } from '../locations/open-location.ts';
import type { Location } from '../ports/location.ts';

export interface SweepPlace {
  readonly location: Location;
  readonly fence: SweepFence;
}

/** Opens a Location whose deletes ask the fence of a sweep right before each request, repeated ones included. */
export async function withSweepLocation(spec: LocationSpec, body: (place: SweepPlace) => Promise<void>): Promise<void> {
  const fence = createSweepFence();
  const content = /^(?:objects|points|runs)\//;
  const location = await openLocation(spec, {
    seams: {
      async before({ name, subject }) {
        if (name === 'location.delete' && content.test(subject)) fence.check();
        return Promise.resolve();
      },
      after: () => Promise.resolve(),
    },
    onRetry: ({ operation }) => {
      if (operation === 'delete') fence.doubt();
    },
  });
  try {
    await body({ location, fence });
  } finally {
    await location.close();
  }
}
