import { bytesOf, cpuMilli } from '../../core/nodes/amounts.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { ClaimObject, Container, LimitRangeObject, PodSpec, Quantities } from '../../core/kube-objects.ts';
import { containersOf, subjectOf, workloadsOf } from '../workloads.ts';
import type { Workload } from '../workloads.ts';

type Limit = NonNullable<NonNullable<LimitRangeObject['spec']>['limits']>[number];
type Bounds = Pick<Limit, 'min' | 'max' | 'maxLimitRequestRatio'>;

/** What a container or pod asks for, and at most gets, after every default. */
interface Asked {
  readonly what: string;
  readonly requests: Quantities;
  readonly limits: Quantities;
}

/**
 * What LimitRanges of the target refuse of pods, containers and claims that are not there yet, as the admission plugin
 * LimitRanger does it: defaults of all ranges of the namespace first, then least, most and the ratio of both.
 */
export function limitRanges(facts: AssessFacts): RawFinding[] {
  const ranges = Map.groupBy(
    listOf<LimitRangeObject>(facts.target, 'limitranges'),
    ({ metadata }) => metadata.namespace ?? ''
  );
  return [...ranges].flatMap(([namespace, all]) => {
    const defaults = all.flatMap(({ spec }) => (spec?.limits ?? []).filter(({ type }) => type === 'Container'));
    const workloads = workloadsOf(facts).filter(({ targetNamespace }) => targetNamespace === namespace);
    return all.flatMap((range): RawFinding[] => {
      const where = `LimitRange ${namespace}/${range.metadata.name} on ${facts.target.name}`;
      return (range.spec?.limits ?? []).flatMap((limit): RawFinding[] => {
        if (limit.type === 'PersistentVolumeClaim') return claimsRefused(facts, { namespace, limit, where });
        return workloads.flatMap((workload): RawFinding[] => {
          const asked = askedOf(workload.pod, limit.type, defaults);
          const reasons = [...new Set(asked.flatMap((one) => outside(one, limit)))];
          if (reasons.length === 0) return [];
          return [refusal(subjectOf(workload), workload.namespace, { message: reasons.join('; '), evidence: where })];
        });
      });
    });
  });
}

function askedOf(pod: PodSpec, type: string, defaults: readonly Limit[]): readonly Asked[] {
  if (type === 'Container') {
    return containersOf(pod).map((container) => ({
      what: `container ${container.name}`,
      ...withDefaults(container, defaults),
    }));
  }
  return type === 'Pod' ? [podOf(pod, defaults)] : [];
}

/** A limit without a request is the request (core/v1 defaults), which comes before any default of a range. */
function withDefaults({ resources }: Container, defaults: readonly Limit[]): Omit<Asked, 'what'> {
  const own = { requests: { ...resources?.limits, ...resources?.requests }, limits: { ...resources?.limits } };
  return defaults.reduce(
    ({ requests, limits }, limit) => ({
      requests: { ...limit.defaultRequest, ...requests },
      limits: { ...limit.default, ...limits },
    }),
    own as Omit<Asked, 'what'>
  );
}

/** Containers together, or the largest of those that run before them (plugin/pkg/admission/limitranger, `podRequests`). */
function podOf({ containers = [], initContainers = [] }: PodSpec, defaults: readonly Limit[]): Asked {
  const before = initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running = [...containers, ...beside].map((one) => withDefaults(one, defaults));
  const starting = before.map((one) => withDefaults(one, defaults));
  const sum = (of: 'requests' | 'limits'): Quantities => {
    const totals: Record<string, string> = {};
    for (const name of new Set([...running, ...starting].flatMap((one) => Object.keys(one[of])))) {
      const total = running.reduce((whole, one) => whole + valueOf(name, one[of][name]), 0);
      const most = Math.max(total, ...starting.map((one) => valueOf(name, one[of][name])));
      totals[name] = name === 'cpu' ? `${most}m` : String(most);
    }
    return totals;
  };
  return { what: 'the pod', requests: sum('requests'), limits: sum('limits') };
}

