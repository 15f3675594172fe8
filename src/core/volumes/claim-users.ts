import { templateNames } from '../graph/pod-needs.ts';
import { podSpecsOf } from '../graph/pod-places.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { TolerationSpec } from '../spec/spec.ts';
import { joinTolerations, type MoverPlacement } from './mover-pods.ts';

/** A workload as it stands on the source, and as it will stand on the target. */
export interface PlannedWorkload {
  readonly ref: ObjectRef;
  readonly text: string;
  readonly targetRef: ObjectRef;
  readonly targetText: string;
}

/** Whether a volume of the class is made only when a pod is scheduled, and so where that pod is. */
export interface Binding {
  readonly sourceWaits: boolean;
  readonly targetWaits: boolean;
}

/** Where the pods of a claim run, on each side; a side they say nothing about is absent. */
export interface ClaimPlacement {
  readonly source?: MoverPlacement;
  readonly target?: MoverPlacement;
}

/** Remembers where the pods run that mount claims, so that whatever fills or reads a claim can run there too. */
export interface ClaimUsers {
  add(workload: PlannedWorkload): void;
  /** `undefined` when no workload of the plan says where its pods run. */
  placementOf(namespace: string, claim: string, binding: Binding): ClaimPlacement | undefined;
}

interface Use {
  readonly source: MoverPlacement;
  readonly target: MoverPlacement;
}

/** Tolerations of one claim that travel; a workload has a handful. */
const tolerationsMax = 20;

export function createClaimUsers(): ClaimUsers {
  const users = new Map<string, Use[]>();
  return {
    add({ ref, text, targetRef, targetText }) {
      const desired = podSpecsOf(targetText, targetRef);
      podSpecsOf(text, ref).forEach((spec, index) => {
        const use = { source: placementOf(spec), target: placementOf(desired[index] ?? {}) };
        for (const name of claimNames(ref, spec, text)) {
          const key = `${ref.namespace}/${name}`;
          users.set(key, [...(users.get(key) ?? []), use]);
        }
      });
    },
    placementOf(namespace, claim, { sourceWaits, targetWaits }) {
      const uses = [
        ...(users.get(`${namespace}/${claim}`) ?? []),
        ...(users.get(`${namespace}/${claim.replace(/-[0-9]+$/, ordinal)}`) ?? []),
      ];
      const source = joined(
        uses.map((use) => use.source),
        sourceWaits
      );
      const target = joined(
        uses.map((use) => use.target),
        targetWaits
      );
      if (source === undefined && target === undefined) return undefined;
      return { ...(source === undefined ? {} : { source }), ...(target === undefined ? {} : { target }) };
    },
  };
}

/** In place of the number in the name of a claim that a StatefulSet made: TEMPLATE-NAME-0. No name has it. */
const ordinal = '-*';

function claimNames(ref: ObjectRef, spec: { readonly [key: string]: JsonValue }, text: string): readonly string[] {
  const templates = ref.kind === 'StatefulSet' ? templateNames(text) : [];
  const volumes: JsonValue = spec['volumes'] ?? [];
  const named = (Array.isArray(volumes) ? (volumes as readonly JsonValue[]) : []).flatMap((volume) => {
    if (!isJsonObject(volume)) return [];
    const replaced = typeof volume['name'] === 'string' && templates.includes(volume['name']);
    const claim = volume['persistentVolumeClaim'];
    const name = isJsonObject(claim) && !replaced ? claim['claimName'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return [...named, ...templates.map((template) => `${template}-${ref.name}${ordinal}`)];
}

function placementOf(spec: { readonly [key: string]: JsonValue }): MoverPlacement {
  const { tolerations, nodeSelector, affinity } = spec as unknown as PodPlacement;
  const nodeAffinity = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  // One that ends by itself says how long a pod may stay where it is, not where it may go.
  const lasting = (tolerations ?? []).filter(({ tolerationSeconds }) => tolerationSeconds === undefined);
  return {
    ...(lasting.length === 0 ? {} : { tolerations: lasting }),
    ...(nodeSelector === undefined || Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
  };
}

/**
 * What counts for all pods of a claim. A selector chooses where the volume is made, so it counts where the volume waits for
 * its first pod, and where all of them say the same: pods that differ can run in several places, and the scheduler chooses.
 */
function joined(uses: readonly MoverPlacement[], waits: boolean): MoverPlacement | undefined {
  const tolerations = joinTolerations(uses.map((use) => use.tolerations ?? [])).slice(0, tolerationsMax);
  const [first] = uses;
  const same = <T>(read: (use: MoverPlacement) => T | undefined): T | undefined => {
    if (first === undefined || !waits) return undefined;
    const value = read(first);
    return uses.every((use) => JSON.stringify(read(use)) === JSON.stringify(value)) ? value : undefined;
  };
  const nodeSelector = same((use) => use.nodeSelector);
  const nodeAffinity = same((use) => use.nodeAffinity);
  if (tolerations.length === 0 && nodeSelector === undefined && nodeAffinity === undefined) return undefined;
  return {
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
  };
}

interface PodPlacement {
  readonly tolerations?: readonly (TolerationSpec & { readonly tolerationSeconds?: number })[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: object };
  };
}
