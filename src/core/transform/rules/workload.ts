import { selectionErrors } from '../../error-catalogue-selection.ts';
import { asText, isJsonObject } from '../../json/value.ts';
import { isAutoAccountSecretName } from '../../select/derived.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import { change, kindKey, removals, type Change, type Rule, type RuleObject } from '../rule.ts';

const uidLabels = ['controller-uid', 'batch.kubernetes.io~1controller-uid'];

/** The Job controller's uid labels, and the selector made of them, are refused with 422 (fact 17). */
export const job: Rule = {
  id: 'job',
  describe: 'Removes the generated selector and controller-uid labels of a Job; a manual selector stays.',
  appliesTo: (head) => kindKey(head.ref) === 'batch/Job',
  apply: ({ view }) => {
    if (view.read('/spec/manualSelector') === true) return [];
    const labels = uidLabels.flatMap((name) => [`/metadata/labels/${name}`, `/spec/template/metadata/labels/${name}`]);
    return change('job', 'the Job gets a new UID', removals(view, ['/spec/selector', ...labels]));
  },
};

/**
 * A pod without controller: an unknown node deletes it within a minute (fact 5), a foreign priority is refused with
 * 403 and debug containers with 422 (fact 17); preemption policy and overhead come from its classes the same way.
 */
const admitted = ['/spec/priority', '/spec/preemptionPolicy', '/spec/overhead'];
const debugContainers = '/spec/ephemeralContainers';

export const pod: Rule = {
  id: 'pod',
  describe: 'Removes the node assignment of a bare pod and what admission added to it.',
  appliesTo: (head) => kindKey(head.ref) === '/Pod',
  apply: (object) => ({
    changes: [
      ...change('pod', 'the scheduler of the source chose the node', removals(object.view, ['/spec/nodeName'])),
      ...change('pod', 'admission on the source set it from its classes', removals(object.view, admitted)),
      ...change(
        'pod',
        'ephemeral containers can only be added to a running pod',
        removals(object.view, [debugContainers])
      ),
      ...tokenVolumes(object),
    ],
    notes: object.view.has(debugContainers)
      ? [{ rule: 'pod', path: debugContainers, message: 'its ephemeral containers (kubectl debug) are not moved' }]
      : [],
    additional: [],
  }),
};

/** A workload that is paused from its first moment on starts nothing: its controller makes no first ReplicaSet. */
const pausable: ReadonlySet<string> = new Set(['apps/Deployment', 'argoproj.io/Rollout']);

export const paused: Rule = {
  id: 'paused',
  describe: 'Reports paused workloads: their pods run on the source, but do not start on the target.',
  appliesTo: (head) => pausable.has(kindKey(head.ref)),
  apply: ({ view }) => {
    const isPaused = view.read('/spec/paused') === true && view.read('/spec/replicas') !== 0;
    if (!isPaused) return [];
    const message = 'it is paused, so the target starts none of its pods until somebody resumes it';
    const { fix: remedy } = selectionErrors.WORKLOAD_PAUSED;
    return {
      changes: [],
      notes: [{ rule: 'paused', path: '/spec/paused', message, code: 'WORKLOAD_PAUSED', remedy }],
      additional: [],
    };
  },
};

function tokenVolumes({ view }: RuleObject): readonly Change[] {
  const account = asText(view.read('/spec/serviceAccountName'), 'default');
  const names = new Set<string>();
  const patch: PatchOperation[] = [];
  const dropFrom = (list: string, drop: (item: { readonly [key: string]: unknown }) => boolean): void => {
    for (const index of [...view.children(list)].reverse()) {
      const item = view.read(`${list}/${index}`);
      if (isJsonObject(item) && drop(item)) patch.push({ op: 'remove', path: `${list}/${index}` });
    }
  };
  dropFrom('/spec/volumes', (volume) => {
    const name = asText(volume['name']);
    const drop =
      isProjectedToken(name, volume) || (volume['secret'] !== undefined && isAutoAccountSecretName(name, account));
    if (drop) names.add(name);
    return drop;
  });
  for (const list of ['/spec/containers', '/spec/initContainers']) {
    for (const index of view.children(list)) {
      dropFrom(`${list}/${index}/volumeMounts`, (mount) => names.has(asText(mount['name'])));
    }
  }
  return change('pod', 'the token volume of the source; admission adds the target’s', patch);
}

function isProjectedToken(name: string, volume: { readonly [key: string]: unknown }): boolean {
  return volume['projected'] !== undefined && /^kube-api-access-[a-z0-9]{5}$/.test(name);
}
