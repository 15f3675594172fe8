import type { ConfigDocument, ConfigSet, Objection } from '../../config/document.ts';
import type { Rule } from '../../config/rules.ts';
import type { Cluster, LandfallDocument, Location, Migration } from './schema.ts';
import { suggestion } from '../../config/suggest.ts';

/** Names lead somewhere, once; secrets and stores are complete. */
export const referenceRules: readonly Rule[] = [
  { name: 'names-are-unique', check: namesAreUnique },
  {
    name: 'references-exist',
    local: true,
    check: (config) => config.migrations.flatMap((one) => referencesExist(config, one)),
  },
  { name: 'volumes-have-a-password', check: volumesHaveAPassword },
  { name: 'volumes-need-a-store-that-pods-reach', check: volumesNeedAStore },
  { name: 'volumes-need-an-endpoint-without-a-path', check: volumesNeedAPlainEndpoint },
  { name: 'secret-sources-are-one', local: true, check: (config) => config.locations.flatMap(secretSourcesAreOne) },
  { name: 'prefixes-stay-inside', local: true, check: (config) => config.locations.flatMap(prefixesStayInside) },
];

function namesAreUnique(config: ConfigSet): Objection[] {
  const first = new Map<string, number>();
  const all: ConfigDocument<LandfallDocument>[] = [
    ...config.clusters,
    ...config.locations,
    ...config.migrations,
    ...config.waves,
  ];
  return all.flatMap((document) => {
    const id = `${document.value.kind}/${document.value.metadata.name}`;
    const line = first.get(id);
    first.set(id, line ?? document.yaml.start.line);
    if (line === undefined) return [];
    const hint = `the first is on line ${line}; rename or remove one`;
    return [{ document, path: ['metadata', 'name'], what: `is already used: there are two documents ${id}`, hint }];
  });
}

function referencesExist(config: ConfigSet, document: ConfigDocument<Migration>): Objection[] {
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

function volumesHaveAPassword(config: ConfigSet): Objection[] {
  return config.migrations.flatMap((migration) => {
    const { volumes, location, dryRun } = migration.value.spec;
    const document = config.locations.find((one) => one.value.metadata.name === location);
    if (volumes.mode === 'none' || dryRun || document === undefined) return [];
    if (document.value.spec.repositoryPassword !== undefined) return [];
    const what = `is missing, and Migration/${migration.value.metadata.name} moves volumes through this Location`;
    const hint = 'add repositoryPassword: { file: PATH } or { env: NAME }, or set volumes.mode: none in the Migration';
    return [{ document, path: ['spec', 'repositoryPassword'], what, hint }];
  });
}

function volumesNeedAStore(config: ConfigSet): Objection[] {
  return config.migrations.flatMap((migration) => {
    const { volumes, location, dryRun } = migration.value.spec;
    const document = config.locations.find((one) => one.value.metadata.name === location);
    if (volumes.mode === 'none' || dryRun || document?.value.spec.provider !== 'filesystem') return [];
    const what = `names the Location ${location}, a directory on this machine, which the pods that move volumes cannot reach`;
    const hint = 'use a Location with provider s3 or azure, or set volumes.mode: none';
    return [{ document: migration, path: ['spec', 'location'], what, hint }];
  });
}

/** kopia takes a host and a port only; with the path cut off it would write to another store, or to none. */
function volumesNeedAPlainEndpoint(config: ConfigSet): Objection[] {
  return config.migrations.flatMap((migration) => {
    const { volumes, location, dryRun } = migration.value.spec;
    const document = config.locations.find((one) => one.value.metadata.name === location);
    if (volumes.mode === 'none' || dryRun || document?.value.spec.provider !== 's3') return [];
    const { endpoint } = document.value.spec;
    const path = endpoint === undefined ? '/' : new URL(endpoint).pathname;
    if (path === '/') return [];
    const what = `has the path ${path}, and Migration/${migration.value.metadata.name} moves volumes through this location with kopia, which takes a host and a port only`;
    const hint = 'use an endpoint without a path, or set volumes.mode: none in the Migration';
    return [{ document, path: ['spec', 'endpoint'], what, hint }];
  });
}

function secretSourcesAreOne(document: ConfigDocument<Location>): Objection[] {
  const { spec } = document.value;
  const sources = {
    repositoryPassword: spec.repositoryPassword,
    accountKey: spec.provider === 'azure' ? spec.accountKey : undefined,
  };
  return Object.entries(sources).flatMap(([key, source]) => {
    if (source === undefined || (source.file === undefined) !== (source.env === undefined)) return [];
    return [
      { document, path: ['spec', key], what: 'must have exactly one of file and env', hint: 'keep one of the two' },
    ];
  });
}

function prefixesStayInside(document: ConfigDocument<Location>): Objection[] {
  const { prefix } = document.value.spec;
  const bad =
    prefix.startsWith('/') || prefix.split('/').some((part) => part === '.' || part === '..') || prefix.includes('//');
  if (!bad) return [];
  const hint = 'write names with single slashes between them, such as landfall/prod';
  return [{ document, path: ['spec', 'prefix'], what: 'leads outside the store, or has empty segments', hint }];
}

/** Clusters by name, for rules that look through a reference. */
export function clusterNamed(config: ConfigSet, name: string): Cluster | undefined {
  return config.clusters.find((one) => one.value.metadata.name === name)?.value;
}
