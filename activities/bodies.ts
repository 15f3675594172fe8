import type { Role } from '../src/core/run/roles.ts';
import type { Location } from '../src/ports/location.ts';
import type { activityRows } from '../src/saga/activity-rows.ts';
import type { Activities } from './index.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

export type ActivityName = keyof typeof activityRows & keyof Activities;

type Request<K extends ActivityName> = Parameters<Activities[K]>[0];
type Answer<K extends ActivityName> = ReturnType<Activities[K]>;
type OpensOf<K extends ActivityName> = (typeof activityRows)[K]['opens'];
type RolesOf<K extends ActivityName> = (typeof activityRows)[K]['roles'][number];
type OptionalOf<K extends ActivityName> = (typeof activityRows)[K] extends { readonly optional: readonly (infer R)[] }
  ? R & Role
  : never;

/** What a body gets follows from its row. */
type Body<K extends ActivityName> =
  OpensOf<K> extends 'nothing'
    ? (request: Request<K>) => Answer<K>
    : (
        opened: OpensOf<K> extends 'location' ? Location : Session<RolesOf<K>, OptionalOf<K>>,
        progress: Progress,
        request: Request<K>
      ) => Answer<K>;

/** What each activity does. How it is opened, retried and reported is in its row. */
export type Bodies = { readonly [K in keyof Activities]: Body<K> };
