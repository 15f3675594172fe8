import type { ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import type { Installed } from './installed.ts';
import type { LabelledNamespace } from './selects.ts';

/** What of the source moves, as the edge is judged by. */
export interface EdgeScope {
  readonly namespaces: readonly LabelledNamespace[];
  /** ClusterRoles that bindings in scope grant. */
  readonly boundRoles?: ReadonlySet<string>;
  /** Groups of custom objects in scope. */
  readonly groups?: ReadonlySet<string>;
  /** What workloads in scope say of what was installed with them. */
  readonly installed?: Installed;
}

/** An object out of scope that refers into it. */
export interface Referrer {
  readonly object: SelectedObject;
  readonly finding: Finding;
  /** The account it is about: on the target the same binding counts only where it names that account too. */
  readonly account?: ObjectRef;
}
