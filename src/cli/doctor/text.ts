import type { DoctorReport, SubjectVerdict, TriedWay } from '../../core/access/verdict.ts';

/** What `landfall doctor` prints for people. */
export function doctorLines(report: DoctorReport): readonly string[] {
  return [...report.subjects.flatMap((subject) => [...subjectLines(subject), '']), conclusion(report)];
}

function subjectLines(subject: SubjectVerdict): readonly string[] {
  const { kind, name, ways, warnings, until } = subject;
  const state = subject.works
    ? until === undefined
      ? 'works'
      : `works until ${until.at}`
    : subject.ways.some(({ read }) => read !== undefined)
      ? 'shows nothing to restore'
      : 'does not work';
  return [`${kind} ${name}: ${state}`, ...ways.flatMap(wayLines), ...warnings.map((warning) => `  ! ${warning}`)];
}

function wayLines({ name, identity, read, problem, ends }: TriedWay): readonly string[] {
  const head = `${read === undefined ? '✗' : '✓'} ${name}: ${identity}`;
  const detail =
    problem === undefined
      ? [`    read ${read ?? ''}`]
      : [
          `    ${problem.code}: ${problem.what}${problem.why === undefined ? '' : `: ${problem.why}`}`,
          `    to do: ${problem.fix}`,
        ];
  return [`  ${head}`, ...detail, ...ends.map(({ what, at }) => `    ends ${at}: ${what}`)];
}

function conclusion({ restorable, until, subjects }: DoctorReport): string {
  if (subjects.length === 0) return 'The file has no Location and no Cluster.';
  if (!restorable) {
    const broken = subjects.filter(({ works }) => !works).map(({ kind, name }) => `${kind} ${name}`);
    return `Not restorable: ${broken.join(', ')}.`;
  }
  if (until === undefined) return 'Restorable; nothing that shows an end ends.';
  return `Restorable until ${until.at}, because ${until.what} expires first (${until.subject}).`;
}
