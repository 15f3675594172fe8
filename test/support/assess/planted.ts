import type { AnyFindingCode } from '../../../src/core/findings/finding.ts';
import type { Pair } from './certificates.ts';
import { configMap, deployment, digest, ingress, podSpec, secret, service } from './manifests.ts';
import type { Manifest } from './manifests.ts';

export interface PlantedParts {
  readonly prefix: string;
  readonly namespace: string;
  readonly expired: Pair;
  readonly soon: Pair;
  readonly sound: Pair;
  readonly nodePort: number;
  readonly nodeAddress: string;
  /** Cluster address of a Service of the source. */
  readonly clusterAddress: string;
}

/** A problem somebody might have: what is on which side, the code that must come, and a word of its subject. */
export interface Planted {
  readonly code: AnyFindingCode;
  readonly subject: string;
  readonly source?: readonly Manifest[];
  readonly target?: readonly Manifest[];
}

const image = `registry.example.org/shop/web@${digest}`;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Problems of pods and what they run on. */
export function plantedPods({ prefix, namespace }: PlantedParts): readonly Planted[] {
  const run = (name: string, more: object = {}, container: object = {}) =>
    deployment(namespace, name, podSpec(image, more, container));
  const requests = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  const restricted = { name: 'main', image, securityContext: { privileged: true } };
  return [
    { code: 'NODE_NONE_FITS', subject: 'no-pool', source: [run('no-pool', { nodeSelector: { pool: 'gpu' } })] },
    {
      code: 'NODE_OS_MISSING',
      subject: 'windows',
      source: [run('windows', { nodeSelector: { 'kubernetes.io/os': 'windows' } })],
    },
    {
      code: 'NODE_ARCHITECTURE_MISSING',
      subject: 'arm',
      source: [run('arm', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } })],
    },
    { code: 'POD_TOO_LARGE', subject: 'huge', source: [run('huge', {}, requests('1', '1Ti'))] },
    {
      code: 'CAPACITY_SHORT',
      subject: 'target',
      source: [deployment(namespace, 'many', podSpec(image, {}, requests('3', '64Mi')), { replicas: 3 })],
    },
    { code: 'POD_LIMIT_SHORT', subject: 'target', source: [] },
    { code: 'WORKLOAD_UNHEALTHY', subject: 'many', source: [] },
    {
      code: 'PRIORITY_CLASS_MISSING',
      subject: 'important',
      source: [run('important', { priorityClassName: `${prefix}-gone` })],
    },
    { code: 'RUNTIME_CLASS_MISSING', subject: 'boxed', source: [run('boxed', { runtimeClassName: `${prefix}-gone` })] },
    {
      code: 'VOLUME_HOST_PATH',
      subject: 'on-node',
      source: [run('on-node', { volumes: [{ name: 'data', hostPath: { path: '/srv/data' } }] })],
    },
    {
      code: 'VOLUME_EMPTY_DIR',
      subject: 'scratch',
      source: [run('scratch', { volumes: [{ name: 'data', emptyDir: { sizeLimit: '50Gi' } }] })],
    },
    {
      code: 'VOLUME_NFS',
      subject: 'shared',
      source: [run('shared', { volumes: [{ name: 'data', nfs: { server: 'nfs.example.org', path: '/export' } }] })],
    },
    {
      code: 'POD_SECURITY_LEVEL',
      subject: 'privileged',
      source: [deployment(namespace, 'privileged', { containers: [restricted] })],
    },
    {
      code: 'LIMIT_RANGE_REFUSES',
      subject: 'greedy',
      source: [run('greedy', {}, { resources: { requests: { memory: '4Gi' }, limits: { memory: '4Gi', cpu: '1' } } })],
      target: [
        {
          apiVersion: 'v1',
          kind: 'LimitRange',
          metadata: { name: 'small', namespace },
          spec: { limits: [{ type: 'Container', max: { memory: '2Gi' }, default: { memory: '1Gi' } }] },
        },
      ],
    },
    {
      code: 'QUOTA_SHORT',
      subject: 'tight',
      target: [
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'tight', namespace },
          spec: { hard: { 'count/configmaps': '3' } },
        },
      ],
    },
    {
      code: 'CRONJOB_ACTIVE',
      subject: 'nightly',
      source: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'nightly', namespace },
          spec: {
            schedule: '0 3 1 1 *',
            jobTemplate: { spec: { template: { spec: { ...podSpec(image), restartPolicy: 'Never' } } } },
          },
        },
      ],
    },
    {
      code: 'JOB_RUNNING',
      subject: 'long',
      source: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'long', namespace },
          spec: { template: { spec: { ...podSpec(image), restartPolicy: 'Never' } } },
        },
      ],
    },
    {
      code: 'POD_BARE',
      subject: 'alone',
      source: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone', namespace }, spec: podSpec(image) }],
    },
  ];
}

