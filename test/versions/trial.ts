import { waitFor } from '../../src/host/wait.ts';
import type { Lab } from '../../lab/index.ts';
import { addNodes } from '../support/assess/nodes.ts';
import { startCliRig, type CliRig, type CliRun, type MigrationRun } from '../support/cli-rig.ts';
import { seedText, type Seed } from '../support/many-objects.ts';
import { missingFields, memberPath } from './arrived.ts';
import { application, kindOfNewer, fieldsOfNewer, shared, type Application } from './planted.ts';
import type { Assessment } from '../../src/assess/assessment.ts';

/** What one migration between two versions gave, in the words of the table. */
export interface TrialResult {
  readonly source: string;
  readonly target: string;
  /** What `assess` says: its exit code and the codes of its findings. */
  readonly assess: string;
  readonly plan: string;
  readonly migrate: string;
  /** What Landfall compared, and what was read back without it. */
  readonly parity: string;
  readonly newerKind: string;
  readonly newerFields: string;
  /** Empty: as it should be. */
  readonly problems: readonly string[];
}

/** Expectations by minor versions: `CLUSTER_OLDER` stands for an older target and for one three and more minors newer. */
interface Pair {
  readonly from: number;
  readonly to: number;
}

const apart = 3;
const absent = 'the source has none';

/** Plants an application on the source of a lab, asks about it, moves it, and reads it back from the target. */
export async function runTrial(lab: Lab, index: number): Promise<TrialResult> {
  const [source, target] = [lab.clusters.source.kubernetes, lab.clusters.target.kubernetes];
  const pair = { from: minorOf(source), to: minorOf(target) };
  const rig = await startCliRig(`v${pair.from}-${pair.to}`, { lab });
  const problems: string[] = [];
  try {
    for (const side of ['source', 'target'] as const) await furnish(rig, side);
    const whole = await moveWhole(rig, { pair, nodePort: 30_005 + index * 10, problems });
    const newerKind = await moveKind(rig, pair, problems);
    const newerFields = await moveFields(rig, problems);
    return { source, target, ...whole, newerKind, newerFields, problems };
  } finally {
    await rig.end();
  }
}

