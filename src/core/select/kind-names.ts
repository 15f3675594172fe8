/** Short names of the built-in kinds (`kubectl api-resources`), for where no API server can be asked. */
const builtIn: Readonly<Record<string, string>> = {
  cm: 'configmaps',
  ep: 'endpoints',
  limits: 'limitranges',
  ns: 'namespaces',
  po: 'pods',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  quota: 'resourcequotas',
  rc: 'replicationcontrollers',
  sa: 'serviceaccounts',
  svc: 'services',
  crd: 'customresourcedefinitions.apiextensions.k8s.io',
  crds: 'customresourcedefinitions.apiextensions.k8s.io',
  deploy: 'deployments.apps',
  ds: 'daemonsets.apps',
  rs: 'replicasets.apps',
  sts: 'statefulsets.apps',
  hpa: 'horizontalpodautoscalers.autoscaling',
  cj: 'cronjobs.batch',
  ing: 'ingresses.networking.k8s.io',
  netpol: 'networkpolicies.networking.k8s.io',
  pdb: 'poddisruptionbudgets.policy',
  pc: 'priorityclasses.scheduling.k8s.io',
  sc: 'storageclasses.storage.k8s.io',
  vs: 'volumesnapshots.snapshot.storage.k8s.io',
  gw: 'gateways.gateway.networking.k8s.io',
  gc: 'gatewayclasses.gateway.networking.k8s.io',
};

/**
 * A kind as people type it for kubectl, as `compileKinds` takes it: short names are written out (those of the cluster
 * first), and `plural.version.group` loses its version. Everything else stays.
 */
export function kindNamed(written: string, served: ReadonlyMap<string, string> = new Map()): string {
  const name = written.toLowerCase();
  const versioned = /^([^.]+)\.v\d+(?:(?:alpha|beta)\d+)?(?:\.(.*))?$/.exec(name);
  const [, plural = '', group = ''] = versioned ?? [];
  const plain = versioned === null ? name : group === '' ? plural : `${plural}.${group}`;
  const [short = '', ...rest] = plain.split('.');
  const known = served.get(short) ?? (Object.hasOwn(builtIn, short) ? builtIn[short] : undefined);
  if (known === undefined) return plain;
  // `deploy.apps` names a group itself; a short name of another group is none.
  if (rest.length === 0) return known;
  return known.endsWith(`.${rest.join('.')}`) ? known : plain;
}