/** Problems of images. The registry of the test answers for `registry.example.org`. */
export function plantedImages({ namespace }: PlantedParts): readonly Planted[] {
  const run = (name: string, its: string, more: object = {}) => deployment(namespace, name, podSpec(its, more));
  const pull = (name: string) => ({ imagePullSecrets: [{ name }] });
  const auths = JSON.stringify({ auths: { 'other.example.org': { username: 'me', password: 'secret-word' } } });
  return [
    {
      code: 'IMAGE_TAG_FLOATING',
      subject: 'floating',
      source: [run('floating', 'registry.example.org/shop/web:latest')],
    },
    { code: 'IMAGE_BY_TAG', subject: 'tagged', source: [run('tagged', 'registry.example.org/shop/web:1.2')] },
    { code: 'IMAGE_REGISTRY_PRIVATE', subject: 'inside', source: [run('inside', `harbor.corp/shop/web@${digest}`)] },
    {
      code: 'IMAGE_REGISTRY_PROVIDER',
      subject: 'ecr',
      source: [run('ecr', `123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@${digest}`)],
    },
    { code: 'IMAGE_PULL_SECRET_MISSING', subject: 'unpulled', source: [run('unpulled', image, pull('gone'))] },
    {
      code: 'IMAGE_PULL_SECRET_OTHER',
      subject: 'mispulled',
      source: [
        secret(namespace, 'pull', 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': auths }),
        run('mispulled', image, pull('pull')),
      ],
    },
    {
      code: 'IMAGE_NOT_FOUND',
      subject: 'shop/gone',
      source: [run('gone', `registry.example.org/shop/gone@${digest}`)],
    },
    {
      code: 'IMAGE_PULL_DENIED',
      subject: 'shop/closed',
      source: [run('closed', `registry.example.org/shop/closed@${digest}`)],
    },
    {
      code: 'IMAGE_ARCHITECTURE',
      subject: 'shop/arm',
      source: [run('wrong', `registry.example.org/shop/arm@${digest}`)],
    },
  ];
}

/** Problems of Services, names and certificates. */
export function plantedTraffic(parts: PlantedParts): readonly Planted[] {
  const { prefix, namespace, expired, soon, sound, nodePort } = parts;
  const host = (name: string) => `${name}.${prefix}.example.org`;
  const tls = (name: string, { certificate, key }: Pair) =>
    secret(namespace, name, 'kubernetes.io/tls', { 'tls.crt': certificate, 'tls.key': key });
  const classed = { ingressClassName: `${prefix}-public` };
  const foreign = `${prefix}-foreign`;
  const ports = [{ port: 80, nodePort }];
  return [
    {
      code: 'LOAD_BALANCER_IP_PINNED',
      subject: 'pinned',
      source: [service(namespace, 'pinned', { type: 'LoadBalancer', loadBalancerIP: '203.0.113.7' })],
    },
    {
      code: 'LOAD_BALANCER_CLASS',
      subject: 'classed',
      source: [service(namespace, 'classed', { type: 'LoadBalancer', loadBalancerClass: 'example.org/avi' })],
    },
    {
      code: 'EXTERNAL_IPS',
      subject: 'routed',
      source: [service(namespace, 'routed', { externalIPs: ['203.0.113.9'] })],
    },
    {
      code: 'NODE_PORT_TAKEN',
      subject: 'ported',
      source: [service(namespace, 'ported', { type: 'NodePort', ports })],
      target: [service(foreign, 'first', { type: 'NodePort', ports })],
    },
    {
      code: 'INGRESS_CLASS_MISSING',
      subject: 'unserved',
      source: [
        ingressClass(`${prefix}-gone`, 'example.org/gone'),
        ingress(namespace, 'unserved', host('unserved'), { ingressClassName: `${prefix}-gone` }),
      ],
    },
    {
      code: 'INGRESS_CONTROLLER_DIFFERENT',
      subject: 'other',
      source: [
        ingressClass(`${prefix}-edge`, 'example.org/old'),
        ingress(namespace, 'other', host('other'), { ingressClassName: `${prefix}-edge` }),
      ],
      target: [ingressClass(`${prefix}-edge`, 'example.org/new')],
    },
    {
      code: 'HOST_TAKEN',
      subject: 'taken',
      source: [ingress(namespace, 'taken', host('taken'), classed)],
      target: [ingress(foreign, 'first', host('taken'), classed)],
    },
    {
      code: 'EXTERNAL_DNS_OWNER',
      subject: 'published',
      source: [
        service(
          namespace,
          'published',
          {},
          { annotations: { 'external-dns.alpha.kubernetes.io/hostname': host('dns') } }
        ),
      ],
    },
    { code: 'TLS_EXPIRED', subject: 'old', source: [tls('old', expired)] },
    { code: 'TLS_EXPIRES_SOON', subject: 'ending', source: [tls('ending', soon)] },
    { code: 'TLS_INVALID', subject: 'crossed', source: [tls('crossed', { ...sound, key: soon.key })] },
    {
      code: 'TLS_HOST_MISMATCH',
      subject: 'mismatched',
      source: [
        tls('sound', sound),
        ingress(namespace, 'mismatched', host('elsewhere'), {
          ...classed,
          tls: [{ hosts: [host('elsewhere')], secretName: 'sound' }],
        }),
      ],
    },
    {
      code: 'TLS_SECRET_MISSING',
      subject: 'bare',
      source: [
        ingress(namespace, 'bare', host('bare'), { ...classed, tls: [{ hosts: [host('bare')], secretName: 'gone' }] }),
      ],
    },
    {
      code: 'ISSUER_MISSING',
      subject: 'shimmed',
      source: [
        ingress(
          namespace,
          'shimmed',
          host('shimmed'),
          { ...classed, tls: [{ hosts: [host('shimmed')], secretName: 'made' }] },
          {
            annotations: { 'cert-manager.io/issuer': 'letsencrypt' },
          }
        ),
      ],
    },
  ];
}

function ingressClass(name: string, controller: string): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name }, spec: { controller } };
}

