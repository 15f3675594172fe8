import { expect } from 'vitest';
import { kubectlFor } from '../../../lab/demo/kubectl.ts';
import type { RunReport } from '../../../src/core/run/report.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { listOf, smallApp } from '../../support/e2e/app.ts';
import { expectAsBefore, expectCode, expectMoved, expectStatus } from '../../support/e2e/expectations.ts';
import type { Place } from '../../support/e2e/place.ts';
import type { Stage } from '../../support/e2e/stage.ts';
import { placeTest } from './place-test.ts';

const refusal = 'no deployments on Saturdays';

export const failurePlaces = [
  'fail-admission',
  'fail-quota',
  'fail-image',
  'fail-full',
  'fail-class',
  'fail-snapshot',
  'keep-admission',
];

/** Things that fail for good: undone and reported with their code; nothing touched where it could be known before. */
export function testFailures(stage: () => Stage): void {
  placeTest('fail-admission', 'a policy of the target refuses one object', async () => {
    const place = await stage().place('fail-admission');
    await refuseDeployments(place);
    const before = await stage().stateOf(place);
    await expectRolledBack(stage(), place, 'ADMISSION_DENIED');
    await expectAsBefore(stage(), place, before);
    await admitDeployments(place);
    await place.close();
  });

  placeTest('fail-quota', 'the target takes no more claims', async () => {
    // Known before anything is written; accepted, so that the server refuses a claim when its data is there.
    const accepted = { code: 'QUOTA_SHORT', subject: '*', owner: 'me', reason: 'to be raised', until: '2099-12-31' };
    const place = await stage().place('fail-quota', {
      spec: { existingResourcePolicy: 'skip', waivers: [accepted] },
    });
    const metadata = { name: 'none', namespace: place.name };
    await kubectlFor(place.lab, 'target')(
      ['apply', '-f', '-'],
      listOf([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: place.name } },
        { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { persistentvolumeclaims: '0' } } },
      ])
    );
    await kubectlFor(
      place.lab,
      'target'
    )([
      ...[`--namespace=${place.name}`, 'wait', 'resourcequota/none', '--timeout=60s'],
      '--for=jsonpath={.status.hard.persistentvolumeclaims}=0',
    ]);
    const before = await stage().stateOf(place);
    await expectRolledBack(stage(), place, 'QUOTA_EXCEEDED');
    await expectAsBefore(stage(), place, before);
    await place.close();
  });

  placeTest('fail-image', 'no node has the image of the mover', async () => {
    const place = await stage().place('fail-image', { spec: { moverImage: 'landfall/no-such-image:1' } });
    const before = await stage().stateOf(place);
    await expectRolledBack(stage(), place, 'MOVER_IMAGE_UNAVAILABLE');
    await expectAsBefore(stage(), place, before);
    await place.close();
  });

  placeTest('fail-full', 'the volume of the target is smaller than what the source has in it', async () => {
    const place = await stage().place('fail-full', { claimSize: '2Mi', targetClass: 'fail-full' });
    const kubectl = kubectlFor(place.lab, 'target');
    const of = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fail-full' } };
    const provisioner = place.lab.clusters.target.csiDriver;
    await kubectl(
      ['apply', '-f', '-'],
      listOf([{ ...of, provisioner, parameters: { sized: 'true' }, volumeBindingMode: 'WaitForFirstConsumer' }])
    );
    const before = await stage().stateOf(place);
    const { error } = await expectRolledBack(stage(), place, 'VOLUME_FULL');
    expect(error).toMatchObject({
      what: 'PersistentVolumeClaim fail-full/data: the volume is too small for the data',
      ref: 'PersistentVolumeClaim fail-full/data',
    });
    await expectAsBefore(stage(), place, before);
    await kubectl(['delete', 'storageclass', 'fail-full']);
    await place.close();
  });

  placeTest('fail-class', 'the snapshot class is for a driver that is not there', async () => {
    const place = await stage().place('fail-class', { spec: { volumes: { snapshotClass: 'fail-class' } } });
    const of = {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: { name: 'fail-class' },
    };
    const kubectl = kubectlFor(place.lab, 'source');
    await kubectl(['apply', '-f', '-'], listOf([{ ...of, driver: 'nobody.example.test', deletionPolicy: 'Delete' }]));
    const before = await stage().stateOf(place);
    const worker = await place.worker();
    await expectCode(place.migrate(), 5);
    expect(await place.report()).toMatchObject({
      outcome: 'failed',
      error: { code: 'SNAPSHOT_CLASS_MISSING' },
      undo: [],
    });
    expect(worker.effects.filter((effect) => !effect.startsWith('location.'))).toEqual([]);
    await expectAsBefore(stage(), place, before);
    await kubectl(['delete', 'volumesnapshotclass', 'fail-class']);
    await place.close();
  });

  placeTest('fail-snapshot', 'the storage never finishes a snapshot', async () => {
    const place = await stage().place('fail-snapshot', { spec: { volumes: { snapshotClass: 'fail-snapshot' } } });
    const kubectl = kubectlFor(place.lab, 'source');
    const secret = { name: 'no-such-secret', namespace: 'default' };
    const of = {
      ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotClass', deletionPolicy: 'Delete' },
      metadata: { name: 'fail-snapshot' },
      driver: place.lab.clusters.source.csiDriver,
      parameters: {
        'csi.storage.k8s.io/snapshotter-secret-name': secret.name,
        'csi.storage.k8s.io/snapshotter-secret-namespace': secret.namespace,
      },
    };
    await kubectl(['apply', '-f', '-'], listOf([of]));
    const before = await stage().stateOf(place);
    await expectRolledBack(stage(), place, 'SNAPSHOT_FAILED');
    await expectAsBefore(stage(), place, before);
    await kubectl(['delete', 'volumesnapshotclass', 'fail-snapshot']);
    await place.close();
  });

  placeTest('keep-admission', 'waits for a person, goes on when asked to', async () => {
    const place = await stage().place('keep-admission', { spec: { onFailure: 'keep' } });
    const before = await stage().stateOf(place);
    await refuseDeployments(place);
    await place.worker();
    const migrate = place.migrate();
    await migrate.event(
      'a wait for a person',
      (event) => event.type === 'step.waiting' && event.waitingFor.kind === 'person'
    );
    await migrate.kill();
    await admitDeployments(place);
    const resume = place.landfall('resume', await place.runId(), '-o', 'json');
    await expectCode(resume, 0);
    await expectMoved(stage(), place, before);
    await place.close();
  });
}

