import { sha256Of } from '../../src/archive/stored.ts';
import { hashPlan } from '../../src/config/plan-file/format.ts';
import { dependenciesOf } from '../../src/core/graph/dependencies-of.ts';
import { createDependencyGraph } from '../../src/core/graph/apply-groups.ts';
import type { ExcludedObject } from '../../src/core/capture/capture-part.ts';
import { changingRules, planDigest } from '../../src/core/planning/desired-object.ts';
import { buildPlan, type JudgedObject } from '../../src/core/plan/build-plan.ts';
import { lossesOf } from '../../src/core/plan/losses.ts';
import { objectKey, type ApiResource, type ObjectRef } from '../../src/core/resource.ts';
import { readHead, readListedHead } from '../../src/core/select/head.ts';
import type { MigrationSpec, TransformSpec } from '../../src/core/spec/spec.ts';
import type { TransformContext, TransformNote } from '../../src/core/transform/rule.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { findingsOf } from '../../src/translate/findings.ts';
import { asRule, isIn, type PackRule } from '../../src/translate/pack.ts';
import { packRules } from '../../src/translate/packs.ts';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import { contextOf, manifestsOf, resourceOf, translationOf } from '../translate/setting.ts';
import { objectsOf } from './fixture.ts';
import { peakRssBytes } from './host.ts';

/** What one process that planned COUNT objects found. */
export interface PlanCost {
  readonly ms: number;
  /** Processor seconds of the process in that time, garbage collection on other threads among them. */
  readonly cpuSeconds: number;
  /** Decoding and encoding every object once: what nobody who looks at all of them can do without. */
  readonly floorMs: number;
  readonly peakRssBytes: number;
  /** How often a rule of the packs was asked about an object. */
  readonly asked: number;
  readonly planned: number;
}

/** As the archive gives objects: bytes, outside of the heap of JavaScript. */
interface Given {
  readonly bytes: Buffer;
  readonly resource: ApiResource;
}

const direction: Direction = { from: 'vks', to: 'eks' };

