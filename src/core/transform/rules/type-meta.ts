import type { PatchOperation } from '../../spec/spec.ts';
import { apiVersionOf } from '../../resource.ts';
import { change, exclude, type Rule } from '../rule.ts';

const id = 'type-meta';

/** Items of a list lack kind and apiVersion for built-in kinds (fact 23); what is sent and stored needs both. */
export const typeMeta: Rule = {
  id,
  describe: 'Adds apiVersion and kind, which list responses omit.',
  appliesTo: () => true,
  apply: ({ view, resource }) => {
    const patch: PatchOperation[] = [];
    if (!view.has('/kind')) patch.push({ op: 'add', path: '/kind', value: resource.kind });
    if (!view.has('/apiVersion')) patch.push({ op: 'add', path: '/apiVersion', value: apiVersionOf(resource) });
    return change(id, 'list responses omit it', patch);
  },
};

/** The version is never changed: another version of a kind has other fields, and only the server converts. */
export const served: Rule = {
  id: 'served',
  describe: 'Excludes kinds and versions that the target does not serve.',
  appliesTo: () => true,
  apply: ({ head, resource }, { targetResources }) => {
    if (targetResources.length === 0) return [];
    const sameKind = targetResources.filter(({ group, kind }) => group === resource.group && kind === resource.kind);
    if (sameKind.some((target) => apiVersionOf(target) === head.apiVersion)) return [];
    const versions = sameKind.map((target) => target.version).join(', ');
    const reason = versions === '' ? 'the target does not serve the kind' : `the target serves it only as ${versions}`;
    return exclude('served', `${reason}; it was captured as ${head.apiVersion}`);
  },
};
