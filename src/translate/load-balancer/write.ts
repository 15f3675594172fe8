import type { Draft } from '../draft.ts';
import type { KnownPlatform, Translation } from '../../core/profile/cluster-profile.ts';
import type { LoadBalancerModel } from './model.ts';
import { writeAks } from './write-aks.ts';
import { writeEks } from './write-eks.ts';
import { writeVks } from './write-vks.ts';

type Write = (draft: Draft, model: LoadBalancerModel, translation: Translation) => void;

/** Says a model in the words of a platform; what it has no word for becomes a loss. */
export const writeLoadBalancer: Readonly<Record<KnownPlatform, Write>> = {
  vks: writeVks,
  eks: writeEks,
  aks: writeAks,
};