/** What a light lab lacks and an assessment looks for: a node with room, and a default class for Ingresses. */
async function furnish(rig: CliRig, side: 'source' | 'target'): Promise<void> {
  const name = `${rig.prefix}-${side}`;
  await addNodes(rig, side, [{ name, allocatable: { cpu: '8', memory: '16Gi', pods: '100' } }]);
  const classes = '/apis/networking.k8s.io/v1/ingressclasses';
  await rig.create(side, classes, {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
    metadata: { name: rig.prefix, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    spec: { controller: 'example.org/ingress' },
  });
  rig.onEnd(() => rig[side].call('DELETE', `${classes}/${rig.prefix}`));
}

async function moveWhole(
  rig: CliRig,
  { pair, nodePort, problems }: { readonly pair: Pair; readonly nodePort: number; readonly problems: string[] }
): Promise<Pick<TrialResult, 'assess' | 'plan' | 'migrate' | 'parity'>> {
  const scale = scaleOf(rig, 'app', nodePort);
  await plant(rig, scale, shared(scale));
  const planted = application(scale);
  await plant(rig, scale, planted);
  const spec = { scope: { namespaces: [scale.namespace] } };
  const file = rig.write({ spec });

  const assessed = await rig.landfall(['assess', '-f', file, '-o', 'json', '--no-images', '--no-probes']);
  const findings = findingsOf(assessed);
  const older = pair.to < pair.from || pair.to - pair.from >= apart;
  check(problems, 'exit code of assess', [assessed.code, 0]);
  check(problems, 'CLUSTER_OLDER', [findings.includes('CLUSTER_OLDER'), older]);
  const planned = await rig.landfall(['plan', '-f', file, '-o', 'json']);
  check(problems, 'exit code of plan', [planned.code, 0]);
  if (planned.code !== 0) problems.push(planned.stderr.trim().slice(-600));

  const run = await rig.migrate({ spec });
  check(problems, 'exit code of migrate', [run.code, 0]);
  if (run.code !== 0) problems.push(describeEnd(run));
  const counts = run.result?.counts;
  const parity = run.result?.parity;
  const { objects, fields, missing } = await missingFields(rig, planted);
  problems.push(...missing);
  return {
    assess: `${assessed.code}: ${findings.length === 0 ? 'no finding' : findings.join(', ')}`,
    plan: String(planned.code),
    migrate: `${run.code}: ${counts?.applied ?? 0} of ${counts?.captured ?? 0} applied`,
    parity: `${parity?.missing ?? '?'}/${parity?.extra ?? '?'}/${parity?.different ?? '?'}; ${objects} objects, ${fields} fields read back`,
  };
}

/** A kind that only newer servers have: moved where the target serves it, else refused before anything is written. */
async function moveKind(rig: CliRig, pair: Pair, problems: string[]): Promise<string> {
  if (pair.from < kindOfNewer.since) return absent;
  const scale = scaleOf(rig, 'kind', 0);
  await plant(rig, scale, [kindOfNewer.seed(scale.namespace)]);
  const spec = { scope: { namespaces: [scale.namespace] } };
  const planned = await rig.landfall(['plan', '-f', rig.write({ spec }), '-o', 'json']);
  const run = await rig.migrate({ spec });
  const ends = `plan ${planned.code}, migrate ${run.code}`;
  if (pair.to >= kindOfNewer.since) {
    check(problems, `newer kind, served: ${ends}`, [planned.code + run.code, 0]);
    if (run.code !== 0) problems.push(describeEnd(run));
    return `moved (${ends})`;
  }
  check(problems, 'newer kind: exit code of plan', [planned.code, 5]);
  check(problems, 'newer kind: exit code of migrate', [run.code, 5]);
  check(problems, 'newer kind: error', [run.error?.code, 'KIND_NOT_SERVED']);
  const written = await rig.target.get(`/api/v1/namespaces/${scale.namespace}`);
  check(problems, 'newer kind: namespace on the target', [written, undefined]);
  return `${run.error?.code ?? '?'} before anything is written (${ends})`;
}

/** Fields that only newer servers keep: never lost without a word. */
async function moveFields(rig: CliRig, problems: string[]): Promise<string> {
  const scale = scaleOf(rig, 'fields', 0);
  const seeds = fieldsOfNewer(scale.namespace);
  await plant(rig, scale, seeds);
  const kept: Seed[] = [];
  for (const seed of seeds) {
    if ((await missingFields({ target: rig.source }, [seed])).missing.length === 0) kept.push(seed);
    else await rig.source.call('DELETE', memberPath(seed));
  }
  if (kept.length === 0) return absent;
  const spec = { scope: { namespaces: [scale.namespace] } };
  const planned = await rig.landfall(['plan', '-f', rig.write({ spec }), '-o', 'json']);
  const run = await rig.migrate({ spec });
  const { missing } = await missingFields(rig, kept);
  const names = run.report?.parity?.names.different ?? [];
  const ends = `plan ${planned.code}, migrate ${run.code}${run.error === undefined ? '' : ` ${run.error.code}`}`;
  if (missing.length === 0) {
    check(problems, `newer fields, kept: ${ends}`, [planned.code + run.code, 0]);
    return `moved: ${kept.length} objects (${ends})`;
  }
  if (run.code === 0) problems.push(`fields of newer versions were lost without a word: ${missing.join('; ')}`);
  const said = run.error?.what ?? names.join('; ');
  return `reported (${ends}${said === '' ? '' : `: ${said.split('\n')[0] ?? ''}`})`;
}

/** Creates a namespace on the source, where it is not there yet, and objects in it; all goes when the rig ends, on both sides. */
async function plant(rig: CliRig, { namespace }: Application, seeds: readonly Seed[]): Promise<void> {
  if ((await rig.source.get(`/api/v1/namespaces/${namespace}`)) === undefined) {
    await rig.namespace('source', namespace, { team: 'shop' });
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  }
  for (const seed of seeds) {
    await served(rig, seed.collection);
    const answer = await rig.source.call('POST', seed.collection, {
      type: 'application/json',
      text: seedText(seed.object),
    });
    if (answer.status >= 300)
      throw new Error(`${seed.collection} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    if (seed.collection.includes('/namespaces/')) continue;
    for (const side of ['source', 'target'] as const) rig.onEnd(() => rig[side].call('DELETE', memberPath(seed)));
  }
}

async function served(rig: CliRig, collection: string): Promise<void> {
  const probe = () => rig.source.get(`${collection}?limit=1`);
  await waitFor(probe, { what: `${collection} to be served`, deadlineMs: 30_000 });
}

function scaleOf(rig: CliRig, suffix: string, nodePort: number): Application {
  const namespace = `${rig.prefix}-${suffix}`;
  return { namespace, group: `${namespace}.example.org`, nodePort, configMaps: 4, secrets: 2, widgets: 2, others: 2 };
}

function findingsOf(run: CliRun): string[] {
  try {
    const { findings } = JSON.parse(run.stdout) as Assessment;
    return [...new Set(findings.map(({ code }) => code))].sort();
  } catch {
    return [`no assessment: ${run.stderr.trim().slice(-300)}`];
  }
}

function describeEnd({ error, stderr, report }: MigrationRun): string {
  const different = report?.parity?.names.different ?? [];
  return [error?.code, error?.what, ...different, error === undefined ? stderr.trim().slice(-600) : '']
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

function check(problems: string[], what: string, [found, wanted]: readonly [unknown, unknown]): void {
  if (found !== wanted) problems.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

/** `34` of `1.34.4`. */
function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
