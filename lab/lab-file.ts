import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedBinary } from '../src/binaries/spec.ts';
import { identify, type ClusterName } from './identity.ts';
import type { LabMode } from './registry.ts';

/** Everything a client of a running lab needs; the content of `.lab/NAME/lab.json`. */
export interface Lab {
  readonly name: string;
  readonly id: string;
  readonly mode: LabMode;
  readonly stateDirectory: string;
  readonly clusters: Readonly<Record<ClusterName, LabCluster>>;
  readonly s3: LabS3;
  readonly azurite: LabAzurite;
  readonly gcs: LabGcs;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly binary: string };
  /** Resolved executables by name; of two versions of one, that of the target. */
  readonly binaries: Readonly<Record<string, ResolvedBinary>>;
}

export interface LabCluster {
  readonly name: ClusterName;
  /** Full rights (`system:masters`), also the name of its context. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly server: string;
  /** Version of its API server, `1.34.4`. */
  readonly kubernetes: string;
  /** Directory of the cluster's certificate authority. */
  readonly pki: string;
  readonly storageClass: string;
  /** The fields below exist only in a whole lab. */
  readonly snapshotClass?: string;
  readonly csiDriver?: string;
  readonly netns?: string;
  readonly nodeName?: string;
  /** NodePorts answer here. */
  readonly nodeAddress?: string;
  readonly kubeletRoot?: string;
  readonly containerdSocket?: string;
  /** Where the CSI driver keeps its volumes and snapshots. */
  readonly volumeRoot?: string;
}

export interface LabS3 {
  /** The same URL works on the host and in the pods of both clusters of a whole lab. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The same keys as an AWS shared-credentials file, profile `default`. */
  readonly credentialsFile: string;
  /** Objects are plain files below it: for tests that damage them by hand. */
  readonly dataDirectory: string;
}

export interface LabAzurite {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly connectionString: string;
}

export interface LabGcs {
  /** The same URL works on the host and in the pods of both clusters of a whole lab. It asks for no credentials. */
  readonly endpoint: string;
  readonly bucket: string;
}

/** Reads a lab that is up; fails with the command to run when there is none. */
export function readLab(name = 'default'): Lab {
  const file = labFile(identify(name).stateDirectory);
  if (!existsSync(file)) throw new Error(`lab "${name}" is not up (no ${file}); run: npm run lab -- up --name ${name}`);
  return JSON.parse(readFileSync(file, 'utf8')) as Lab;
}

/** Writes `lab.json` whole; only its owner may read it, since it holds the stores' keys. */
export function writeLab(lab: Lab): void {
  const file = labFile(lab.stateDirectory);
  writeFileSync(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function labFile(stateDirectory: string): string {
  return join(stateDirectory, 'lab.json');
}
