import { isGlob } from '../../core/select/glob.ts';
import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { Migration } from '../migration/schema.ts';
import type { MigrationWave } from './schema.ts';
import { suggestion } from '../../config/suggest.ts';

type WaveDocument = ConfigDocument<MigrationWave>;

/** A wave leads somewhere, moves each namespace once, and has a calendar that opens. */
export const waveRules: readonly Rule<MigrationWave>[] = [
  {
    name: 'wave-migrations-exist',
    local: true,
    check: migrationsExist,
  },
  {
    name: 'wave-migrations-need-no-person',
    check: needNoPerson,
  },
  { name: 'wave-repeats-nothing', local: true, check: repeatsNothing },
  { name: 'wave-calendar-makes-sense', local: true, check: calendarMakesSense },
];

function migrationsExist(document: WaveDocument, config: ConfigSet): Violation[] {
  return document.value.spec.groups.flatMap(({ migration }, index) => {
    if (config.ids.has(`Migration/${migration}`)) return [];
    const known = [...config.ids]
      .filter((id) => id.startsWith('Migration/'))
      .map((id) => id.slice('Migration/'.length));
    const none = `add a document of kind Migration with metadata.name ${migration} to this file`;
    const hint = known.length === 0 ? none : suggestion(migration, known, 'names of kind Migration');
    const what = `names the Migration ${migration}, which is not in this file`;
    return [{ document, path: ['spec', 'groups', index, 'migration'], what, hint }];
  });
}

/** Hundreds of runs side by side: none of them may wait for somebody. */
function needNoPerson(document: WaveDocument, config: ConfigSet): Violation[] {
  return document.value.spec.groups.flatMap(({ migration }, index): Violation[] => {
    const spec = documentNamed(config, Migration, migration)?.value.spec;
    const path = ['spec', 'groups', index, 'migration'];
    const found: Violation[] = [];
    if (spec?.onFailure === 'keep') {
      const what = `names the Migration ${migration}, which waits for a person after a failure (onFailure: keep)`;
      found.push({ document, path, what, hint: 'use onFailure: rollback in it' });
    }
    if (Object.keys(spec?.namespaceMapping ?? {}).length > 0 && spec !== undefined) {
      const targets = Object.values(spec.namespaceMapping);
      if (new Set(targets).size !== targets.length) {
        const what = `names the Migration ${migration}, which maps two namespaces to one`;
        found.push({ document, path, what, hint: 'map every namespace to a different target' });
      }
    }
    return found;
  });
}

function repeatsNothing(document: WaveDocument): Violation[] {
  const seen = new Map<string, string>();
  const names = new Set<string>();
  return document.value.spec.groups.flatMap((group, index) => {
    const found: Violation[] = [];
    if (names.has(group.name)) {
      found.push({
        document,
        path: ['spec', 'groups', index, 'name'],
        what: 'is already used by a group above',
        hint: 'rename one',
      });
    }
    names.add(group.name);
    group.namespaces.forEach((namespace, at) => {
      const first = seen.get(namespace);
      seen.set(namespace, first ?? group.name);
      if (first === undefined || isGlob(namespace)) return;
      const path = ['spec', 'groups', index, 'namespaces', at];
      found.push({ document, path, what: `is already in group ${first}`, hint: 'remove one of the two' });
    });
    return found;
  });
}

function calendarMakesSense(document: WaveDocument): Violation[] {
  const { calendar } = document.value.spec;
  if (calendar === undefined) return [];
  const path = ['spec', 'calendar'];
  const zone: Violation[] = isTimeZone(calendar.timeZone)
    ? []
    : [
        {
          document,
          path: [...path, 'timeZone'],
          what: 'is not a time zone that this machine knows',
          hint: 'use an IANA name such as Europe/Berlin or UTC',
        },
      ];
  const freezes = calendar.freeze.flatMap(({ from, to }, index): Violation[] => {
    const at = [...path, 'freeze', index];
    const wrong = [from, to].find((date) => !isDate(date.slice(0, 10)));
    if (wrong !== undefined)
      return [{ document, path: at, what: `has the date ${wrong}, which does not exist`, hint: 'correct it' }];
    const ends = to.includes('T') || from.includes('T') ? to.padEnd(16, 'T24:00') : `${to}T24:00`;
    if (from.padEnd(16, 'T00:00') < ends) return [];
    return [{ document, path: at, what: 'ends before it begins', hint: 'swap from and to' }];
  });
  return [...zone, ...freezes];
}

/** True when the runtime knows a zone. */
function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** A 30 February is read as 2 March. */
function isDate(text: string): boolean {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}
