import { listOf } from '../facts.ts';
import type { AssessFacts } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { NodeObject } from '../../core/kube-objects.ts';
import { isReady } from '../../core/nodes/placement.ts';

/** Nodes that would take a pod now: ready and not cordoned. */
export function usableNodes(facts: AssessFacts): readonly NodeObject[] {
  return listOf<NodeObject>(facts.target, 'nodes').filter((node) => isReady(node) && node.spec?.unschedulable !== true);
}

/** Groups of controllers that make nodes for pods without one: Karpenter, EKS Auto Mode, GKE, OpenShift. */
const nodeMakers =
  /^(karpenter\.(sh|k8s\.aws|azure\.com)|eks\.amazonaws\.com|autoscaling\.openshift\.io|autoscaling\.x-k8s\.io)$/;
/** Labels of nodes that such a controller, or a platform without nodes of one's own, has made. */
const madeLabels = ['karpenter.sh/nodepool', 'eks.amazonaws.com/compute-type', 'cloud.google.com/gke-provisioning'];

/** Whether there is a sign that something adds nodes to the target when pods find no room. */
function addsNodes({ target }: AssessFacts): boolean {
  if (target.autoscalerReports === true || target.resources.some(({ group }) => nodeMakers.test(group))) return true;
  return listOf<NodeObject>(target, 'nodes').some(({ metadata }) =>
    madeLabels.some((label) => metadata.labels?.[label] !== undefined)
  );
}

/** A finding that the nodes of this moment give: where nodes are added, it is no reason to refuse a run. */
export function ofNodesNow(facts: AssessFacts, finding: RawFinding): RawFinding {
  if (!addsNodes(facts)) return finding;
  const message = `${finding.message}; an autoscaler of ${facts.target.name} would have to add nodes`;
  return { ...finding, severity: 'warning', message };
}
