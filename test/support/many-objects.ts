/** An object to create, and the collection it goes to. */
export interface Seed {
  readonly collection: string;
  readonly object: object;
}

export interface Scale {
  readonly namespace: string;
  /** Of the custom kinds: unique, since definitions belong to the whole cluster. */
  readonly group: string;
  readonly configMaps: number;
  readonly secrets: number;
  readonly widgets: number;
  readonly others: number;
  /** First chosen node port. */
  readonly nodePort: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** The definition of the custom kind: int64, fields nobody knows, a list with keys, a status. */
export function widgetDefinition(group: string): Seed {
  const properties = {
    spec: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        serial: { type: 'integer', format: 'int64' },
        parts: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    collection: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    object: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', properties } },
          },
        ],
      },
    },
  };
}

/** Cluster-scoped objects the namespaced ones need: an upper-case role, a priority class; and a webhook that is not taken. */
export function clusterSeeds({ namespace, group }: Scale): Seed[] {
  const rbac = 'rbac.authorization.k8s.io/v1';
  const hook = `hook.${group}`;
  return [
    {
      collection: `/apis/${rbac}/clusterroles`,
      object: object(rbac, 'ClusterRole', `Team:${namespace}:Reader`, {
        rules: [{ apiGroups: [group], resources: ['widgets'], verbs: ['get'] }],
      }),
    },
    {
      collection: '/apis/scheduling.k8s.io/v1/priorityclasses',
      object: object('scheduling.k8s.io/v1', 'PriorityClass', namespace, { value: 1_000 }),
    },
    {
      collection: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
      object: object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', hook, {
        webhooks: [
          {
            name: hook,
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Ignore',
            clientConfig: { service: { namespace, name: 'hook', path: '/' } },
            rules: [{ apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE'], resources: ['widgets'] }],
          },
        ],
      }),
    },
  ];
}

/** Everything in one namespace: the kinds a real one has, with the oddities that lose data elsewhere. */
export function namespacedSeeds(scale: Scale): Seed[] {
  return [
    ...times(scale.configMaps, (index) => configMap(scale, index)),
    ...times(scale.secrets, (index) => secret(scale, index)),
    ...times(scale.widgets, (index) => widget(scale, index)),
    ...times(scale.others, (index) => othersOf(scale, index)).flat(),
    seed(scale, '', 'v1', 'limitranges', 'LimitRange', 'defaults', {
      spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '64Mi' } }] },
    }),
    seed(scale, '', 'v1', 'resourcequotas', 'ResourceQuota', 'bounds', { spec: { hard: { pods: '50' } } }),
  ];
}

function configMap(scale: Scale, index: number): Seed {
  const data = { index: String(index), text: index % 50 === 0 ? '<&>'.repeat(2_000) : 'äöü \u2028 "quoted"\n' };
  const immutable = index % 10 === 0 ? { immutable: true } : {};
  return seed(scale, '', 'v1', 'configmaps', 'ConfigMap', `config-${index}`, { data, ...immutable }, index);
}

function secret(scale: Scale, index: number): Seed {
  const data = { password: Buffer.from(`canary-${index}-\u0000\u00ff`, 'latin1').toString('base64') };
  const immutable = index % 7 === 0 ? { immutable: true } : {};
  return seed(scale, '', 'v1', 'secrets', 'Secret', `secret-${index}`, { type: 'Opaque', data, ...immutable }, index);
}

/** The serial is beyond what a double holds exactly; it is put in as text by `seedText`. */
function widget(scale: Scale, index: number): Seed {
  const spec = {
    serial: `INT:${9_007_199_254_740_993n + BigInt(index)}`,
    unknown: { deep: [1, null, { 'a/b~c': '' }] },
    parts: [{ n: index }],
  };
  return seed(scale, scale.group, 'v1', 'widgets', 'Widget', `widget-${index}`, { spec }, index);
}

/** The text of an object; `"INT:1"` stands for the number 1. */
export function seedText(object: object): string {
  return JSON.stringify(object).replaceAll(/"INT:(-?\d+)"/g, '$1');
}

function othersOf(scale: Scale, index: number): Seed[] {
  const rbac = 'rbac.authorization.k8s.io';
  const labels = { app: `app-${index}` };
  const template = {
    metadata: { labels },
    spec: {
      priorityClassName: scale.namespace,
      containers: [{ name: 'main', image: 'example.org/none:1' }],
      restartPolicy: 'Always',
    },
  };
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: `app-${index}` };
  const chosen = scale.nodePort + index;
  return [
    seed(scale, '', 'v1', 'serviceaccounts', 'ServiceAccount', `account-${index}`, {}),
    seed(scale, rbac, 'v1', 'roles', 'Role', `Odd name?#&${index} "x"`, {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    }),
    seed(scale, rbac, 'v1', 'rolebindings', 'RoleBinding', `binding:${index}`, {
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `Team:${scale.namespace}:Reader` },
      subjects: [{ kind: 'ServiceAccount', name: `account-${index}`, namespace: scale.namespace }],
    }),
    seed(scale, '', 'v1', 'services', 'Service', `chosen-${index}`, {
      spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, nodePort: chosen }] },
    }),
    seed(scale, '', 'v1', 'services', 'Service', `allocated-${index}`, {
      spec: { type: 'NodePort', selector: labels, ports: [{ port: 80 }] },
    }),
    seed(scale, '', 'v1', 'services', 'Service', `headless-${index}`, {
      spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] },
    }),
    seed(scale, 'apps', 'v1', 'deployments', 'Deployment', `app-${index}`, {
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    }),
    seed(scale, 'apps', 'v1', 'statefulsets', 'StatefulSet', `set-${index}`, {
      spec: { replicas: 0, serviceName: `headless-${index}`, selector: { matchLabels: labels }, template },
    }),
    seed(scale, 'batch', 'v1', 'cronjobs', 'CronJob', `cron-${index}`, {
      spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template: once } } },
    }),
    seed(scale, 'batch', 'v1', 'jobs', 'Job', `job-${index}`, { spec: { suspend: true, template: once } }),
    seed(scale, 'autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', `scale-${index}`, {
      spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas: 3 },
    }),
    seed(scale, 'policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', `budget-${index}`, {
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    }),
    seed(scale, 'networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', `policy-${index}`, {
      spec: { podSelector: { matchLabels: labels }, ingress: [{ from: [{ namespaceSelector: {} }] }] },
    }),
    seed(scale, 'networking.k8s.io', 'v1', 'ingresses', 'Ingress', `web-${index}`, {
      spec: { defaultBackend: { service: { name: `chosen-${index}`, port: { number: 80 } } } },
    }),
  ];
}

function seed(
  { namespace }: Scale,
  group: string,
  version: string,
  plural: string,
  kind: string,
  name: string,
  fields: Fields,
  index = 0
): Seed {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const root = group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
  const labels = { tier: index % 2 === 0 ? 'even' : 'odd' };
  return {
    collection: `${root}/namespaces/${namespace}/${plural}`,
    object: object(apiVersion, kind, name, fields, labels),
  };
}

function object(apiVersion: string, kind: string, name: string, fields: Fields, labels: Fields = {}): object {
  return { apiVersion, kind, metadata: { name, labels }, ...fields };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
