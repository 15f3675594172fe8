import { documentNamed, type ConfigDocument, type ConfigSet, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { suggestion } from '../../config/suggest.ts';
import { formOf } from '../location/providers.ts';
import { Location } from '../location/schema.ts';
import type { VolumesDocument } from './document.ts';

/** The keys of a document that name another one, and the kind of what they name. */
type References = Readonly<Record<string, 'Cluster' | 'Location'>>;

/** Names lead somewhere. */
export function referencesExist(references: References): Rule {
  return {
    name: 'references-exist',
    local: true,
    check: (document, config) =>
      Object.entries(references).flatMap(([key, kind]) => {
        const { spec } = document.value as unknown as { readonly spec: Readonly<Record<string, unknown>> };
        return leadsNowhere({ key, name: String(spec[key]), kind }, document, config);
      }),
  };
}

interface Reference {
  readonly key: string;
  readonly name: string;
  readonly kind: 'Cluster' | 'Location';
}

function leadsNowhere({ key, name, kind }: Reference, document: ConfigDocument, config: ConfigSet): Violation[] {
  if (config.ids.has(`${kind}/${name}`)) return [];
  const known = [...config.ids].filter((id) => id.startsWith(`${kind}/`)).map((id) => id.slice(kind.length + 1));
  const none = `add a document of kind ${kind} with metadata.name ${name} to this file`;
  const hint = known.length === 0 ? none : suggestion(name, known, `names of kind ${kind}`);
  return [{ document, path: ['spec', key], what: `names the ${kind} ${name}, which is not in this file`, hint }];
}

/** Volumes can go through the Location. */
export const volumeLocationRules: readonly Rule<VolumesDocument>[] = [
  { name: 'volumes-have-a-password', check: volumesHaveAPassword },
  { name: 'volumes-need-a-store-that-pods-reach', check: volumesNeedAStore },
];

function volumesHaveAPassword(run: ConfigDocument<VolumesDocument>, config: ConfigSet): Violation[] {
  const document = locationOfVolumes(run, config);
  if (document === undefined || document.value.spec.repositoryPassword !== undefined) return [];
  // Of a Location that is encrypted the password follows from its key; one that says nothing has a problem of its own.
  if (document.value.spec.encryption !== 'none') return [];
  const { kind, metadata } = run.value;
  const what = `is missing, and ${kind}/${metadata.name} moves volumes through this Location`;
  const hint = `add repositoryPassword: { file: PATH } or { env: NAME }, or set volumes.mode: none in the ${kind}`;
  return [{ document, path: ['spec', 'repositoryPassword'], what, hint }];
}

function volumesNeedAStore(run: ConfigDocument<VolumesDocument>, config: ConfigSet): readonly Violation[] {
  const location = locationOfVolumes(run, config);
  if (location === undefined) return [];
  const { spec } = location.value;
  return formOf(spec).volumes(spec, { run, location });
}

/** The Location that volumes of the document go through; undefined where none move, or it leads nowhere. */
function locationOfVolumes({ value }: ConfigDocument<VolumesDocument>, config: ConfigSet) {
  const { volumes, location, dryRun = false } = value.spec;
  return volumes.mode === 'none' || dryRun ? undefined : documentNamed(config, Location, location);
}
