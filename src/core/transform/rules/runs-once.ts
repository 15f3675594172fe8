import { selectionErrors } from '../../error-catalogue-selection.ts';
import { isBuiltInGroup } from '../../graph/groups.ts';
import { runStateOf, type RunState } from '../../select/ended.ts';
import { exclude, type Rule, type TransformNote } from '../rule.ts';

const id = 'runs-once';
const messages: Readonly<Record<Exclude<RunState['state'], 'ended'>, string>> = {
  runs: 'it has not finished, so its controller on the target runs it from the beginning',
  'may-have': 'its status looks finished; a controller that sees it without its status may run it again',
};

/**
 * A controller knows by the status alone that it has carried an object out, and a create keeps a status only where it is
 * no subresource. What has ended is excluded when it is captured, unless its status can travel.
 */
export const runsOnce: Rule = {
  id,
  describe: 'Reports objects that would run again on the target, and excludes those that have finished.',
  appliesTo: (head) => !isBuiltInGroup(head.ref.group),
  apply: ({ head, resource, view }, { targetResources }) => {
    const found = runStateOf(head.ref, view.text());
    if (found === undefined) return [];
    const keepsStatus = !resource.subresources.includes('status');
    const there = targetResources.find(
      ({ group, kind, version }) => group === resource.group && kind === resource.kind && version === resource.version
    );
    if (found.state === 'ended') {
      return keepsStatus && there?.subresources.includes('status') === true
        ? exclude(id, `this ${head.ref.kind} has finished, and its status would not be kept on the target`)
        : [];
    }
    if (found.state === 'may-have' && keepsStatus) return [];
    const note: TransformNote = {
      ...{ rule: id, path: '/status', message: messages[found.state], code: 'RUN_STARTS_AGAIN' },
      remedy: selectionErrors.RUN_STARTS_AGAIN.fix,
    };
    return { changes: [], notes: [note], additional: [] };
  },
};
