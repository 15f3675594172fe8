import { encodeValue, type JsonValue } from '../json/value.ts';

/** A default that servers write since a version, and that means what the absent field means to an older one. */
export interface LaterDefault {
  /** `group/Kind`. */
  readonly kind: string;
  /** A JSON pointer. */
  readonly path: string;
  readonly value: JsonValue;
  readonly since: string;
}

/**
 * The published table of defaults that a server before `since` drops: the object behaves the same without them. Sources: the
 * API types and their defaulting (pkg/apis/*\/v1/defaults.go) and the feature gates that keep the field.
 */
export const laterDefaults: readonly LaterDefault[] = [
  // MaxUnavailableStatefulSet; a StatefulSet without it takes one pod at a time.
  { kind: 'apps/StatefulSet', path: '/spec/updateStrategy/rollingUpdate/maxUnavailable', value: 1, since: '1.37' },
  // StatefulSetAutoDeletePVC; before, claims always stayed.
  {
    ...{ kind: 'apps/StatefulSet', path: '/spec/persistentVolumeClaimRetentionPolicy' },
    ...{ value: { whenDeleted: 'Retain', whenScaled: 'Retain' }, since: '1.27' },
  },
  // JobPodReplacementPolicy; before, a pod that goes was replaced at once.
  { kind: 'batch/Job', path: '/spec/podReplacementPolicy', value: 'TerminatingOrFailed', since: '1.29' },
  {
    ...{ kind: 'batch/CronJob', path: '/spec/jobTemplate/spec/podReplacementPolicy' },
    ...{ value: 'TerminatingOrFailed', since: '1.29' },
  },
];

/** Says whether a value that is not on the target is such a default. */
export function isLaterDefault(kind: string, path: readonly string[], value: JsonValue | undefined): boolean {
  if (value === undefined) return false;
  const pointer = `/${path.join('/')}`;
  return laterDefaults.some(
    (row) => row.kind === kind && row.path === pointer && encodeValue(row.value) === encodeValue(value)
  );
}
