import { fileURLToPath } from 'node:url';
import { kopiaSpec } from '../../src/binaries/kopia.ts';
import type { BinarySpec, OfficialDownload } from '../../src/binaries/spec.ts';
import { fromModule } from './build.ts';

/** The folder with the go.mod and go.sum of a group of executables. */
function moduleDirectory(group: string): string {
  return fileURLToPath(new URL(group, import.meta.url));
}

/** A Kubernetes version with the folder that pins its modules. */
interface KubernetesRelease {
  readonly version: string;
  readonly group: string;
}

/** Cold times are those of the first build of the group; the others reuse its compiled packages. */
function component(
  { version, group }: KubernetesRelease,
  part: { readonly name: string; readonly expectedMinutes: number; readonly versionArgs?: readonly string[] }
): BinarySpec {
  const { name, expectedMinutes, versionArgs = ['--version'] } = part;
  const url = `https://dl.k8s.io/release/v${version}/bin/linux/amd64/${name}`;
  const [major = '', minor = ''] = version.split('.');
  const linkerFlags = [`gitVersion=v${version}`, `gitMajor=${major}`, `gitMinor=${minor}`]
    .map((setting) => `-X k8s.io/component-base/version.${setting}`)
    .join(' ');
  return {
    name,
    version,
    versionProbe: { args: versionArgs, pattern: /(?:Kubernetes |Client Version: )v(\S+)/ },
    official: { url, checksumsUrl: `${url}.sha256` },
    build: fromModule({
      directory: moduleDirectory(group),
      package: `k8s.io/kubernetes/cmd/${name}`,
      linkerFlags,
      expectedMinutes,
    }),
  };
}

