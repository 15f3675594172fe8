import type { Platform, TranslationSpec } from '../core/spec/spec.ts';
import { packOf } from './packs.ts';
import {
  platforms,
  type ClusterProfile,
  type KnownPlatform,
  type Translation,
} from '../core/profile/cluster-profile.ts';
import type { TransformContext } from '../core/transform/rule.ts';

/**
 * What translates between two clusters; undefined when nothing does: it is switched off, both are the same platform, or
 * one of them is none there is a pack for.
 */
export function translationBetween(
  tables: TranslationSpec | undefined,
  source: ClusterProfile,
  target: ClusterProfile
): Translation | undefined {
  if (tables === undefined || tables.mode === 'off') return undefined;
  const from = known(source.platform);
  const to = known(target.platform);
  return from === undefined || to === undefined || from === to ? undefined : { from, to, tables, source, target };
}

/** The context with the pack of the direction in it. */
export function withTranslation(context: TransformContext, translation: Translation | undefined): TransformContext {
  if (translation === undefined) return context;
  return { ...context, translation, rules: [...(context.rules ?? []), ...packOf(translation)] };
}

function known(platform: Platform): KnownPlatform | undefined {
  return platforms.find((name) => name === platform);
}
