import { describe, expect, it } from 'vitest';
import { runStateOf } from './ended.ts';

const at = '2026-11-01T00:00:00Z';
const conditions = (type: string, status: string, reason = ''): object => ({ conditions: [{ type, status, reason }] });

function judge(kind: string, status?: object, spec: object = {}): string {
  const [name = '', ...group] = kind.split('.');
  return runStateOf({ kind: name, group: group.join('.') }, JSON.stringify({ spec, status }))?.state ?? 'none';
}

describe('runStateOf', () => {
  it.each<[string, string, object | undefined, object?]>([
    ['TaskRun.tekton.dev', 'ended', { completionTime: at, ...conditions('Succeeded', 'True') }],
    ['PipelineRun.tekton.dev', 'ended', conditions('Succeeded', 'False', 'Failed')],
    ['PipelineRun.tekton.dev', 'runs', conditions('Succeeded', 'Unknown', 'Running')],
    ['PipelineRun.tekton.dev', 'runs', undefined],
    ['Workflow.argoproj.io', 'ended', { phase: 'Succeeded', finishedAt: at }],
    ['Workflow.argoproj.io', 'runs', { phase: 'Running', finishedAt: null, startedAt: at }],
    ['Workflow.argoproj.io', 'none', { phase: 'Running' }, { suspend: true }],
    ['Backup.postgresql.cnpg.io', 'ended', { phase: 'completed', stoppedAt: at }],
    ['Backup.postgresql.cnpg.io', 'ended', { phase: 'failed' }],
    ['SparkApplication.sparkoperator.k8s.io', 'ended', { applicationState: { state: 'COMPLETED' } }],
    ['SparkApplication.sparkoperator.k8s.io', 'runs', { applicationState: { state: 'RUNNING' } }],
    ['RayJob.ray.io', 'ended', { jobDeploymentStatus: 'Complete', jobStatus: 'SUCCEEDED' }],
    ['PyTorchJob.kubeflow.org', 'ended', conditions('Succeeded', 'True')],
    ['PyTorchJob.kubeflow.org', 'none', {}, { runPolicy: { suspend: true } }],
    ['Job.batch.volcano.sh', 'ended', { state: { phase: 'Completed' } }],
    ['KafkaRebalance.kafka.strimzi.io', 'ended', conditions('Ready', 'True')],
    ['KafkaRebalance.kafka.strimzi.io', 'runs', conditions('ProposalReady', 'True')],
    ['VirtualMachineClone.clone.kubevirt.io', 'ended', { phase: 'Succeeded' }],
    ['VirtualMachineRestore.snapshot.kubevirt.io', 'ended', { complete: true }],
    ['Backup.k8up.io', 'ended', { finished: true }],
    ['SGBackup.stackgres.io', 'ended', { process: { status: 'Completed' } }],
    ['MysqlBackup.mysql.presslabs.org', 'ended', { completed: true }],
    ['OpsRequest.operations.kubeblocks.io', 'ended', { phase: 'Succeed' }],
    ['Backup.k8s.mariadb.com', 'none', conditions('Complete', 'True'), { schedule: { cron: '0 1 * * *' } }],
  ])('a listed kind, %s: %s (%#)', (kind, expected, status, spec) => expect(judge(kind, status, spec)).toBe(expected));

  it.each<[string, string, object | undefined, object?]>([
    ['DeployRun.example.com', 'ended', { completionTime: at }],
    ['DataMigration.example.com', 'ended', { phase: 'Failed' }],
    ['ReportJob.example.com', 'ended', conditions('Ready', 'False', 'Completed')],
    ['Import.example.com', 'runs', { phase: 'InProgress', startTime: at }],
    ['Import.example.com', 'none', {}],
    ['Import.example.com', 'none', undefined],
    ['Cleaner.example.com', 'ended', { startTime: at, completionTime: at }],
    ['Cleaner.example.com', 'ended', { phase: 'Succeeded', ...conditions('Complete', 'True') }],
    ['Cleaner.example.com', 'may-have', { phase: 'Succeeded' }],
    ['Cleaner.example.com', 'may-have', { completionTime: at }],
    // A database that has failed is a database.
    ['Database.example.com', 'none', { phase: 'Failed' }],
    ['Database.example.com', 'none', conditions('Failed', 'True')],
    ['Database.example.com', 'none', { phase: 'Running', startTime: at, ...conditions('Ready', 'True', 'Succeeded') }],
    ['ScheduledBackup.example.com', 'none', { phase: 'Succeeded', completionTime: at }],
    ['Backup.example.com', 'none', { phase: 'Completed' }, { schedule: '0 1 * * *' }],
    ['ClusterServiceVersion.operators.coreos.com', 'none', { phase: 'Succeeded' }],
    ['HelmRelease.helm.toolkit.fluxcd.io', 'none', conditions('Ready', 'True', 'UpgradeSucceeded')],
    ['HelmRepository.source.toolkit.fluxcd.io', 'none', conditions('Ready', 'True', 'Succeeded')],
    ['Canary.flagger.app', 'none', { phase: 'Succeeded' }],
    ['CronJob.batch', 'none', { phase: 'Succeeded' }],
  ])('any other kind, %s: %s (%#)', (kind, expected, status, spec) => expect(judge(kind, status, spec)).toBe(expected));
});