/** Half are configuration as applications have it, half the manifests of VKS that the rules are tried with. */
function objectsFor(count: number): readonly Given[] {
  const manifests = manifestsOf('vks').map(({ text, resource }) => ({ value: JSON.parse(text) as Named, resource }));
  const plain = [...objectsOf('plain', Math.floor(count / 2))].map(({ object }) => object as Named);
  const named = Array.from({ length: count - plain.length }, (_, at): Given => {
    const { value, resource } = manifests[at % manifests.length] as (typeof manifests)[number];
    const metadata = { ...value.metadata, name: `${value.metadata.name}-${at}` };
    return { bytes: Buffer.from(JSON.stringify({ ...value, metadata })), resource };
  });
  const remaining = plain.map((value): Given => {
    const metadata = { ...value.metadata, namespace: 'plain' };
    return {
      bytes: Buffer.from(JSON.stringify({ ...value, metadata })),
      resource: resourceOf(value.apiVersion, value.kind),
    };
  });
  return named.flatMap((one, at) => [one, ...remaining.slice(at, at + 1)]);
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Own rules of the kinds a file has: a label everywhere, and one that looks into the objects. */
const transforms: readonly TransformSpec[] = [
  {
    name: 'labelled',
    match: { kinds: [], namespaces: [], name: '', labelSelector: '' },
    patch: [],
    mergePatch: { metadata: { labels: { moved: 'yes' } } },
    reason: 'bench',
  },
  {
    name: 'images',
    match: {
      kinds: ['deployments.apps'],
      namespaces: ['shop'],
      name: '^(?:web|zoned)-',
      labelSelector: '',
      jsonPath: [{ path: '$.spec.template.spec.containers[*].image', matches: '^harbor' }],
    },
    patch: [{ op: 'add', path: '/spec/replicas', value: 3 }],
    reason: 'bench',
  },
];

/** Counts how often rules are asked, without changing what they do. */
function countingContext(): { readonly context: TransformContext; readonly asked: () => number } {
  let asked = 0;
  const pack = packRules
    .filter((rule) => isIn(rule, direction))
    .map((rule): PackRule => ({
      ...rule,
      translate: (draft, object, translation) => {
        asked += 1;
        rule.translate(draft, object, translation);
      },
    }));
  const context = { ...contextOf(translationOf(direction)), rules: [asRule(pack)], userTransforms: transforms };
  return { context, asked: () => asked };
}

/** The pure part of a plan, as activities/compute-desired-state.ts and make-plan.ts call it. */
function plan(objects: readonly Given[], context: TransformContext): string {
  const judged = new Map<string, JudgedObject>();
  const graph = createDependencyGraph();
  const notes: { ref: ObjectRef; note: TransformNote }[] = [];
  const excluded: ExcludedObject[] = [];
  const keep = (
    ref: ObjectRef,
    resource: ApiResource,
    text: string,
    rules: readonly string[],
    digest: string
  ): void => {
    const object: JudgedObject = { ref, digest, rules, awaited: false, verdict: 'create' };
    const key = objectKey(ref);
    judged.set(key, object);
    graph.add(key, dependenciesOf(text, readListedHead(text, resource)));
  };
  for (const { bytes: given, resource } of objects) {
    const text = given.toString('utf8');
    const head = readHead(text, resource);
    const outcome = transformObject({ head, text, resource }, context);
    for (const note of outcome.notes) notes.push({ ref: outcome.ref, note });
    for (const made of outcome.additional) keep(made.ref, made.resource, made.text, [made.rule], sha256Of(made.text));
    if (outcome.excluded !== undefined)
      excluded.push({ ref: head.ref, rule: outcome.excluded.rule, reason: outcome.excluded.reason });
    else keep(outcome.ref, resource, outcome.text, changingRules(outcome), sha256Of(planDigest(outcome)));
  }
  const applyGroups = graph.applyGroups().map(({ name, keys }) => ({
    name,
    objects: keys.flatMap((key) => judged.get(key) ?? []),
    claims: [],
    settle: 0,
  }));
  const cluster = { name: 'bench', platform: 'vks', uid: 'bench', version: 'v1' } as const;
  return hashPlan(
    buildPlan({
      spec,
      landfall: 'bench',
      configuration: '',
      source: cluster,
      target: { ...cluster, platform: 'eks' },
      applyGroups,
      claims: [],
      excluded,
      losses: lossesOf(notes),
      findings: findingsOf(notes),
    })
  );
}

/** What the plan reads of a specification. */
const spec = {
  name: 'bench',
  source: { name: 'bench' },
  target: { name: 'bench' },
  location: { name: 'bench' },
  namespaceMapping: {},
  storageClasses: {},
  hooks: { pre: [], post: [] },
  landfallNamespace: 'landfall-system',
  existingResourcePolicy: 'fail',
  onFailure: 'rollback',
} as unknown as MigrationSpec;

function main(count: number): PlanCost {
  const objects = objectsFor(count);
  const { context, asked } = countingContext();
  // Compiled code is what a worker has that planned before; the first objects are not what is measured.
  plan(objects.slice(0, 2_000), context);
  const before = asked();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  plan(objects, context);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const peak = peakRssBytes(process.pid);
  const floorAt = performance.now();
  let bytes = 0;
  for (const { bytes: given } of objects) bytes += JSON.stringify(JSON.parse(given.toString('utf8'))).length;
  const floorMs = performance.now() - floorAt;
  if (bytes === 0) throw new Error('nothing was planned');
  return {
    ms,
    cpuSeconds: (user + system) / 1e6,
    floorMs,
    peakRssBytes: peak,
    asked: asked() - before,
    planned: objects.length,
  };
}

const cost = main(Number(process.argv[2]));
process.send?.(cost);