/** Problems of identities, settings, owners. */
export function plantedSettings(parts: PlantedParts): readonly Planted[] {
  const { prefix, namespace, nodeAddress, clusterAddress } = parts;
  const account = (name: string, annotations: object): Manifest => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, annotations },
  });
  const owned = (name: string, metadata: object) => configMap(namespace, name, { a: 'b' }, metadata);
  const subset = { addresses: [{ ip: '198.51.100.4' }], ports: [{ port: 80 }] };
  return [
    {
      code: 'IDENTITY_AWS',
      subject: 'aws',
      source: [account('aws', { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/a' })],
    },
    {
      code: 'IDENTITY_AZURE',
      subject: 'azure',
      source: [account('azure', { 'azure.workload.identity/client-id': '0' })],
    },
    {
      code: 'IDENTITY_GCP',
      subject: 'gcp',
      source: [account('gcp', { 'iam.gke.io/gcp-service-account': 'a@b.example' })],
    },
    {
      code: 'CLOUD_KEY_STATIC',
      subject: 'cloud',
      // The form of a key, put together here so that no scanner takes the source for one.
      source: [secret(namespace, 'cloud', 'Opaque', { id: ['AKIA', 'QWERTYUIOPASDFGH'].join('') })],
    },
    {
      code: 'SUBJECTS_EXTERNAL',
      subject: 'people',
      source: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'people', namespace },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'oidc:developers' }],
        },
      ],
    },
    {
      code: 'EXTERNAL_ADDRESS',
      subject: 'db.example.org:5432',
      source: [secret(namespace, 'database', 'Opaque', { url: 'postgres://app:never-shown@db.example.org/shop' })],
    },
    {
      code: 'ADDRESS_CLUSTER_IP',
      subject: 'by-address',
      source: [configMap(namespace, 'by-address', { SERVER: clusterAddress })],
    },
    {
      code: 'ADDRESS_NODE_IP',
      subject: 'by-node',
      source: [configMap(namespace, 'by-node', { url: `http://${nodeAddress}:30080/` })],
    },
    {
      code: 'SERVICE_OUT_OF_SCOPE',
      subject: 'elsewhere',
      source: [configMap(namespace, 'elsewhere', { queue: 'amqp://queue.middleware.svc.cluster.local' })],
    },
    {
      code: 'EXTERNAL_NAME',
      subject: 'alias',
      source: [service(namespace, 'alias', { type: 'ExternalName', externalName: 'api.example.org' })],
    },
    {
      code: 'ENDPOINTS_MANUAL',
      subject: 'by-hand',
      source: [
        service(namespace, 'by-hand', {}),
        { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'by-hand', namespace }, subsets: [subset] },
      ],
    },
    { code: 'API_VERSION_DEPRECATED', subject: 'Endpoints', source: [] },
    {
      code: 'API_VERSION_REMOVED',
      subject: 'ancient',
      source: [
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: {
            name: 'ancient',
            namespace,
            annotations: { [lastApplied]: '{"apiVersion":"policy/v1beta1","kind":"PodDisruptionBudget"}' },
          },
          spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'nothing' } } },
        },
      ],
    },
    {
      code: 'GITOPS_ARGO',
      subject: 'shop-app',
      source: [
        owned('by-argo', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop-app:/ConfigMap:x/by-argo' } }),
      ],
    },
    {
      code: 'GITOPS_FLUX',
      subject: 'shop-flux',
      source: [
        owned('by-flux', {
          labels: {
            'kustomize.toolkit.fluxcd.io/name': 'shop-flux',
            'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
          },
        }),
      ],
    },
    {
      code: 'HELM_RELEASE',
      subject: 'shop-release',
      source: [
        owned('by-helm', {
          annotations: { 'meta.helm.sh/release-name': 'shop-release', 'meta.helm.sh/release-namespace': namespace },
        }),
      ],
    },
    {
      code: 'FINALIZER_FOREIGN',
      subject: 'held',
      source: [owned('held', { finalizers: ['unknown-controller.example.com/hold'] })],
    },
    {
      code: 'OBJECT_REFUSED',
      subject: 'refused',
      source: [owned('refused', { labels: { [`${prefix}/refuse`]: 'yes' } })],
      target: refusal(prefix),
    },
  ];
}

/** A policy of the target, in the API server's own language. */
function refusal(prefix: string): readonly Manifest[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = `${prefix}-refusal`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        matchConditions: [
          { name: 'marked', expression: `has(object.metadata.labels) && '${prefix}/refuse' in object.metadata.labels` },
        ],
        validations: [{ expression: 'false', message: 'the policy of this test refuses it' }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}
