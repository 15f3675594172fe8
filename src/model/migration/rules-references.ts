import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { suggestion } from '../../config/suggest.ts';
import { formOf } from '../location/providers.ts';
import { Location } from '../location/schema.ts';
import type { Migration } from './schema.ts';

/** Names lead somewhere, and volumes can go through the Location. */
export const referenceRules: readonly Rule<Migration>[] = [
  { name: 'references-exist', local: true, check: referencesExist },
  { name: 'volumes-have-a-password', check: volumesHaveAPassword },
  { name: 'volumes-need-a-store-that-pods-reach', check: volumesNeedAStore },
];

function referencesExist(document: ConfigDocument<Migration>, config: ConfigSet): Violation[] {
  const { spec } = document.value;
  const references = [
    { key: 'source', name: spec.source, kind: 'Cluster' },
    { key: 'target', name: spec.target, kind: 'Cluster' },
    { key: 'location', name: spec.location, kind: 'Location' },
  ];
  return references.flatMap(({ key, name, kind }) => {
    if (config.ids.has(`${kind}/${name}`)) return [];
    const known = [...config.ids].filter((id) => id.startsWith(`${kind}/`)).map((id) => id.slice(kind.length + 1));
    const none = `add a document of kind ${kind} with metadata.name ${name} to this file`;
    const hint = known.length === 0 ? none : suggestion(name, known, `names of kind ${kind}`);
    return [{ document, path: ['spec', key], what: `names the ${kind} ${name}, which is not in this file`, hint }];
  });
}

function volumesHaveAPassword(migration: ConfigDocument<Migration>, config: ConfigSet): Violation[] {
  const document = locationOfVolumes(migration, config);
  if (document === undefined || document.value.spec.repositoryPassword !== undefined) return [];
  // Of a Location that is encrypted the password follows from its key; one that says nothing has a problem of its own.
  if (document.value.spec.encryption !== 'none') return [];
  const what = `is missing, and Migration/${migration.value.metadata.name} moves volumes through this Location`;
  const hint = 'add repositoryPassword: { file: PATH } or { env: NAME }, or set volumes.mode: none in the Migration';
  return [{ document, path: ['spec', 'repositoryPassword'], what, hint }];
}

function volumesNeedAStore(migration: ConfigDocument<Migration>, config: ConfigSet): readonly Violation[] {
  const location = locationOfVolumes(migration, config);
  if (location === undefined) return [];
  const { spec } = location.value;
  return formOf(spec).volumes(spec, { migration, location });
}

/** The Location that volumes of the Migration go through; undefined where none move, or it leads nowhere. */
function locationOfVolumes({ value }: ConfigDocument<Migration>, config: ConfigSet) {
  const { volumes, location, dryRun } = value.spec;
  return volumes.mode === 'none' || dryRun ? undefined : documentNamed(config, Location, location);
}
