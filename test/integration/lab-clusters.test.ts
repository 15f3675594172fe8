import { Resolver } from 'node:dns/promises';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/host/command.ts';
import { clusterNames, down, status, up, type ClusterName, type Lab } from '../../lab/index.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import { endProcess } from '../../src/host/end-process.ts';
import { waitFor } from '../../src/host/wait.ts';

const name = 'lab-clusters-test';
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('SKIPPED: whole clusters need root\n');

const manifests = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 1000, fsGroup: 2000}
  containers:
    - name: main
      image: landfall.dev/lab/pause:1
      command: [/bin/busybox, sh, -c, "echo kept > /data/file; busybox sleep 100000"]
      volumeMounts: [{name: data, mountPath: /data}]
      readinessProbe: {exec: {command: [/bin/busybox, test, -s, /data/file]}, periodSeconds: 1}
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: landfall.dev/lab/pause:1
          command: [/bin/busybox, sh, -c, "mkdir /www; busybox hostname > /www/index.html; echo serving; busybox httpd -f -p 8080 -h /www"]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, selector: {app: web}, ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
`;

const restored = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: restored}
spec:
  accessModes: [ReadWriteOnce]
  dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: point}
  resources: {requests: {storage: 10Mi}}
---
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: landfall.dev/lab/pause:1
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: restored}}]
`;

