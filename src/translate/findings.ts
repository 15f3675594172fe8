import { describeRef, type ObjectRef } from '../core/resource.ts';
import type { Finding } from '../core/run/events.ts';
import type { TransformNote } from '../core/transform/rule.ts';
import { platformNames, type ClusterProfile, type Translation } from '../core/profile/cluster-profile.ts';

/** Objects named in a finding; the number is whole. */
const namesMax = 3;

/** Of losses whose rule knows no way around. */
const withoutRemedy = 'decide whether the application can do without it on the target';

const order = ['blocker', 'warning', 'info'];

/**
 * Notes with a code as findings: one for what is the same of many objects, with their number and the first names.
 * Blockers first, then by number. Deterministic.
 */
export function findingsOf(
  notes: readonly { readonly ref: ObjectRef; readonly note: TransformNote }[]
): readonly Finding[] {
  const groups = new Map<string, { finding: Finding; refs: Set<string> }>();
  for (const { ref, note } of notes) {
    const { code, message, severity = 'warning', remedy = withoutRemedy, rule } = note;
    if (code === undefined) continue;
    // What opens an object is accepted by the name of that object alone, so each is a finding of its own.
    const own = code === 'EXPOSURE_WIDENED' ? `\n${describeRef(ref)}` : '';
    const key = `${code}\n${severity}\n${rule}\n${message}${own}`;
    const group = groups.get(key) ?? { finding: { code, severity, subject: '', message, remedy }, refs: new Set() };
    group.refs.add(describeRef(ref));
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((left, right) => rankOf(left.finding) - rankOf(right.finding) || right.refs.size - left.refs.size)
    .map(({ finding, refs }) => ({ ...finding, subject: subjectOf([...refs]) }));
}

function rankOf({ severity }: Finding): number {
  return order.indexOf(severity);
}

function subjectOf(names: readonly string[]): string {
  const shown = names.slice(0, namesMax).join(', ');
  return names.length > namesMax ? `${shown} and ${names.length - namesMax} more` : shown;
}

/** What was found out about the platforms, where there is something to say. */
export function profileFindings(
  source: ClusterProfile,
  target: ClusterProfile,
  translation: Translation | undefined
): readonly Finding[] {
  const sides = [
    { side: 'source' as const, profile: source },
    { side: 'target' as const, profile: target },
  ];
  const known = sides.some(({ profile }) => profile.platform !== 'generic');
  if (!known) return [];
  const findings = sides.map(({ side, profile }): Finding => ({
    code: 'PLATFORM_DETECTED',
    severity: 'info',
    subject: side,
    message: `${platformNames[profile.platform]}${profile.declared ? ', as set in the file' : ''}: ${profile.evidence.join('; ') || 'nothing identifies it'}`,
    remedy: 'set platform in the file if this is wrong',
    side,
  }));
  for (const { side, profile } of sides) {
    if (profile.detected === undefined) continue;
    findings.push({
      code: 'PLATFORM_DETECTED',
      severity: 'warning',
      subject: `${side} contradicts all evidence`,
      message: `the file sets ${platformNames[profile.platform]}, but the cluster looks like ${platformNames[profile.detected]}: ${profile.evidence.join('; ')}`,
      remedy: 'correct platform in the file, or remove it',
      side,
    });
  }
  for (const { side, profile } of sides) {
    if (profile.unreadable.length === 0) continue;
    findings.push({
      code: 'PLATFORM_UNREADABLE',
      severity: 'warning',
      subject: side,
      message: `could not be read, so translation works without them: ${profile.unreadable.join(', ')}`,
      remedy: 'allow this user to list them, and set platform in the file',
      side,
    });
  }
  if (translation === undefined && source.platform !== target.platform) {
    findings.push({
      code: 'TRANSLATION_LOSS',
      severity: 'warning',
      subject: 'translation',
      message: `there are no translation rules from ${platformNames[source.platform]} to ${platformNames[target.platform]}, or translation is off; objects are moved unchanged`,
      remedy: 'set platform in the file, or write transforms',
    });
  }
  return findings;
}
