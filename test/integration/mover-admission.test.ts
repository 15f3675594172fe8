import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
/** Landfall's own namespace in these tests: others use the usual one at the same time. */
let own: string;

beforeAll(async () => {
  rig = await startCliRig('movers');
});

afterAll(() => rig?.end());

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
type Side = 'source' | 'target';

/** An application with a claim that holds data, as far as a cluster without nodes has one. */
async function plantClaim(namespace: string): Promise<void> {
  await rig.namespace('source', namespace);
  const driver = `${namespace}.example.org`;
  for (const side of ['source', 'target'] as const) {
    const path = '/apis/storage.k8s.io/v1/storageclasses';
    await rig.create(side, path, { metadata: { name: namespace }, provisioner: driver });
    rig.onEnd(() => rig[side].call('DELETE', `${path}/${namespace}`));
  }
  await rig.create('source', '/api/v1/persistentvolumes', {
    metadata: { name: namespace },
    spec: {
      ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: namespace },
      csi: { driver, volumeHandle: 'v' },
    },
  });
  rig.onEnd(() => rig.source.call('DELETE', `/api/v1/persistentvolumes/${namespace}`));
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  await rig.create('source', claims, {
    metadata: { name: 'data' },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName: namespace, volumeName: namespace },
      resources: { requests: { storage: '1Gi' } },
    },
  });
  const status = { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } };
  const text = JSON.stringify({ status });
  await rig.source.call('PATCH', `${claims}/data/status`, { type: 'application/merge-patch+json', text });
}

/** A policy that lets no pod run as root, of the namespaces that are selected. */
async function plantPolicy(side: Side, name: string, namespaceSelector: object): Promise<void> {
  await rig.create(side, policies, {
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector,
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [
        {
          expression: '!has(object.spec.securityContext) || object.spec.securityContext.?runAsUser.orValue(1) != 0',
          message: 'no pod runs as root here',
        },
      ],
    },
  });
  await rig.create(side, '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  const remove = async (): Promise<void> => {
    await rig[side].call('DELETE', `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${name}`);
    await rig[side].call('DELETE', `${policies}/${name}`);
  };
  rig.onEnd(remove);
}

interface Found {
  readonly code: string;
  readonly severity: string;
  readonly subject: string;
  readonly message: string;
}

async function planned(namespace: string): Promise<readonly Found[]> {
  const password = join(rig.directory, 'password');
  writeFileSync(password, 'a password of the repository');
  const { endpoint, region, bucket, credentialsFile: file } = rig.lab.s3;
  const store = {
    provider: 's3',
    encryption: 'none',
    endpoint,
    region,
    bucket,
    prefix: namespace,
    credentials: { file },
  };
  const run = await rig.migrate(
    {
      location: { ...store, repositoryPassword: { file: password } },
      spec: {
        scope: { namespaces: [namespace] },
        landfallNamespace: own,
        volumes: { mode: 'move', withoutSnapshot: 'copyWhileQuiesced' },
      },
    }
    // No node of this lab takes a pod, so each of these runs ends before its first write.
  );
  expect(run.code).toBe(5);
  expect(run.events.some(({ type }) => type === 'undo.started')).toBe(false);
  return run.events.flatMap((event) => (event.type === 'finding' ? [event as unknown as Found] : []));
}

const about = (found: readonly Found[]): readonly string[] =>
  found
    .filter(({ code }) => /^MOVER_(?:REFUSED|CHANGED)$/.test(code))
    .map(({ severity, code, subject, message }) => `${severity} ${code} ${subject} ${message}`);

describe('admission is asked about movers before anything is written', () => {
  it('says nothing of clusters that let them pass', async () => {
    own = `${rig.prefix}-own-a`;
    const namespace = `${rig.prefix}-clean`;
    await plantClaim(namespace);
    const found = await planned(namespace);
    expect(about(found)).toEqual([]);
    expect(found.filter(({ code, subject }) => code === 'CHECK_NOT_MADE' && /mover/.test(subject))).toEqual([]);
  });

  it('says what a policy says in a namespace that is there, and the level of that namespace', async () => {
    own = `${rig.prefix}-own-b`;
    const namespace = `${rig.prefix}-there`;
    await plantClaim(namespace);
    await rig.namespace('source', own);
    await rig.namespace('target', own, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    await plantPolicy('source', namespace, { matchLabels: { 'kubernetes.io/metadata.name': own } });
    await settled();
    const lines = about(await planned(namespace));
    expect(lines.join('\n')).toMatch(
      /blocker MOVER_REFUSED source: mover pods for .*the repository.* no pod runs as root here/
    );
    expect(lines.join('\n')).toMatch(
      /blocker MOVER_REFUSED target: mover pods for .*data.*violates PodSecurity "restricted/
    );
  });

  it('asks elsewhere where the namespace is not there, and goes by what is about it', async () => {
    own = `${rig.prefix}-own-c`;
    const namespace = `${rig.prefix}-planned`;
    await plantClaim(namespace);
    // Everything but the namespaces of the system: the one Landfall will make as well.
    const key = 'kubernetes.io/metadata.name';
    await plantPolicy('target', `${namespace}-wide`, {
      matchExpressions: [{ key, operator: 'In', values: ['default', own] }],
    });
    await plantPolicy('source', `${namespace}-other`, { matchLabels: { [key]: 'default' } });
    await settled();
    const lines = about(await planned(namespace));
    expect(lines).toEqual([
      expect.stringMatching(/MOVER_REFUSED target: .*no pod runs as root here.*since .*-own-c is not there yet/),
    ]);
  });
});

/** A policy acts once every part of the API server has seen it. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}
