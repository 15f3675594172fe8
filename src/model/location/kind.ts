import { dirname } from 'node:path';
import type { ConfigDocument, Violation } from '../../config/document.ts';
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
    credentials:
      'credentials are a reference to a file: { file: PATH }, with a profile for S3; keys themselves do not belong here',
  },
  rules: [
    { name: 'secret-sources-are-one', local: true, check: secretSourcesAreOne },
    { name: 'keys-go-together', local: true, check: keysGoTogether },
    { name: 'prefixes-stay-inside', local: true, check: prefixesStayInside },
  ],
  open: () => ({ violations: [], resolve: ({ value, yaml }) => resolveLocation(value, dirname(yaml.file)) }),
};

/** A Location as runs and commands get it: paths absolute, the prefix ended. */
export function resolveLocation({ metadata, spec }: Location, folder: string): LocationSpec {
  const { prefix, repositoryPassword, site } = spec;
  const whole = {
    ...formOf(spec).resolve(spec, folder),
    name: metadata.name,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    ...(repositoryPassword && { repositoryPassword: resolveSource(repositoryPassword, folder) }),
    ...(site && { site }),
  };
  // Each form gives the keys of its own provider, which the compiler cannot follow through the record of them.
  return whole as LocationSpec;
}

function secretSourcesAreOne(document: ConfigDocument<Location>): Violation[] {
  const { spec } = document.value;
  const written = spec as Readonly<Record<string, unknown>>;
  return ['repositoryPassword', ...formOf(spec).secretKeys].flatMap((key) => {
    const source = written[key] as SecretSource | undefined;
    if (source === undefined || (source.file === undefined) !== (source.env === undefined)) return [];
    const what = 'must have exactly one of file and env';
    return [{ document, path: ['spec', key], what, hint: 'keep one of the two' }];
  });
}

function keysGoTogether(document: ConfigDocument<Location>): Violation[] {
  const { spec } = document.value;
  const contradictions = formOf(spec).contradictions?.(spec) ?? [];
  return contradictions.map(({ path, ...words }) => ({ document, path: ['spec', ...path], ...words }));
}

function prefixesStayInside(document: ConfigDocument<Location>): Violation[] {
  const { prefix } = document.value.spec;
  const bad =
    prefix.startsWith('/') || prefix.split('/').some((part) => part === '.' || part === '..') || prefix.includes('//');
  if (!bad) return [];
  const hint = 'write names with single slashes between them, such as landfall/prod';
  return [{ document, path: ['spec', 'prefix'], what: 'leads outside the store, or has empty segments', hint }];
}
