import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pMap from 'p-map';
import { startCliRig } from '../support/cli-rig.ts';

/**
 * Moves many namespaces in one wave on the light lab and prints what it took: `node test/measure/wave.ts --namespaces 100
 * --parallel 8 --objects 10`. Times are of this machine at this moment; the counts are what matters.
 */
const { values } = parseArgs({
  options: {
    namespaces: { type: 'string', default: '100' },
    parallel: { type: 'string', default: '8' },
    objects: { type: 'string', default: '10' },
  },
});
const [namespaces, parallel, objects] = [values.namespaces, values.parallel, values.objects].map(Number) as [
  number,
  number,
  number,
];

const rig = await startCliRig('many');
try {
  const names = Array.from({ length: namespaces }, (_, index) => `${rig.prefix}-${String(index).padStart(3, '0')}`);
  await pMap(
    names,
    async (namespace) => {
      await rig.namespace('source', namespace);
      rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
      for (let index = 0; index < objects; index += 1) {
        await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `config-${index}` },
          data: { text: 'x'.repeat(1_024) },
        });
      }
    },
    { concurrency: 16 }
  );
  const name = `${rig.prefix}-wave`;
  const file = rig.write({ name: 'each', spec: { scope: { namespaces: ['replaced'] } } });
  const wave = {
    apiVersion: 'landfall.dev/v1alpha1',
    kind: 'MigrationWave',
    metadata: { name },
    spec: {
      groups: [{ name: 'all', migration: 'each', namespaces: [`${rig.prefix}-*`] }],
      concurrency: { total: parallel, perLink: parallel },
    },
  };
  appendFileSync(file, `\n---\n${JSON.stringify(wave, null, 2)}\n`);
  const run = await rig.landfall(['wave', '-f', file, '--progress', 'lines']);
  console.log(run.stdout.trim());
  if (run.code !== 0) console.log(run.stderr.trim().split('\n').slice(-30).join('\n'));
  const { workflowExecutionInfo: info } = await describe(name);
  const found = await pMap(
    names,
    async (namespace) => {
      const list = await rig.target.get<{ items: unknown[] }>(`/api/v1/namespaces/${namespace}/configmaps`);
      return (list?.items.length ?? 0) - 1;
    },
    { concurrency: 16 }
  );
  const whole = found.filter((count) => count === objects).length;
  const seconds = run.ms / 1_000;
  console.log(
    [
      `exit ${run.code}; ${namespaces} namespaces of ${objects} ConfigMaps, ${parallel} at a time, in ${seconds.toFixed(1)} s (${((namespaces / seconds) * 60).toFixed(1)} a minute)`,
      `${whole} of ${namespaces} namespaces hold all their ConfigMaps on the target`,
      `history of the wave: ${Number(info?.historyLength ?? 0)} events, ${(Number(info?.historySizeBytes ?? 0) / 1024).toFixed(0)} KiB`,
    ].join('\n')
  );
  if (run.code !== 0 || whole !== namespaces) process.exitCode = 1;
} finally {
  await rig.end();
}

async function describe(name: string) {
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  const client = new Client({ connection, namespace: rig.prefix });
  const { raw } = await client.workflow.getHandle(`wave/${name}`).describe();
  await connection.close();
  return raw;
}
