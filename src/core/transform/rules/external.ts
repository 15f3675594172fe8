import { isBuiltInGroup } from '../../graph/groups.ts';
import { externalOf, settingName, settingOperations, type External } from '../../external/identify.ts';
import type { TransformNote } from '../rule.ts';
import { change, type Rule, type RuleObject, type TransformContext } from '../rule.ts';
import { describeRef } from '../../resource.ts';

const id = 'external';

/**
 * An object that stands for something outside is managed by both clusters from the moment it is made, and its deletion on
 * either side deletes the thing for both. It is made so that its controller on the target does nothing, or at least so that
 * a deletion leaves the outside alone, and stays so until a person hands the thing over at the cutover.
 */
export const external: Rule = {
  id,
  describe:
    'Pauses objects that represent external resources (Crossplane, ACK, Config Connector and others), or sets an orphan policy, until the cutover.',
  // Objects of Kubernetes itself stand for something outside only where an annotation says so.
  appliesTo: (head) => !isBuiltInGroup(head.ref.group) || Object.keys(head.annotations).length > 0,
  apply: (object, context) => {
    const found = externalIn(object, context);
    if (found === undefined) return { changes: [], notes: [], additional: [] };
    const { family } = found;
    const changes = change(id, heldReason(found), settingOperations(object.view, family.hold));
    const note = family.inert === 'none' ? shared(object, found) : held(found, changes.length > 0);
    return { changes, notes: [note], additional: [] };
  },
};

function externalIn({ head, view }: RuleObject, context: TransformContext): External | undefined {
  const found = externalOf(head.ref, view);
  // Where platforms are translated, translation.dns says whether records are held.
  return found?.family.id === 'external-dns' && context.translation !== undefined ? undefined : found;
}

function heldReason({ family }: External): string {
  const how = family.inert === 'paused' ? 'paused' : 'so that deleting it keeps the external resource';
  return `it represents an external resource that the source manages through ${family.name}: created ${how} until the cutover`;
}

function held({ family, sign }: External, isChanged: boolean): TransformNote {
  const names = family.hold.map(settingName).join(', ');
  const how = family.inert === 'paused' ? 'it is created paused' : 'deleting it keeps the external resource';
  const already = isChanged ? '' : ', as on the source';
  return {
    ...{ rule: id, path: family.hold[0]?.path ?? '', code: 'EXTERNAL_HELD' },
    severity: isChanged ? 'warning' : 'info',
    message: `both clusters would manage the same external resource through ${family.name} (${sign}): ${how} on the target${already} (${names}), and stays that way after the run`,
    remedy: `at the cutover pause it on the source first, then revert ${names} on the target, and do not delete it on the source while a deletion there would delete the external resource`,
  };
}

function shared({ head }: RuleObject, { family, sign, certainty }: External): TransformNote {
  const subject = describeRef(head.ref);
  return {
    ...{ rule: id, path: '', code: 'EXTERNAL_SHARED' },
    severity: certainty === 'known' ? 'blocker' : 'warning',
    message: `${subject} represents an external resource that both clusters would manage through ${family.name} (${sign}), and Landfall knows no way to pause it on the target`,
    remedy:
      'exclude it and create it on the target at the cutover, pause it with a transform, or accept it with a waiver in the Migration',
  };
}
