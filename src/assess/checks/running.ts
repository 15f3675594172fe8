import { describeRef } from '../../core/resource.ts';
import { finalizerFate, isReadded, isServedFinalizer } from '../../core/transform/finalizers.ts';
import { scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import { groupsOperatedInScope } from '../operators.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { BudgetObject } from '../../core/kube-objects.ts';
import { subjectOf, workloadsOf } from '../workloads.ts';
import type { Workload } from '../workloads.ts';

/** What runs, and what would hold a drain or a deletion. */
export const runningChecks: readonly Check[] = [
  {
    id: 'workloads/health',
    group: 'workloads',
    describe: 'workloads that are not ready on the source',
    codes: ['WORKLOAD_UNHEALTHY'],
    needs: [],
    run: (facts) => workloadsOf(facts).flatMap(health),
  },
  {
    id: 'workloads/jobs',
    group: 'workloads',
    describe: 'running Jobs, CronJobs that would run on both sides, pods without a controller',
    codes: ['JOB_RUNNING', 'CRONJOB_ACTIVE', 'POD_BARE'],
    needs: [],
    run: (facts) => workloadsOf(facts).flatMap(jobs),
  },
  {
    id: 'workloads/budgets',
    group: 'workloads',
    describe: 'PodDisruptionBudgets that allow no disruption',
    codes: ['BUDGET_BLOCKS'],
    needs: [],
    run: budgets,
  },
  {
    id: 'workloads/deletion',
    group: 'workloads',
    describe: 'finalizers of controllers the target does not have, objects being deleted',
    codes: ['FINALIZER_FOREIGN', 'OBJECT_TERMINATING'],
    needs: [],
    run: deletion,
  },
];

function health(workload: Workload): RawFinding[] {
  const { kind, object } = workload;
  const { status = {}, spec } = object;
  const wanted = kind === 'DaemonSet' ? (status.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
  const ready = kind === 'DaemonSet' ? (status.numberReady ?? 0) : (status.readyReplicas ?? 0);
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind) || ready >= wanted) return [];
  const why = (status.conditions ?? []).find((one) => one.status === 'False')?.message;
  const message = `${ready} of ${wanted} pods are ready${why === undefined ? '' : `: ${why}`}`;
  return [say('WORKLOAD_UNHEALTHY', workload, { message, evidence: 'status on the source' })];
}

function jobs(workload: Workload): RawFinding[] {
  const { kind, object, replicas } = workload;
  if (kind === 'Job' && replicas > 0 && Number(object.status?.active ?? 0) > 0)
    return [
      say('JOB_RUNNING', workload, {
        message: `${Number(object.status?.active)} of its pods are running`,
        evidence: 'status.active',
      }),
    ];
  if (kind === 'CronJob' && object.spec?.suspend !== true)
    return [
      say('CRONJOB_ACTIVE', workload, {
        message: `its schedule is ${object.spec?.schedule ?? ''}`,
        evidence: 'spec.suspend is not set',
      }),
    ];
  if (kind === 'Pod' && (object.metadata.ownerReferences ?? []).length === 0)
    return [say('POD_BARE', workload, { message: 'it has no owner', evidence: 'metadata.ownerReferences' })];
  return [];
}

function budgets(facts: AssessFacts): RawFinding[] {
  return scopeObjects<BudgetObject>(facts, 'PodDisruptionBudget').flatMap(({ ref, object }): RawFinding[] => {
    const { disruptionsAllowed = 0, expectedPods = 0, observedGeneration } = object.status ?? {};
    if (observedGeneration === undefined || expectedPods === 0 || disruptionsAllowed > 0) return [];
    const message = `none of its ${expectedPods} pods may be disrupted now`;
    const subject = `PodDisruptionBudget ${ref.namespace}/${ref.name}`;
    const evidence = 'status.disruptionsAllowed on the source';
    return [{ code: 'BUDGET_BLOCKS', subject, namespace: ref.namespace, side: 'source', message, evidence }];
  });
}

function deletion(facts: AssessFacts): RawFinding[] {
  const { scope, target } = facts;
  // An operator that moves along serves its finalizers on the target as well.
  const served = new Set([...target.resources.map(({ group }) => group), ...groupsOperatedInScope(facts)]);
  const leaving = scope.leaving.map((ref): RawFinding => {
    const { namespace } = ref;
    const message = 'its deletion has started but not finished';
    const evidence = 'metadata.deletionTimestamp on the source';
    return { code: 'OBJECT_TERMINATING', subject: describeRef(ref), namespace, side: 'source', message, evidence };
  });
  const isServed = (name: string): boolean => isServedFinalizer(name, served);
  const held = scope.objects.flatMap(({ ref, object, desired, excluded }): RawFinding[] => {
    const common = { subject: describeRef(ref), namespace: ref.namespace, side: 'source' } as const;
    const kept = desired.metadata.finalizers ?? [];
    const foreign = (object.metadata.finalizers ?? []).filter(
      (name) => !kept.includes(name) && finalizerFate(name, isServed) === 'dropped' && !isReadded(name)
    );
    if (excluded || foreign.length === 0) return [];
    const evidence = `metadata.finalizers; ${target.name} serves no API of that group`;
    return [{ ...common, code: 'FINALIZER_FOREIGN', message: foreign.join(', '), evidence }];
  });
  return [...leaving, ...held];
}

function say(
  code: RawFinding['code'],
  workload: Workload,
  { message, evidence }: { readonly message: string; readonly evidence: string }
): RawFinding {
  const { namespace } = workload;
  return { code, subject: subjectOf(workload), namespace, side: 'source', message, evidence };
}
