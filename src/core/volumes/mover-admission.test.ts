import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json/value.ts';
import { changesByAdmission, isSelected, moverFindings, refuserOf } from './mover-admission.ts';

type Plain = { readonly [key: string]: JsonValue };

const container = {
  ...{ name: 'mover', image: 'landfall/mover:1', command: ['node', 'main.ts'] },
  env: [{ name: 'HOME', value: '/scratch' }],
  resources: { requests: { cpu: '100m' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
  volumeMounts: [{ name: 'volume', mountPath: '/v' }],
};
const spec = {
  containers: [container],
  restartPolicy: 'Never',
  securityContext: { runAsUser: 0 },
  volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: 'c' } }],
};
const pod = (of: object): Plain => ({ spec: of }) as unknown as Plain;
const changed = (of: object): readonly string[] => changesByAdmission(pod(spec), pod({ ...spec, ...of }));
const mover = (of: object): object => ({ containers: [{ ...container, ...of }] });
const lasting = (key: string): object => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });

describe('what admission makes of a mover', () => {
  it.each<[string, object, readonly string[]]>([
    ['nothing', {}, []],
    [
      'what the server writes into every pod',
      {
        ...{
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          serviceAccountName: 'default',
          priority: 0,
        },
        tolerations: [lasting('node.kubernetes.io/not-ready'), lasting('node.kubernetes.io/unreachable')],
        containers: [{ ...container, terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'IfNotPresent' }],
      },
      [],
    ],
    [
      'a container beside it',
      { containers: [container, { name: 'proxy', image: 'mesh:1' }] },
      ['adds container proxy (mesh:1)'],
    ],
    ['one before it', { initContainers: [{ name: 'init', image: 'mesh:1' }] }, ['adds container init (mesh:1)']],
    ['another image', mover({ image: 'mirror/mover:1' }), ['changes image to mirror/mover:1']],
    ['another command', mover({ command: ['sh'] }), ['changes command']],
    [
      'fewer rights',
      mover({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
      ['changes securityContext'],
    ],
    ['a quantity in its usual form', mover({ resources: { requests: { cpu: '0.1' }, limits: {} } }), []],
    [
      'lists and words that say nothing',
      mover({
        securityContext: { ...container.securityContext, seLinuxOptions: {} },
        volumeMounts: [{ ...container.volumeMounts[0], readOnly: false }],
      }),
      [],
    ],
    [
      'the default priority and pull secrets',
      { priorityClassName: 'normal', imagePullSecrets: [{ name: 'pull' }] },
      [],
    ],
    ['another user', { securityContext: { runAsUser: 1000 } }, ['changes securityContext']],
    ['one more variable', mover({ env: [{ name: 'HOME', value: '/scratch' }, { name: 'A' }] }), []],
    ['another value', mover({ env: [{ name: 'HOME', value: '/' }] }), ['changes env']],
    ['no volume', { volumes: [] }, ['drops volume volume']],
    ['no mount', mover({ volumeMounts: [] }), ['changes volumeMounts']],
    ['a node selector', { nodeSelector: { pool: 'a' } }, ['changes nodeSelector']],
    ['a toleration', { tolerations: [{ key: 'a', operator: 'Exists' }] }, ['changes tolerations']],
    ['a limit', mover({ resources: { requests: { cpu: '100m' }, limits: { cpu: '1' } } }), ['changes resources']],
    [
      'no mover',
      { containers: [{ name: 'other', image: 'i' }] },
      ['adds container other (i)', 'takes the container of the mover away'],
    ],
  ])('%s', (_, of, expected) => {
    expect(changed(of)).toEqual(expected);
  });
});

describe('who refused', () => {
  it.each<[string, ReturnType<typeof refuserOf>]>([
    ['admission webhook "v.example.org" denied the request: no root', { by: 'webhook', name: 'v.example.org' }],
    [
      `pods "x" is forbidden: ValidatingAdmissionPolicy 'root' with binding 'root-all' denied request: no`,
      { by: 'policy', name: 'root', binding: 'root-all' },
    ],
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', { by: 'namespace' }],
    ['pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1', { by: 'namespace' }],
    ['pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi', { by: 'namespace' }],
    ['pods "x" is forbidden: no PriorityClass with name gold was found', { by: 'server' }],
  ])('%s', (words, expected) => {
    expect(refuserOf(words)).toEqual(expected);
  });

  it('knows whether a selector of namespaces is about one', () => {
    const labels = { 'kubernetes.io/metadata.name': 'landfall-system' };
    const not = {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
    };
    expect(isSelected([undefined, {}], labels)).toBe(true);
    expect(isSelected([not], labels)).toBe(true);
    expect(isSelected([not, { matchLabels: { team: 'a' } }], labels)).toBe(false);
  });
});

it('says each thing once, with the movers it is about', () => {
  const why = 'no root (in namespace landfall-system)';
  const answers = ['', 'shop/b', 'shop/a'].map((name) => ({ name, kind: 'refused' as const, why }));
  const found = moverFindings({ cluster: 'west', side: 'source' }, [
    ...answers,
    { name: 'shop/a', kind: 'changed', why: 'adds container proxy (mesh:1)' },
    { name: 'shop/a', kind: 'not asked', why: 'may not create' },
  ]);
  expect(found.map(({ severity, code, subject, message }) => `${severity} ${code} ${subject}: ${message}`)).toEqual([
    `blocker MOVER_REFUSED west: mover pods for shop/a, shop/b, the repository: the source refuses them: ${why}`,
    'warning MOVER_CHANGED west: mover pods for shop/a: admission of the source adds container proxy (mesh:1)',
    'info CHECK_NOT_MADE west: mover pods for shop/a: not checked: whether admission of the source lets it pass; may not create',
  ]);
});
