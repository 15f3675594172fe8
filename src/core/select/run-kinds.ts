/** A kind whose objects are carried out once: what its controller does when one is there, and does again without status. */
export interface RunKind {
  readonly group: string;
  readonly kinds: readonly string[];
  /** Types of conditions that, when True, mean the end in this kind alone. */
  readonly endConditions?: readonly string[];
  /** States, in lower case, that mean the end in this kind alone. */
  readonly endStates?: readonly string[];
}

/**
 * Kinds whose objects run to an end, by the API references of their projects. Kinds that are not here are judged by the
 * signs in `ended.ts`. Built-in Jobs and Pods have rules of their own, and `kind-rules.ts` excludes Velero’s and
 * cert-manager’s.
 */
export const runKinds: readonly RunKind[] = [
  row('tekton.dev', ['PipelineRun', 'TaskRun', 'CustomRun', 'Run']),
  row('shipwright.io', ['BuildRun']),
  row('kpack.io', ['Build']),
  row('build.openshift.io', ['Build']),
  row('argoproj.io', ['Workflow', 'AnalysisRun', 'Experiment'], { endStates: ['inconclusive'] }),
  row('kargo.akuity.io', ['Promotion']),
  row('batch.volcano.sh', ['Job'], { endStates: ['terminated'] }),
  row('jobset.x-k8s.io', ['JobSet']),
  row('kueue.x-k8s.io', ['Workload']),
  row('sparkoperator.k8s.io', ['SparkApplication']),
  row('ray.io', ['RayJob'], { endStates: ['stopped'] }),
  row('kubeflow.org', [
    ...['PyTorchJob', 'TFJob', 'MPIJob', 'XGBoostJob', 'PaddleJob', 'MXJob', 'JAXJob', 'Experiment', 'Trial'],
  ]),
  row('trainer.kubeflow.org', ['TrainJob']),
  row('apps.kruise.io', ['BroadcastJob', 'ImagePullJob', 'ImageListPullJob', 'ContainerRecreateRequest']),
  row('k6.io', ['TestRun', 'K6']),
  row('flink.apache.org', ['FlinkStateSnapshot']),
  row('tower.ansible.com', ['AnsibleJob', 'AnsibleWorkflow']),
  row('postgresql.cnpg.io', ['Backup']),
  row('postgresql.k8s.enterprisedb.io', ['Backup']),
  row('postgres-operator.crunchydata.com', ['PGUpgrade']),
  row('pgv2.percona.com', ['PerconaPGBackup', 'PerconaPGRestore', 'PerconaPGUpgrade']),
  row('psmdb.percona.com', ['PerconaServerMongoDBBackup', 'PerconaServerMongoDBRestore'], { endStates: ['ready'] }),
  row('pxc.percona.com', ['PerconaXtraDBClusterBackup', 'PerconaXtraDBClusterRestore']),
  row('ps.percona.com', ['PerconaServerMySQLBackup', 'PerconaServerMySQLRestore']),
  row('mysql.oracle.com', ['MySQLBackup']),
  row('mysql.presslabs.org', ['MysqlBackup']),
  row('k8s.mariadb.com', ['Backup', 'PhysicalBackup', 'Restore', 'SqlJob']),
  row('stackgres.io', ['SGBackup', 'SGDbOps']),
  row('pingcap.com', ['Backup', 'Restore', 'CompactBackup']),
  row('medusa.k8ssandra.io', ['MedusaBackupJob', 'MedusaRestoreJob', 'MedusaTask']),
  row('control.k8ssandra.io', ['CassandraTask', 'K8ssandraTask']),
  row('infinispan.org', ['Backup', 'Restore', 'Batch']),
  row('solr.apache.org', ['SolrBackup']),
  row('hazelcast.com', ['HotBackup']),
  row('k8s.keycloak.org', ['KeycloakRealmImport'], { endConditions: ['Done'] }),
  row('kafka.strimzi.io', ['KafkaRebalance'], { endConditions: ['Ready', 'Stopped', 'NotReady'] }),
  row('dataprotection.kubeblocks.io', ['Backup', 'Restore']),
  row('operations.kubeblocks.io', ['OpsRequest']),
  row('apps.kubeblocks.io', ['OpsRequest']),
  row('stash.appscode.com', ['BackupSession', 'RestoreSession']),
  row('core.kubestash.com', ['BackupSession', 'RestoreSession']),
  row('k8up.io', ['Backup', 'Restore', 'Check', 'Prune', 'Archive']),
  row('longhorn.io', ['Backup', 'SystemBackup', 'SystemRestore', 'BackupBackingImage'], { endStates: ['ready'] }),
  row('resources.cattle.io', ['Backup', 'Restore']),
  row('cr.kanister.io', ['ActionSet']),
  row('etcd.database.coreos.com', ['EtcdBackup', 'EtcdRestore']),
  row('csiaddons.openshift.io', ['ReclaimSpaceJob', 'EncryptionKeyRotationJob']),
  row('awx.ansible.com', ['AWXBackup', 'AWXRestore']),
  row('clone.kubevirt.io', ['VirtualMachineClone']),
  row('snapshot.kubevirt.io', ['VirtualMachineSnapshot', 'VirtualMachineRestore']),
  row('export.kubevirt.io', ['VirtualMachineExport'], { endStates: ['terminated', 'skipped'] }),
  row('kubevirt.io', ['VirtualMachineInstanceMigration']),
  row('forklift.konveyor.io', ['Migration']),
  row('migration.openshift.io', ['MigMigration', 'DirectImageMigration', 'DirectVolumeMigration']),
  row('operators.coreos.com', ['InstallPlan']),
];

/** Kinds whose state says Succeeded, Complete or Failed all the time they live. */
const longLived: ReadonlySet<string> = new Set([
  'operators.coreos.com/ClusterServiceVersion',
  'operators.coreos.com/Subscription',
  'helm.toolkit.fluxcd.io/HelmRelease',
  'helm.cattle.io/HelmChart',
  'helm.cattle.io/HelmChartConfig',
  'flagger.app/Canary',
  'argoproj.io/Application',
  'argoproj.io/ApplicationSet',
  'argoproj.io/Rollout',
  'replication.storage.openshift.io/VolumeReplication',
  'template.openshift.io/TemplateInstance',
  'upgrade.cattle.io/Plan',
  'fleet.cattle.io/GitJob',
  'flink.apache.org/FlinkSessionJob',
]);

/** The row of a kind that runs to an end; undefined when the table does not know it. */
export function runKindOf({ group, kind }: { readonly group: string; readonly kind: string }): RunKind | undefined {
  return runKinds.find((one) => one.group === group && one.kinds.includes(kind));
}

/** True for a kind that lives on although its state reads like an end. */
export function isLongLived({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return longLived.has(`${group}/${kind}`);
}

function row(group: string, kinds: readonly string[], more: Omit<RunKind, 'group' | 'kinds'> = {}): RunKind {
  return { group, kinds, ...more };
}
