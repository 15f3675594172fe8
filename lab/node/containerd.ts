import { join } from 'node:path';
import { inside, type ClusterPlace } from '../cluster.ts';
import { attempt, run } from '../../src/host/command.ts';
import { outcome, type LabContext } from '../context.ts';
import { writeChanged } from '../files.ts';
import type { ClusterName } from '../identity.ts';
import type { Lab } from '../lab-file.ts';
import { ensurePauseImage, pauseImage } from './pause-image.ts';

/** The containerd namespace in which the kubelet looks for images. */
const imageNamespace = 'k8s.io';

/** Starts the cluster's own containerd with the pause image in it. */
export async function startContainerd(lab: LabContext, cluster: ClusterPlace): Promise<void> {
  await lab.progress.part(`${cluster.name}/containerd`, 1, async () => {
    const config = writeConfiguration(cluster);
    const { record, started } = await lab.processes.ensure({
      part: `${cluster.name}/containerd`,
      command: 'containerd',
      args: ['--config', config, '--log-level', 'warn'],
      configurationFile: config,
      ...inside(cluster),
    });
    await lab.processes.waitReady(record, () =>
      attempt('ctr', ['--address', cluster.containerdSocket, 'version'], { timeoutMs: 5000 })
    );
    if (started)
      await importTar(cluster.containerdSocket, await ensurePauseImage(join(cluster.directory, 'pause.tar')));
    return outcome(started);
  });
}

/** Makes an image of a tar file (docker-archive or OCI) available to a cluster's pods; pull policies other than Always find it. */
export async function importImage(lab: Lab, cluster: ClusterName, tarPath: string): Promise<void> {
  const socket = lab.clusters[cluster].containerdSocket;
  if (socket === undefined) throw new Error(`lab "${lab.name}" is light: it runs no pods and takes no images`);
  await importTar(socket, tarPath);
}

async function importTar(socket: string, tarPath: string): Promise<void> {
  await run('ctr', ['--address', socket, '--namespace', imageNamespace, 'images', 'import', tarPath]);
}

function writeConfiguration(cluster: ClusterPlace): string {
  const home = join(cluster.runtimeDirectory, 'containerd');
  const networks = join(cluster.runtimeDirectory, 'cni');
  writeChanged(join(networks, '10-bridge.conflist'), JSON.stringify(podNetwork(cluster), null, 2));
  const plugin = 'plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    'version = 2',
    `root = "${join(home, 'root')}"`,
    `state = "${join(home, 'state')}"`,
    '[grpc]',
    `  address = "${cluster.containerdSocket}"`,
    `[${plugin}]`,
    `  sandbox_image = "${pauseImage}"`,
    // Without CAP_SYS_RESOURCE nobody may lower an oom score; runc would fail with a message about a pipe.
    '  restrict_oom_score_adj = true',
    // Keeps the namespaces of pods where the removal of the lab finds them.
    '  netns_mounts_under_state_dir = true',
    `[${plugin}.containerd]`,
    '  snapshotter = "overlayfs"',
    '  default_runtime_name = "runc"',
    `[${plugin}.containerd.runtimes.runc]`,
    '  runtime_type = "io.containerd.runc.v2"',
    `[${plugin}.containerd.runtimes.runc.options]`,
    '  SystemdCgroup = false',
    `[${plugin}.cni]`,
    '  bin_dir = "/usr/lib/cni"',
    `  conf_dir = "${networks}"`,
  ];
  return writeChanged(join(cluster.runtimeDirectory, 'containerd.toml'), `${lines.join('\n')}\n`);
}

function podNetwork(cluster: ClusterPlace): object {
  return {
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        // The host routes the pod subnet back, so pods keep their addresses.
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(cluster.runtimeDirectory, 'ipam'),
          ranges: [[{ subnet: cluster.podSubnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}
