import { isBuiltInGroup } from '../../graph/groups.ts';
import { change, removals, type Rule } from '../rule.ts';

const id = 'server-fields';

/** Fields of metadata that the server owns (meta/v1 ObjectMeta; selfLink until 1.20). Create with a
 * resourceVersion is a 500 (fact 11); deletionTimestamp is dropped without a word (fact 6). */
const metadata = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
].map((name) => `/metadata/${name}`);

/**
 * Status goes where the server would drop it anyway: kinds with a status subresource, and all built-in ones. A custom
 * kind without that subresource keeps its state in `status` as in any other field, so there it stays.
 */
export const serverFields: Rule = {
  id,
  describe: 'Removes fields that the API server writes: identity, versions, timestamps, managed fields and status.',
  appliesTo: () => true,
  apply: ({ view, resource }) => {
    const hasStatus = resource.subresources.includes('status') || isBuiltInGroup(resource.group);
    const pointers = hasStatus ? [...metadata, '/status'] : metadata;
    return change(id, 'written by the API server of the source', removals(view, pointers));
  },
};