function outside({ what, requests, limits }: Asked, bounds: Bounds): readonly string[] {
  const { min = {}, max = {}, maxLimitRequestRatio = {} } = bounds;
  const tooMuch = Object.entries(max).flatMap(([name, most]) => {
    const asked = limits[name];
    if (asked === undefined) return [`${what} has no ${name} limit, at most ${most} is allowed`];
    const over = [asked, requests[name]].find((one) => valueOf(name, one) > valueOf(name, most));
    return over === undefined ? [] : [`${what}: ${name} ${over} > ${most}`];
  });
  const tooLittle = Object.entries(min).flatMap(([name, least]) => {
    const asked = requests[name];
    if (asked === undefined) return [`${what} has no ${name} request, at least ${least} is asked for`];
    const under = [asked, limits[name] ?? asked].find((one) => valueOf(name, one) < valueOf(name, least));
    return under === undefined ? [] : [`${what}: ${name} ${under} < ${least}`];
  });
  const tooUneven = Object.entries(maxLimitRequestRatio).flatMap(([name, ratio]) => {
    const [limit, request] = [valueOf(name, limits[name]), valueOf(name, requests[name])];
    if (limit === 0 || request === 0) return [`${what} has no ${name} limit and request, whose ratio may be ${ratio}`];
    const most = cpuMilli(ratio) / 1000;
    return limit / request > most
      ? [
          `${what}: the limit of ${name} is ${Math.round((limit / request) * 100) / 100} times the request, at most ${ratio}`,
        ]
      : [];
  });
  return [...tooMuch, ...tooLittle, ...tooUneven];
}

function valueOf(resource: string, text: string | undefined): number {
  return resource === 'cpu' ? cpuMilli(text) : bytesOf(text);
}

interface ClaimBounds {
  readonly namespace: string;
  readonly limit: Limit;
  readonly where: string;
}

function claimsRefused(facts: AssessFacts, { namespace, limit, where }: ClaimBounds): RawFinding[] {
  const claims = scopeObjects<ClaimObject>(facts, 'PersistentVolumeClaim')
    .filter(({ targetNamespace }) => targetNamespace === namespace)
    .map(({ ref, desired }) => ({
      subject: `PersistentVolumeClaim ${ref.namespace}/${ref.name}`,
      ref,
      asked: desired.spec.resources?.requests?.['storage'],
    }));
  const templates = workloadsOf(facts)
    .filter(({ targetNamespace }) => targetNamespace === namespace)
    .flatMap((workload) =>
      templatesOf(workload).map((asked) => ({ subject: subjectOf(workload), ref: workload, asked }))
    );
  return [...claims, ...templates].flatMap(({ subject, ref, asked = '0' }): RawFinding[] => {
    const [most, least] = [limit.max?.['storage'], limit.min?.['storage']];
    const reason =
      most !== undefined && bytesOf(asked) > bytesOf(most)
        ? `storage ${asked} > ${most}`
        : least !== undefined && bytesOf(asked) < bytesOf(least)
          ? `storage ${asked} < ${least}`
          : '';
    return reason === '' ? [] : [refusal(subject, ref.namespace, { message: reason, evidence: where })];
  });
}

/** Claims that a StatefulSet makes later are refused then. */
function templatesOf({ object }: Workload): readonly (string | undefined)[] {
  return (object.spec?.volumeClaimTemplates ?? []).map(({ spec }) => spec?.resources?.requests?.['storage']);
}

function refusal(
  subject: string,
  namespace: string,
  { message, evidence }: { readonly message: string; readonly evidence: string }
): RawFinding {
  return {
    code: 'LIMIT_RANGE_REFUSES',
    subject,
    namespace,
    side: 'target',
    message: `${message} (${evidence})`,
    evidence,
  };
}