function controlPlane(release: KubernetesRelease): ControlPlane {
  const binaries = [
    component(release, { name: 'kube-apiserver', expectedMinutes: 7 }),
    component(release, { name: 'kube-controller-manager', expectedMinutes: 1.7 }),
  ];
  return { minor: minorOf(release.version), version: release.version, binaries };
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

const kubernetes: KubernetesRelease = { version: '1.34.4', group: 'kubernetes' };

export const kubeApiServer: BinarySpec = component(kubernetes, { name: 'kube-apiserver', expectedMinutes: 7 });
const kubeControllerManager: BinarySpec = component(kubernetes, {
  name: 'kube-controller-manager',
  expectedMinutes: 1.7,
});
export const kubeScheduler: BinarySpec = component(kubernetes, { name: 'kube-scheduler', expectedMinutes: 0.2 });
export const kubelet: BinarySpec = component(kubernetes, { name: 'kubelet', expectedMinutes: 0.6 });
export const kubeProxy: BinarySpec = component(kubernetes, { name: 'kube-proxy', expectedMinutes: 0.5 });
export const kubectl: BinarySpec = component(kubernetes, {
  name: 'kubectl',
  expectedMinutes: 1,
  versionArgs: ['version', '--client'],
});

/** The API server and controller manager of one Kubernetes version: what a light lab runs of it. */
export interface ControlPlane {
  /** `1.34`, as options name it. */
  readonly minor: string;
  readonly version: string;
  readonly binaries: readonly BinarySpec[];
}

/** What every lab runs by default; the only version that has nodes. */
export const pinnedControlPlane: ControlPlane = {
  ...{ minor: minorOf(kubernetes.version), version: kubernetes.version },
  binaries: [kubeApiServer, kubeControllerManager],
};

/** Oldest first. Those that are not pinned are resolved only by a lab that asks for them. */
export const controlPlanes: readonly ControlPlane[] = [
  controlPlane({ version: '1.30.14', group: 'kubernetes-1.30' }),
  pinnedControlPlane,
  controlPlane({ version: '1.37.2', group: 'kubernetes-1.37' }),
];

function release(
  project: string,
  tag: string,
  { file, checksums, member }: { readonly file: string; readonly checksums: string; readonly member: string }
): OfficialDownload {
  const base = `https://github.com/${project}/releases/download/${tag}`;
  return { url: `${base}/${file}`, checksumsUrl: `${base}/${checksums}`, member };
}

export const etcd: BinarySpec = {
  name: 'etcd',
  version: '3.6.16',
  versionProbe: { args: ['--version'], pattern: /etcd Version: (\S+)/ },
  official: release('etcd-io/etcd', 'v3.6.16', {
    file: 'etcd-v3.6.16-linux-amd64.tar.gz',
    checksums: 'SHA256SUMS',
    member: 'etcd-v3.6.16-linux-amd64/etcd',
  }),
  build: fromModule({ directory: moduleDirectory('etcd'), package: 'go.etcd.io/etcd/server/v3', expectedMinutes: 1.4 }),
};

interface Sidecar {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly expectedMinutes: number;
}

/** The sidecars are published as container images only, so there is no official download to try. */
function sidecar({ name, version, path, expectedMinutes }: Sidecar): BinarySpec {
  return {
    name,
    version,
    build: fromModule({
      directory: moduleDirectory('csi'),
      package: `github.com/kubernetes-csi/${path}`,
      linkerFlags: `-X main.version=v${version}`,
      expectedMinutes,
    }),
  };
}

export const csiProvisioner: BinarySpec = sidecar({
  name: 'csi-provisioner',
  version: '6.3.0',
  path: 'external-provisioner/v6/cmd/csi-provisioner',
  expectedMinutes: 3,
});
export const csiSnapshotter: BinarySpec = sidecar({
  name: 'csi-snapshotter',
  version: '8.6.0',
  path: 'external-snapshotter/v8/cmd/csi-snapshotter',
  expectedMinutes: 0.4,
});
export const snapshotController: BinarySpec = sidecar({
  name: 'snapshot-controller',
  version: '8.6.0',
  path: 'external-snapshotter/v8/cmd/snapshot-controller',
  expectedMinutes: 0.2,
});

/** The CustomResourceDefinitions of the snapshot API: files of a Go module, not an executable. */
export const snapshotApi = {
  group: moduleDirectory('csi'),
  module: 'github.com/kubernetes-csi/external-snapshotter/client/v8',
  version: '8.6.0',
  directory: 'config/crd',
} as const;

export const csiSanity: BinarySpec = {
  name: 'csi-sanity',
  version: '5.6.0',
  build: fromModule({
    directory: moduleDirectory('csi-sanity'),
    package: 'github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity',
    expectedMinutes: 1,
  }),
};

export const versitygw: BinarySpec = {
  name: 'versitygw',
  version: '1.8.0',
  versionProbe: { args: ['--version'], pattern: /Version\s*:\s*v?(\d\S*)/ },
  official: release('versity/versitygw', 'v1.8.0', {
    file: 'versitygw_v1.8.0_Linux_x86_64.tar.gz',
    checksums: 'checksums.txt',
    member: 'versitygw_v1.8.0_Linux_x86_64/versitygw',
  }),
  build: fromModule({
    directory: moduleDirectory('versitygw'),
    package: 'github.com/versity/versitygw/cmd/versitygw',
    linkerFlags: '-X main.Version=1.8.0',
    expectedMinutes: 3.5,
  }),
};

/** It says its version nowhere, so that none on PATH can be taken, and it is small: built from its module. */
export const fakeGcsServer: BinarySpec = {
  name: 'fake-gcs-server',
  version: '1.56.1',
  build: fromModule({
    directory: moduleDirectory('fake-gcs-server'),
    package: 'github.com/fsouza/fake-gcs-server',
    expectedMinutes: 1.5,
  }),
};

export const kopia: BinarySpec = {
  ...kopiaSpec,
  build: fromModule({
    directory: moduleDirectory('kopia'),
    package: 'github.com/kopia/kopia',
    linkerFlags: '-X github.com/kopia/kopia/repo.BuildVersion=0.22.3',
    expectedMinutes: 2,
  }),
};

/** What benchmarks compare with; no lab needs it, so `prepare` leaves it alone. */
export const velero: BinarySpec = {
  name: 'velero',
  version: '1.18.3',
  versionProbe: { args: ['version', '--client-only'], pattern: /Version: v?(\d\S*)/ },
  official: release('vmware-tanzu/velero', 'v1.18.3', {
    file: 'velero-v1.18.3-linux-amd64.tar.gz',
    checksums: 'CHECKSUM',
    member: 'velero-v1.18.3-linux-amd64/velero',
  }),
  build: fromModule({
    directory: moduleDirectory('velero'),
    package: 'github.com/vmware-tanzu/velero/cmd/velero',
    linkerFlags: '-X github.com/vmware-tanzu/velero/pkg/buildinfo.Version=v1.18.3',
    expectedMinutes: 4.9,
  }),
};

/** Its object-store plugin is published as an image only. */
export const veleroPluginForAws: BinarySpec = {
  name: 'velero-plugin-for-aws',
  version: '1.14.3',
  build: fromModule({
    directory: moduleDirectory('velero'),
    package: 'github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws',
    expectedMinutes: 1.8,
  }),
};