describe.runIf(isRoot)('two whole clusters', () => {
  let lab: Lab;

  beforeAll(async () => {
    await down({ name });
    lab = await up({ name, ownerPid: process.pid });
    for (const cluster of clusterNames) await kubectl(cluster, ['apply', '-f', '-'], manifests);
  });

  afterAll(() => down({ name }));

  async function kubectl(cluster: ClusterName, args: readonly string[], input?: string): Promise<string> {
    const { path } = lab.binaries['kubectl'] ?? { path: 'kubectl' };
    const all = [`--kubeconfig=${lab.clusters[cluster].kubeconfig}`, ...args];
    return (await run(path, all, input === undefined ? {} : { input })).stdout;
  }

  const allReady = (cluster: ClusterName): Promise<string> =>
    kubectl(cluster, ['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s']);
  const shell = (cluster: ClusterName, pod: string, script: string): Promise<string> =>
    kubectl(cluster, ['exec', pod, '--', '/bin/busybox', 'sh', '-c', script]);

  /**
   * A pod that is ready is not yet named: the controllers publish it in a slice, and the name server follows the slices, each in
   * its own time. Waits until the pod's name leads to its address of now.
   */
  async function named(cluster: ClusterName, pod: string): Promise<void> {
    const address = await kubectl(cluster, ['get', 'pod', pod, '-o', 'jsonpath={.status.podIP}']);
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([lab.clusters[cluster].nodeAddress ?? '']);
    const leadsThere = async (): Promise<true | undefined> =>
      (await resolver.resolve4(`${pod}.web.default.svc.cluster.local`)).join() === address ? true : undefined;
    await waitFor(leadsThere, { what: `the name of ${pod} to lead to ${address}`, deadlineMs: 120_000 });
  }

  it.each(clusterNames)('run pods on %s, with logs and exec', async (cluster) => {
    await kubectl(cluster, ['rollout', 'status', 'statefulset/web', '--timeout=120s']);
    await allReady(cluster);
    expect(await kubectl(cluster, ['logs', 'web-1'])).toBe('serving\n');
    expect(await shell(cluster, 'web-0', 'busybox hostname')).toBe('web-0\n');
  });

  it.each(clusterNames)('resolve and reach services inside %s', async (cluster) => {
    await named(cluster, 'web-1');
    expect(await shell(cluster, 'web-0', 'busybox wget -qO- http://web-1.web:8080/')).toBe('web-1\n');
    // kube-proxy writes its rules in its own time as well.
    const front = (): Promise<string> =>
      shell(cluster, 'web-0', 'busybox wget -qO- http://front.default.svc.cluster.local/');
    expect(await waitFor(front, { what: 'the service to lead to a pod', deadlineMs: 120_000 })).toMatch(/^web-/);
  });

  it.each(clusterNames)('answer on NodePorts of %s from the host', async (cluster) => {
    const answer = await fetch(`http://${lab.clusters[cluster].nodeAddress}:30080/`);
    expect(await answer.text()).toMatch(/^web-/);
  });

  it.each(clusterNames)('reach the stores from pods of %s by the address the host uses', async (cluster) => {
    const { host } = new URL(lab.s3.endpoint);
    const spider = (url: string): Promise<string> =>
      shell(cluster, 'web-0', `busybox wget -qO- ${url} 2>&1 || true`).then((text) => text.trim());
    expect(await spider(`http://${host}/lab-health`)).toBe('OK');
    expect((await fetch(`http://${host}/lab-health`)).status).toBe(200);
    expect(await spider(`${lab.gcs.endpoint}/storage/v1/b/${lab.gcs.bucket}`)).toContain('storage#bucket');
    // Azurite refuses who brings no signature; being refused takes having arrived.
    expect(await spider(`${lab.azurite.endpoint}?comp=list`)).toMatch(/server returned error: HTTP.* 40\d/);
  });

  it('have each a default storage class of its own', async () => {
    const classes = await Promise.all(
      clusterNames.map((cluster) =>
        kubectl(cluster, ['get', 'storageclass', '-o', 'jsonpath={.items[*].metadata.name}'])
      )
    );
    expect(classes).toEqual(['lab-fast', 'lab-standard']);
  });

  it('take a snapshot of a volume and fill another one from it', async () => {
    const snapshot = 'apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {name: point}\n';
    await kubectl('source', ['apply', '-f', '-'], `${snapshot}spec: {source: {persistentVolumeClaimName: data}}\n`);
    await kubectl('source', [
      'wait',
      '--for=jsonpath={.status.readyToUse}=true',
      'volumesnapshot/point',
      '--timeout=60s',
    ]);
    await shell('source', 'writer', 'echo later > /data/file');
    await kubectl('source', ['apply', '-f', '-'], restored);
    await kubectl('source', ['wait', '--for=condition=Ready', 'pod/reader', '--timeout=120s']);
    expect(await shell('source', 'reader', 'busybox cat /data/file')).toBe('kept\n');
    expect(await shell('source', 'reader', 'busybox stat -c %u:%g /data/file')).toBe('1000:2000\n');
  });

  it('go on with their pods after parts were killed', async () => {
    const killed = ['etcd', 'kube-apiserver', 'kubelet', 'containerd', 'csi-driver', 'dns'].map(
      (part) => `source/${part}`
    );
    for (const part of status(name).parts.filter((one) => killed.includes(one.part))) {
      const found = identifyProcess(part.pid);
      if (found !== undefined) await endProcess(found, 0);
    }
    await up({ name });
    await kubectl('source', ['delete', 'pod', 'reader', 'web-0', '--wait=true']);
    await kubectl('source', ['apply', '-f', '-'], restored);
    // A status is that of before until the controllers have looked again: "rolled out" says nothing here.
    await kubectl('source', ['wait', '--for=create', 'pod/web-0', '--timeout=120s']);
    await waitFor(async () => ((await allReady('source')).includes('pod/reader') ? true : undefined), {
      what: 'the pods to come back',
      deadlineMs: 180_000,
    });
    await named('source', 'web-0');
    expect(await shell('source', 'web-1', 'busybox wget -qO- http://web-0.web:8080/')).toBe('web-0\n');
    expect(status(name).state).toBe('up');
  });

  it('go without a trace, pods and all', async () => {
    await down({ name });
    const tag = `lf${lab.id}`;
    const remaining = [
      '/run/netns',
      '/sys/class/net',
      '/sys/fs/cgroup/memory',
      '/sys/fs/cgroup',
      '/sys/fs/cgroup/unified',
    ]
      .filter((directory) => existsSync(directory))
      .flatMap((directory) => readdirSync(directory).filter((entry) => entry.startsWith(tag)));
    expect(remaining).toEqual([]);
    expect(existsSync(`/var/lib/landfall-lab/${lab.id}`)).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(lab.id);
    expect(existsSync(lab.stateDirectory)).toBe(false);
  });
});
