import { createControllers } from '../core/edge/controllers.ts';
import { podSpecPointer } from '../core/graph/pod-spec.ts';
import { listOf } from './facts.ts';
import type { AssessFacts, ClusterFacts } from './facts.ts';
import type { Kube } from '../core/kube-objects.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Groups of kinds that a workload in scope works on by its account: their operator moves along. */
export function groupsOperatedInScope({ scope }: AssessFacts): ReadonlySet<string> {
  const controllers = createControllers();
  for (const { ref, object, excluded } of scope.objects) {
    if (excluded || (ref.group !== rbac && podSpecPointer(ref) === undefined)) continue;
    controllers.add({ ref, labels: {} }, JSON.stringify(object));
  }
  return controllers.groups();
}

/** Groups of kinds that a pod of a cluster works on by its account. */
export function groupsOperatedIn(cluster: ClusterFacts): ReadonlySet<string> {
  const controllers = createControllers();
  const kinds = [
    ['ClusterRole', rbac, 'clusterroles'],
    ['ClusterRoleBinding', rbac, 'clusterrolebindings'],
    ['Role', rbac, 'roles'],
    ['RoleBinding', rbac, 'rolebindings'],
    ['Pod', '', 'pods'],
  ] as const;
  for (const [kind, group, list] of kinds) {
    for (const object of listOf<Kube>(cluster, list)) {
      const { name, namespace = '' } = object.metadata;
      controllers.add({ ref: { group, kind, namespace, name }, labels: {} }, JSON.stringify(object));
    }
  }
  return controllers.groups();
}
