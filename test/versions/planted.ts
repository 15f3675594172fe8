import { clusterSeeds, namespacedSeeds, widgetDefinition, type Scale, type Seed } from '../support/many-objects.ts';

export type Application = Scale;

/** Cluster-scoped parts of the application: the definition of its custom kind, a role, a priority class. */
export function shared(scale: Application): Seed[] {
  // A webhook configuration is excluded by rule, so it proves nothing here.
  return [
    widgetDefinition(scale.group),
    ...clusterSeeds(scale).filter(({ collection }) => !collection.includes('webhook')),
  ];
}

/** What an application is made of; every field of it is known to all versions tried. */
export function application(scale: Application): Seed[] {
  return namespacedSeeds(scale);
}

/** A kind that older servers do not have; generally available, and on, since 1.34. */
export const kindOfNewer = {
  since: 34,
  seed(namespace: string): Seed {
    const apiVersion = 'resource.k8s.io/v1';
    return {
      collection: `/apis/${apiVersion}/namespaces/${namespace}/resourceclaimtemplates`,
      object: {
        apiVersion,
        kind: 'ResourceClaimTemplate',
        metadata: { name: 'device' },
        spec: { spec: { devices: {} } },
      },
    };
  },
} as const;

/**
 * Objects with one field each that came later than their kind. Where a server knows the field but has its feature off, it
 * drops it without a warning.
 */
export function fieldsOfNewer(namespace: string): Seed[] {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }];
  return [
    {
      // On since 1.31.
      collection: `/api/v1/namespaces/${namespace}/services`,
      object: {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'near' } },
        spec: { trafficDistribution: 'PreferClose', selector: { app: 'web' }, ports: [{ port: 80 }] },
      },
    },
    {
      // On since 1.35; 1.30 does not know it.
      collection: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
      object: {
        ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'tolerant' } },
        spec: { scaleTargetRef, maxReplicas: 3, behavior: { scaleUp: { tolerance: '50m', policies } } },
      },
    },
  ];
}