async function expectRolledBack(stage: Stage, place: Place, code: string): Promise<RunReport> {
  await place.worker();
  const migrate = place.migrate();
  await expectCode(migrate, 1);
  await expectStatus(place, 'FAILED');
  const report = await place.report();
  expect(report).toMatchObject({ outcome: 'rolled-back', exitCode: 1, error: { code } });
  expect(report.undo.filter(({ state }) => state !== 'done')).toEqual([]);
  expect(report.undo.length).toBeGreaterThan(0);
  return report;
}

/** Has the target refuse Deployments in the namespace of a place, and waits until it does. */
async function refuseDeployments(place: Place): Promise<void> {
  const kubectl = kubectlFor(place.lab, 'target');
  const group = 'admissionregistration.k8s.io/v1';
  const expression = `request.namespace != '${place.name}' && object.metadata.name != 'probe-${place.name}'`;
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };
  await kubectl(
    ['apply', '-f', '-'],
    listOf([
      {
        ...{ apiVersion: group, kind: 'ValidatingAdmissionPolicy', metadata: { name: place.name } },
        spec: {
          matchConstraints: { resourceRules: [rule] },
          validations: [{ expression, message: refusal }],
        },
      },
      {
        ...{ apiVersion: group, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: place.name } },
        spec: { policyName: place.name, validationActions: ['Deny'] },
      },
    ])
  );
  await untilAdmitted(place, false);
}

async function admitDeployments(place: Place): Promise<void> {
  const policies = ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'];
  for (const kind of policies) await kubectlFor(place.lab, 'target')(['delete', kind, place.name]);
  await untilAdmitted(place, true);
}

/** The server takes a policy up a moment after it has stored it: another Deployment asks. */
async function untilAdmitted(place: Place, wanted: boolean): Promise<void> {
  const metadata = { name: `probe-${place.name}`, namespace: 'default' };
  const probe = JSON.stringify({ ...smallApp(place.name).at(-1), metadata });
  const kubectl = kubectlFor(place.lab, 'target');
  await waitFor(
    async () => {
      const refused = await kubectl(['create', '--dry-run=server', '-f', '-'], probe).then(
        () => false,
        (error: unknown) => String(error).includes(refusal)
      );
      return refused === wanted ? undefined : true;
    },
    { what: `Deployments to be ${wanted ? 'admitted' : 'refused'}`, deadlineMs: 60_000, intervalMs: 500 }
  );
}
