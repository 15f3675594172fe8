import { assessSourceClaim, type SourceDecision } from '../../core/volumes/assess-source.ts';
import type { SourceContext } from '../../core/volumes/data-of-claim.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import type { Finding } from '../../core/run/events.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { Session } from '../session.ts';
import {
  claimFindings,
  classFacts,
  listClasses,
  listSnapshotClasses,
  readVolume,
  termsOf,
  topologiesOf,
} from './stored-classes.ts';
import { pick, type ClaimAssessor } from './volumes-assess.ts';

/** A claim of the source, and what is done with its data. */
export interface JudgedClaim {
  readonly decision: SourceDecision;
  /** Absent: its data is not taken. */
  readonly move?: ClaimMove;
  readonly findings: readonly Finding[];
  /** Where its volume can be attached; absent: anywhere. */
  readonly volumeTerms?: PlannedMover['volumeTerms'];
}

export interface SourceAssessor extends Pick<ClaimAssessor, 'bindingOf' | 'topologiesOf'> {
  assess(claimText: string): Promise<JudgedClaim>;
}

/**
 * Reads the classes of the source once and then judges claims by them, without any target. Where no data is taken it asks
 * the source nothing. Changes nothing.
 */
export async function openSourceAssessor(
  { source, spec }: Session<'source'>,
  signal: AbortSignal
): Promise<SourceAssessor> {
  const takes = spec.volumes.mode === 'move';
  const [classes, snapshotClasses] = takes
    ? await Promise.all([listClasses(source, signal), listSnapshotClasses(source, signal)])
    : [[], []];
  const sourceClasses = classes.map(classFacts);
  const context: SourceContext = { volumes: spec.volumes, sourceClasses, snapshotClasses };
  return {
    bindingOf: ({ sourceClass, readClass = sourceClass }) => ({
      sourceWaits: sourceClasses.some(({ name, waitsForConsumer }) => name === readClass && waitsForConsumer),
      targetWaits: false,
    }),
    topologiesOf: ({ sourceClass, readClass = sourceClass }) => ({
      source: topologiesOf(classes, readClass),
      target: [],
    }),
    async assess(claimText) {
      const volume = takes ? await readVolume(source, claimText, signal) : undefined;
      const decision = assessSourceClaim(claimText, volume, context);
      const { metadata } = JSON.parse(claimText) as { readonly metadata: { namespace: string; name: string } };
      const { namespace, name } = metadata;
      return {
        decision,
        ...(decision.action === 'take'
          ? { move: { namespace, name, targetNamespace: namespace, ...pick({ ...decision, targetClass: '' }) } }
          : {}),
        ...(volume === undefined ? {} : termsOf(volume)),
        findings: claimFindings(decision.findings, source.name),
      };
    },
  };
}
