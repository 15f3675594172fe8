import { dirname } from 'node:path';
import type { ConfigDocument, ConfigSet, Violation } from '../../config/document.ts';
import type { DocumentKind } from '../../config/kind.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import type { SecretSource } from '../scalars.ts';
import { resolveSource } from './provider-form.ts';
import { formOf } from './providers.ts';
import { Location } from './schema.ts';

/** The store a run goes through. */
export const locationKind: DocumentKind<Location, LocationSpec, 'locations'> = {
  schema: Location,
  plural: 'locations',
  introduction:
    'The object store or directory through which objects and volumes are moved. There are four providers, each with its own keys.',
  unknownKeyHints: {
    lock: 'recovery points are locked in Locations of provider s3 only',
    credentials:
      'credentials are a reference to a file: { file: PATH }, with a profile for S3; keys themselves do not belong here',
  },
  rules: [
    { name: 'secret-sources-are-one', local: true, check: secretSourcesAreOne },
    { name: 'keys-go-together', local: true, check: keysGoTogether },
    { name: 'prefixes-stay-inside', local: true, check: prefixesStayInside },
    { name: 'encryption-is-said', local: true, check: encryptionIsSaid },
    { name: 'one-secret-of-volumes', local: true, check: oneSecretOfVolumes },
    { name: 'copies-are-other-locations', check: copiesAreOthers },
  ],
  open: () => ({ violations: [], resolve: ({ value, yaml }) => resolveLocation(value, dirname(yaml.file)) }),
};

/** A Location as runs and commands get it: paths absolute, the prefix ended. */
export function resolveLocation({ metadata, spec }: Location, folder: string): LocationSpec {
  const { prefix, repositoryPassword, site, encryption } = spec;
  const whole = {
    ...formOf(spec).resolve(spec, folder),
    name: metadata.name,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    encryption: resolveEncryption(encryption, folder),
    ...(repositoryPassword && { repositoryPassword: resolveSource(repositoryPassword, folder) }),
    ...(site && { site }),
  };
  // Each form gives the keys of its own provider, which the compiler cannot follow through the record of them.
  return whole as LocationSpec;
}

/** A document without it is refused (`encryptionIsSaid`), so nothing is decided here. */
function resolveEncryption(written: Location['spec']['encryption'], folder: string): LocationSpec['encryption'] {
  if (written === undefined || written === 'none') return 'none';
  const { identity, ...public_ } = written;
  return { ...public_, ...(identity && { identity: resolveSource(identity, folder) }) };
}

function secretSourcesAreOne(document: ConfigDocument<Location>): Violation[] {
  const { spec } = document.value;
  const written = spec as Readonly<Record<string, unknown>>;
  const sources = ['repositoryPassword', ...formOf(spec).secretKeys].map(
    (key) => [['spec', key], written[key] as SecretSource | undefined] as const
  );
  const identity = typeof spec.encryption === 'object' ? spec.encryption.identity : undefined;
  const rungs = (spec.access ?? []).flatMap((rung, index) =>
    formOf(spec).secretKeys.map(
      (key) =>
        [
          ['spec', 'access', index, key],
          (rung as Readonly<Record<string, unknown>>)[key] as SecretSource | undefined,
        ] as const
    )
  );
  return [...sources, ...rungs, [['spec', 'encryption', 'identity'], identity] as const].flatMap(([path, source]) => {
    if (source === undefined || (source.file === undefined) !== (source.env === undefined)) return [];
    const what = 'must have exactly one of file and env';
    return [{ document, path: [...path], what, hint: 'keep one of the two' }];
  });
}

function keysGoTogether(document: ConfigDocument<Location>): Violation[] {
  const { spec } = document.value;
  const contradictions = formOf(spec).contradictions?.(spec) ?? [];
  return contradictions.map(({ path, ...words }) => ({ document, path: ['spec', ...path], ...words }));
}

/** No default: one would lay Secrets open, the other needs keys that nobody has made. */
function encryptionIsSaid(document: ConfigDocument<Location>): Violation[] {
  if (document.value.spec.encryption !== undefined) return [];
  const what = 'does not say whether what it holds is encrypted';
  const hint =
    'run `landfall keys create FILE` and write encryption: { recipients: [age1…], identity: { file: FILE } }, or write encryption: none to store everything in clear, Secrets included';
  return [{ document, path: ['spec'], what, hint }];
}

/** The password of the volume repository follows from the key: a second one would be a second secret to lose. */
function oneSecretOfVolumes(document: ConfigDocument<Location>): Violation[] {
  const { encryption, repositoryPassword } = document.value.spec;
  if (repositoryPassword === undefined || encryption === undefined || encryption === 'none') return [];
  const what = 'is written in a Location that is encrypted, whose volume repository has a password of its own';
  return [{ document, path: ['spec', 'repositoryPassword'], what, hint: 'remove it, or write encryption: none' }];
}

/** A rung that names a copy names another Location of the file. */
function copiesAreOthers(document: ConfigDocument<Location>, config: ConfigSet): Violation[] {
  const { metadata, spec } = document.value;
  return (spec.access ?? []).flatMap(({ location }, index) => {
    if (location === undefined) return [];
    const path = ['spec', 'access', index, 'location'];
    const hint = 'write the name of another Location of this file';
    if (location === metadata.name) return [{ document, path, what: 'names the Location itself', hint }];
    const isThere = config.documents.some(({ value }) => value.kind === 'Location' && value.metadata.name === location);
    return isThere ? [] : [{ document, path, what: 'names a Location that is not in this file', hint }];
  });
}

function prefixesStayInside(document: ConfigDocument<Location>): Violation[] {
  const { prefix } = document.value.spec;
  const bad =
    prefix.startsWith('/') || prefix.split('/').some((part) => part === '.' || part === '..') || prefix.includes('//');
  if (!bad) return [];
  const hint = 'write names with single slashes between them, such as landfall/prod';
  return [{ document, path: ['spec', 'prefix'], what: 'leads outside the store, or has empty segments', hint }];
}
