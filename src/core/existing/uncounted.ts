import { catalogue } from '../error-catalogue.ts';
import { groupResource } from '../resource.ts';
import type { ApiResource } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { named } from './findings.ts';

/** A list of a namespace of the target that was refused or failed. */
export interface UncountedList {
  readonly resource: Pick<ApiResource, 'group' | 'plural'>;
  readonly namespace: string;
  readonly why: string;
}

/**
 * What could not be listed is not nothing: it is in no count, and whether it stands in the way is not known. One finding for
 * a namespace.
 */
export function uncountedFindings(target: string, lists: readonly UncountedList[]): readonly Finding[] {
  const byNamespace = [...Map.groupBy(lists, ({ namespace }) => namespace)].sort(([one], [other]) =>
    one < other ? -1 : 1
  );
  return byNamespace.map(([namespace, unread]): Finding => {
    const kinds = [...new Set(unread.map(({ resource }) => groupResource(resource)))].sort();
    const [{ why }] = unread as [UncountedList, ...UncountedList[]];
    return {
      code: 'TARGET_UNCOUNTED',
      severity: 'warning',
      subject: `${target}: Namespace ${namespace}`,
      message: `its objects of ${named(kinds)} could not be listed and are not counted: ${why}`,
      remedy: catalogue.TARGET_UNCOUNTED.fix,
      side: 'target',
    };
  });
}
