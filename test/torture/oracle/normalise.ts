export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * What two objects may differ in and still be the same, published in docs/reliability.md. Written for the harness
 * alone: it shares nothing with the list Landfall itself verifies by.
 */
export interface Tolerance {
  readonly what: string;
  readonly why: string;
  /** Changes a copy of the object. */
  readonly forget: (object: JsonObject, plural: string) => void;
}

const serverFields = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink'];

export const tolerances: readonly Tolerance[] = [
  {
    what: `metadata.${serverFields.join(', ')}`,
    why: 'the server gives them; who wrote a field is looked at apart, for traces of a run',
    forget: ({ metadata }) => serverFields.forEach((name) => delete (metadata as JsonObject)[name]),
  },
  {
    what: 'status',
    why: 'controllers write it anew',
    forget: (object) => delete object['status'],
  },
  {
    what: 'uid in ownerReferences',
    why: 'the owner is another object there; its kind and name are compared',
    forget: ({ metadata }) => {
      const { ownerReferences = [] } = metadata as { ownerReferences?: JsonObject[] };
      for (const owner of ownerReferences) delete owner['uid'];
    },
  },
  {
    what: 'empty labels, annotations, finalizers and ownerReferences',
    why: 'absent and empty mean the same',
    forget: ({ metadata }) => {
      const fields = metadata as JsonObject;
      for (const name of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
        if (fields[name] !== undefined && Object.keys(fields[name] as object).length === 0) delete fields[name];
      }
    },
  },
  {
    what: 'clusterIP, clusterIPs of Services that have one, nodePort of those not named chosen-*',
    why: 'the server allocates them; a port the user chose is compared',
    forget: ({ metadata, spec }, plural) => {
      if (plural !== 'services') return;
      const fields = spec as JsonObject;
      if (fields['clusterIP'] !== 'None') {
        delete fields['clusterIP'];
        delete fields['clusterIPs'];
      }
      if ((metadata as { name: string }).name.startsWith('chosen-')) return;
      for (const port of (fields['ports'] ?? []) as JsonObject[]) delete port['nodePort'];
    },
  },
  {
    what: 'selector and controller-uid, job-name labels of Jobs',
    why: 'generated from the uid of the Job',
    forget: ({ metadata, spec }, plural) => {
      if (plural !== 'jobs') return;
      const fields = spec as { selector?: Json; template: JsonObject };
      delete fields.selector;
      for (const holder of [metadata, fields.template['metadata']]) {
        const { labels } = holder as { labels?: JsonObject };
        if (labels === undefined) continue;
        for (const key of Object.keys(labels)) if (/controller-uid|job-name/.test(key)) delete labels[key];
        if (Object.keys(labels).length === 0) delete (holder as JsonObject)['labels'];
      }
    },
  },
  {
    what: 'conversion.strategy None and names.listKind, names.singular of CustomResourceDefinitions',
    why: 'defaults of the server',
    forget: ({ spec }, plural) => {
      if (plural !== 'customresourcedefinitions') return;
      const fields = spec as { conversion?: JsonObject };
      if (fields.conversion?.['strategy'] === 'None') delete fields.conversion;
    },
  },
  {
    what: 'the annotation deployment.kubernetes.io/revision and finalizers of the server on namespaces and definitions',
    why: 'controllers set them after a while',
    forget: (object, plural) => {
      const metadata = object['metadata'] as JsonObject;
      const annotations = metadata['annotations'] as JsonObject | undefined;
      if (annotations !== undefined) {
        delete annotations['deployment.kubernetes.io/revision'];
        if (Object.keys(annotations).length === 0) delete metadata['annotations'];
      }
      if (plural === 'customresourcedefinitions') delete metadata['finalizers'];
      if (plural === 'namespaces') delete object['spec'];
    },
  },
  {
    what: 'the label kubernetes.io/metadata.name of namespaces',
    why: 'the server sets it to the name',
    forget: ({ metadata }, plural) => {
      const labels = (metadata as JsonObject)['labels'] as JsonObject | undefined;
      if (plural === 'namespaces' && labels !== undefined) delete labels['kubernetes.io/metadata.name'];
    },
  },
];

/** The canonical text of an object: tolerated differences gone, members sorted. */
export function canonical(object: JsonObject, plural: string): string {
  const copy = structuredClone(object);
  delete copy['apiVersion'];
  delete copy['kind'];
  for (const { forget } of tolerances) forget(copy, plural);
  return sorted(copy);
}

/** JSON with integers a double cannot hold as texts, or two different ones would look equal. */
export function parseExact(text: string): JsonObject {
  return JSON.parse(text.replaceAll(/([:[,])(-?\d{16,})(?=[,}\]])/g, '$1"INT:$2"')) as JsonObject;
}

function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${sorted(value[key] ?? null)}`).join(',')}}`;
}
