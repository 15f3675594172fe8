import type { MoverPodsSpec, TolerationSpec } from '../spec/spec.ts';

/** Where a pod that moves a volume may run: what the pods that mount the claim say. */
export interface MoverPlacement {
  readonly tolerations?: readonly TolerationSpec[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** `requiredDuringSchedulingIgnoredDuringExecution` of the node affinity. */
  readonly nodeAffinity?: object;
}

/** Everything a mover's pod gets besides its defaults. */
export type MoverPods = MoverPodsSpec & MoverPlacement;

/** Joins what the file says of movers with where the application's pods run; the file counts for a label both name. */
export function mergePods(settings: MoverPodsSpec = {}, placement: MoverPlacement = {}): MoverPods {
  const tolerations = joinTolerations([settings.tolerations ?? [], placement.tolerations ?? []]);
  const nodeSelector = { ...placement.nodeSelector, ...settings.nodeSelector };
  const { tolerations: _, nodeSelector: __, ...rest } = { ...placement, ...settings };
  return {
    ...rest,
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
  };
}

/** Gives every toleration of the lists once. */
export function joinTolerations(lists: readonly (readonly TolerationSpec[])[]): readonly TolerationSpec[] {
  const found = new Map(lists.flat().map((toleration) => [keyOf(toleration), toleration]));
  return [...found.values()];
}

function keyOf({ key = '', operator = 'Equal', value = '', effect = '' }: TolerationSpec): string {
  return JSON.stringify([key, operator, value, effect]);
}

/** What a mover pod asks for where the file sets nothing. */
export const moverRequests = { cpu: '100m', memory: '256Mi' } as const;
