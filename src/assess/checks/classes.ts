import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check, ClusterFacts } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { ClassObject, GatewayObject, IngressObject } from '../../core/kube-objects.ts';

/** Classes of the ways in. */
export const classChecks: readonly Check[] = [
  {
    id: 'traffic/ingress-classes',
    group: 'traffic',
    describe: 'ingress classes and their controllers',
    codes: ['INGRESS_CLASS_MISSING', 'INGRESS_CONTROLLER_DIFFERENT'],
    needs: ['source/ingressclasses', 'target/ingressclasses'],
    isPlanned: true,
    run: ingressClasses,
  },
  {
    id: 'traffic/gateway-classes',
    group: 'traffic',
    describe: 'gateway classes',
    codes: ['GATEWAY_CLASS_MISSING'],
    needs: ['source/gatewayclasses', 'target/gatewayclasses'],
    isPlanned: true,
    run: gatewayClasses,
  },
];

const classAnnotation = 'kubernetes.io/ingress.class';
const defaultClassAnnotation = 'ingressclass.kubernetes.io/is-default-class';

/** The ingress classes of a cluster by name, and whether one is the default. */
function classesOf(cluster: ClusterFacts) {
  const byName = new Map(listOf<ClassObject>(cluster, 'ingressclasses').map((one) => [one.metadata.name, one]));
  const hasDefault = [...byName.values()].some(
    ({ metadata }) => metadata.annotations?.[defaultClassAnnotation] === 'true'
  );
  return { byName, hasDefault };
}

function ingressClasses(facts: AssessFacts): RawFinding[] {
  const [there, before] = [classesOf(facts.target), classesOf(facts.source)];
  const coming = new Set(scopeObjects(facts, 'IngressClass').map(({ ref }) => ref.name));
  const evidence = `ingress classes of ${facts.target.name}: ${[...there.byName.keys()].sort().join(', ') || 'none'}`;
  return scopeObjects<IngressObject>(facts, 'Ingress', 'networking.k8s.io').flatMap(
    ({ ref, desired: object }): RawFinding[] => {
      const name = object.spec?.ingressClassName ?? object.metadata.annotations?.[classAnnotation] ?? '';
      const subject = `Ingress ${ref.namespace}/${ref.name}`;
      const common = { subject, namespace: ref.namespace, side: 'target', evidence } as const;
      const missing = (what: string, isOnSource: boolean): RawFinding[] => [
        { ...common, code: 'INGRESS_CLASS_MISSING', ...ofSource(facts, what, isOnSource) },
      ];
      if (name === '') {
        return there.hasDefault ? [] : missing('it names no class and there is no default', before.hasDefault);
      }
      const found = there.byName.get(name);
      if (found === undefined && coming.has(name)) return [];
      if (found === undefined) return missing(`it names IngressClass ${name}`, before.byName.has(name));
      const [old, now] = [before.byName.get(name)?.spec?.controller, found.spec?.controller];
      if (old === undefined || now === undefined || old === now) return [];
      const message = `class ${name} is served by ${old} on the source and ${now} on the target`;
      return [{ ...common, code: 'INGRESS_CONTROLLER_DIFFERENT', message }];
    }
  );
}

function gatewayClasses(facts: AssessFacts): RawFinding[] {
  const there = listOf(facts.target, 'gatewayclasses').map(({ metadata }) => metadata.name);
  const before = new Set(listOf(facts.source, 'gatewayclasses').map(({ metadata }) => metadata.name));
  const known = new Set([...there, ...scopeObjects(facts, 'GatewayClass').map(({ ref }) => ref.name)]);
  const evidence = `gateway classes of ${facts.target.name}: ${there.sort().join(', ') || 'none'}`;
  return scopeObjects<GatewayObject>(facts, 'Gateway', 'gateway.networking.k8s.io').flatMap(
    ({ ref, desired: object }): RawFinding[] => {
      const name = object.spec?.gatewayClassName ?? '';
      if (known.has(name)) return [];
      return [
        {
          code: 'GATEWAY_CLASS_MISSING',
          subject: `Gateway ${ref.namespace}/${ref.name}`,
          namespace: ref.namespace,
          side: 'target',
          ...ofSource(facts, `it names GatewayClass ${name}`, before.has(name)),
          evidence,
        },
      ];
    }
  );
}

/** Controllers exist that serve a class without an object of it: where the source has none either, that is how it works. */
function ofSource(
  { source }: AssessFacts,
  what: string,
  isOnSource: boolean
): Pick<RawFinding, 'message' | 'severity'> {
  if (isOnSource) return { message: what };
  return { message: `${what}; ${source.name} is without it as well`, severity: 'warning' };
}
