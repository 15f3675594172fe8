/** Something that ends, and when (RFC 3339 in UTC). */
export interface AccessEnd {
  readonly what: string;
  readonly at: string;
}

/** One way in, as it was found to be. */
export interface TriedWay {
  readonly name: string;
  /** Who asks, and of which provider of identities; `none`: nobody has to be asked for anything. */
  readonly identity: string;
  readonly provider: string;
  /** The account, bucket or directory that everything behind it lies in. */
  readonly place: string;
  /** What was read through it, in words; absent: it does not work. */
  readonly read?: string;
  /** Of a Location: the newest recovery point it shows; absent: it shows none, and nothing can be restored from it. */
  readonly newest?: string;
  readonly problem?: { readonly code: string; readonly what: string; readonly why?: string; readonly fix: string };
  /** What ends by itself and is not renewed. */
  readonly ends: readonly AccessEnd[];
}

/** A Location or a Cluster with the ways into it. */
export interface TriedSubject {
  readonly kind: 'Location' | 'Cluster';
  readonly name: string;
  readonly ways: readonly TriedWay[];
}

export interface SubjectVerdict extends TriedSubject {
  readonly works: boolean;
  /** The last way in that works ends with this; absent: nothing known ends, or nothing works. */
  readonly until?: AccessEnd;
  /** What makes it depend on one thing. */
  readonly warnings: readonly string[];
}

export interface DoctorReport {
  readonly restorable: boolean;
  /** The first that ends of all that a restore needs. */
  readonly until?: AccessEnd & { readonly subject: string };
  readonly subjects: readonly SubjectVerdict[];
}

/** What the ways that were tried mean for whoever wants to restore. An end that has passed is one that does not work. */
export function judgeAccess(subjects: readonly TriedSubject[], now: string): DoctorReport {
  const verdicts = subjects.map((subject) => judge(subject, now));
  const first = verdicts
    .flatMap(({ kind, name, until }) => (until === undefined ? [] : [{ ...until, subject: `${kind} ${name}` }]))
    .toSorted((left, right) => (left.at < right.at ? -1 : 1))[0];
  return {
    restorable: verdicts.length > 0 && verdicts.every(({ works }) => works),
    ...(first && { until: first }),
    subjects: verdicts,
  };
}

function judge(subject: TriedSubject, now: string): SubjectVerdict {
  // What is read and holds nothing gives nobody anything back.
  const isStore = subject.kind === 'Location';
  const working = subject.ways.filter(({ read, newest }) => read !== undefined && (!isStore || newest !== undefined));
  const ends = working.map(({ ends: some }) => firstOf(some));
  const until = ends.includes(undefined) ? undefined : ends.toSorted((left, right) => later(left, right))[0];
  return {
    ...subject,
    works: working.length > 0 && (until === undefined || until.at > now),
    ...(until && { until }),
    warnings: isStore ? warningsOf(subject.ways, working) : [],
  };
}

function firstOf(ends: readonly AccessEnd[]): AccessEnd | undefined {
  return ends.toSorted((left, right) => (left.at < right.at ? -1 : 1))[0];
}

function later(left: AccessEnd | undefined, right: AccessEnd | undefined): number {
  return (left?.at ?? '') > (right?.at ?? '') ? -1 : 1;
}

/** What fails together: one rung, one place, one who issues identities. */
function warningsOf(ways: readonly TriedWay[], working: readonly TriedWay[]): readonly string[] {
  const empty = ways.filter(({ read, newest }) => read !== undefined && newest === undefined);
  const warnings = empty.map(({ name }) => `The rung ${name} shows no recovery point: nothing can be restored by it.`);
  if (ways.length === 1) warnings.push('It has one rung: when that fails, nobody gets in. Add another under access.');
  else if (working.length === 1)
    warnings.push(`Only the rung ${working[0]?.name ?? ''} of ${ways.length} works: the others would not help.`);
  const place = onlyOne(ways.map((way) => way.place));
  if (place !== undefined)
    warnings.push(`All its rungs lead to one account, ${place}: who loses it, loses every recovery point.`);
  const provider = onlyOne(ways.map((way) => way.provider));
  if (provider !== undefined && provider !== 'none' && ways.length > 1)
    warnings.push(`All its rungs depend on one identity provider, ${provider}.`);
  return warnings;
}

function onlyOne(values: readonly string[]): string | undefined {
  const set = new Set(values);
  return set.size === 1 ? values[0] : undefined;
}
