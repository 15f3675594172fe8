import { outsideFindings } from '../findings/catalogue/outside.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import { mayRunPods, podSpecsOf } from '../graph/pod-places.ts';
import { decodeBase64 } from '../json/base64.ts';
import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import { describeRef, type ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { cloudHost, cloudPlaces, placeTraces, type CloudPlace, type PlaceKind } from './cloud-places.ts';

type Plain = { readonly [key: string]: JsonValue };

/** Places outside of the cluster that objects of both sides go on to use. */
export interface SharedPlaces {
  /** `source`: as captured; `target`: as it is desired, undefined text when it is excluded. */
  add(source: string, target: { readonly ref: ObjectRef; readonly text: string }): void;
  findings(): readonly Finding[];
}

interface Use {
  readonly ref: ObjectRef;
  readonly where: string;
  /** An operator acts on it by itself, as soon as the object is there. */
  readonly isOperated: boolean;
}

const placesMax = 2_000;
const usesMax = 3;

/**
 * Collects places of clouds that objects name on the target as they do on the source: in custom resources at any depth, in
 * ConfigMaps, Secrets, variables and arguments of pods. One finding for each place. What a transform has changed is not
 * shared any more. Of Secrets only hosts are said.
 */
export function createSharedPlaces(): SharedPlaces {
  const places = new Map<string, { readonly place: CloudPlace; readonly uses: Use[]; count: number }>();
  let remaining = 0;
  return {
    add(source, { ref, text }) {
      if (!mayName(ref, text)) return;
      const before = text === source ? undefined : new Set(placesIn(source, ref).map(({ place }) => place.name));
      const isOperated = !isBuiltInGroup(ref.group);
      for (const { place, where } of placesIn(text, ref)) {
        if (before !== undefined && !before.has(place.name)) continue;
        const known = places.get(place.name);
        if (known === undefined && places.size >= placesMax) remaining += 1;
        else if (known === undefined) places.set(place.name, { place, uses: [{ ref, where, isOperated }], count: 1 });
        else {
          known.count += 1;
          if (known.uses.length < usesMax || (isOperated && !known.uses.some((use) => use.isOperated)))
            known.uses.push({ ref, where, isOperated });
        }
      }
    },
    findings: () => [
      ...[...places.keys()].sort().flatMap((name) => {
        const found = places.get(name);
        return found === undefined ? [] : [findingOf(found.place, found.uses, found.count)];
      }),
      ...(remaining === 0 ? [] : [referrerFinding(remaining)]),
    ],
  };
}

/** Kinds whose values applications and operators read. */
function mayName(ref: ObjectRef, text: string): boolean {
  if (ref.group === '' && ref.kind === 'Secret') return text.length < secretMax;
  const isRead = !isBuiltInGroup(ref.group) || (ref.group === '' && ref.kind === 'ConfigMap') || mayRunPods(text, ref);
  return isRead && placeTraces.test(text);
}

const secretMax = 64 * 1024;

interface Named {
  readonly place: CloudPlace;
  readonly where: string;
}

function placesIn(text: string, ref: ObjectRef): readonly Named[] {
  const found = new Map<string, Named>();
  const add: Add = (place, where) => {
    if (!found.has(place.name)) found.set(place.name, { place, where });
  };
  if (ref.group === '' && ref.kind === 'Secret') inSecret(text, add);
  else if (ref.group === '' && ref.kind === 'ConfigMap') inConfigMap(text, add);
  else if (isBuiltInGroup(ref.group)) for (const spec of podSpecsOf(text, ref)) inPods(spec, add);
  else {
    const root = read(text, '');
    if (isJsonObject(root))
      for (const [key, member] of Object.entries(root))
        if (key !== 'metadata' && key !== 'status' && key !== 'kind' && key !== 'apiVersion') walk(member, [key], add);
  }
  return [...found.values()];
}

type Add = (place: CloudPlace, where: string) => void;

/** Keys that name a bucket wherever they stand: Velero, Thanos, Loki, Tempo, Argo Workflows, operators of databases. */
const bucketKey = /bucket(?:[_-]?names?)?$/i;
const bucketLine =
  /^[ \t-]*["']?([\w.-]*bucket(?:[_-]?names?)?)["']?[ \t]*[:=][ \t]*["']?([a-z0-9][a-z0-9._-]{1,62})["']?[ \t,]*$/gim;
/** A store that runs in the cluster moves with it, or stays behind, as a Service does. */
const localEndpoint = /(?:https?:\/\/)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)?(?:\.svc(?:\.[a-z0-9.-]+)?)?(?::\d+)?\/?$/i;
const endpointKey =
  /^(?:.*(?:s3|aws|minio|stor(?:e|age)|bucket|object|blob|gcs).*)?endpoint(?:[_-]?ur[li])?$|(?:s3|minio|object|bucket|storage).*(?:ur[li]|host|address|server)$/i;

function isLocal(value: string): boolean {
  const bare = value.trim().replace(/^https?:\/\//i, '');
  const name = bare.replace(/[:/].*$/, '');
  return (
    name !== '' && (!name.includes('.') || /\.svc(?:\.|$)|\.cluster\.local$/.test(name)) && localEndpoint.test(bare)
  );
}

function walk(value: JsonValue, path: readonly string[], add: Add): void {
  if (path.length > 40) return;
  if (typeof value === 'string') return inText(value, path.join('.'), add);
  if (Array.isArray(value)) {
    (value as readonly JsonValue[]).forEach((item, index) => walk(item, [...path, String(index)], add));
    return;
  }
  if (!isJsonObject(value)) return;
  const isInCluster = Object.entries(value).some(
    ([key, member]) => typeof member === 'string' && endpointKey.test(key) && isLocal(member)
  );
  for (const [key, member] of Object.entries(value)) {
    // Names of images are judged with the images.
    if (/^(?:image|imageName|repository|schema|openAPIV3Schema)$/.test(key) && typeof member === 'string') continue;
    const at = [...path, key];
    const outside: Add = (place, where) => {
      if (!(isInCluster && place.kind === 'store')) add(place, where);
    };
    if (typeof member === 'string' && bucketKey.test(key) && bucketName.test(member))
      outside({ kind: 'store', name: `bucket ${member}` }, at.join('.'));
    walk(member, at, typeof member === 'string' ? outside : add);
  }
}

const bucketName = /^[a-z0-9][a-z0-9._-]{1,62}$/;

/** A text of several lines may be a whole configuration: its buckets have keys of their own. */
function inText(text: string, where: string, add: Add): void {
  const isInCluster = [...text.matchAll(/^[ \t-]*["']?([\w.-]+)["']?[ \t]*[:=][ \t]*["']?([^\s"',]+)/gm)].some(
    ([, key = '', value = '']) => endpointKey.test(key) && !bucketKey.test(key) && isLocal(value)
  );
  for (const place of cloudPlaces(text)) if (!(isInCluster && place.kind === 'store')) add(place, where);
  if (isInCluster || !text.includes('\n')) return;
  for (const [, , name = ''] of text.matchAll(bucketLine)) add({ kind: 'store', name: `bucket ${name}` }, where);
}

function inConfigMap(text: string, add: Add): void {
  const data = read(text, '/data');
  if (!isJsonObject(data)) return;
  const entries = textsOf(data);
  // What Knative, Tekton and others write beside their settings to explain them; nothing reads it.
  settings(
    entries.filter(([key]) => key !== '_example'),
    (key) => `key ${key}`,
    add
  );
}

/** Names and values beside each other, as in variables and keys: an endpoint of one is about the bucket of another. */
function settings(entries: readonly (readonly [string, string])[], where: (key: string) => string, add: Add): void {
  const isInCluster = entries.some(([key, value]) => endpointKey.test(key) && isLocal(value));
  const outside: Add = (place, at) => {
    if (!(isInCluster && place.kind === 'store')) add(place, at);
  };
  for (const [key, value] of entries) {
    inText(value, where(key), outside);
    if (bucketKey.test(key) && bucketName.test(value)) outside({ kind: 'store', name: `bucket ${value}` }, where(key));
  }
}

function inPods(spec: Plain, add: Add): void {
  for (const container of [...objects(spec['containers']), ...objects(spec['initContainers'])]) {
    const env = objects(container['env']).flatMap(({ name, value }): [string, string][] =>
      typeof name === 'string' && typeof value === 'string' ? [[name, value]] : []
    );
    settings(env, (key) => `variable ${key}`, add);
    const words = [...texts(container['command']), ...texts(container['args'])];
    for (const word of words) inText(word, `command of ${asText(container['name'])}`, add);
  }
}

/** Only what is in the words of a connection: a bucket of a Secret may be a secret itself. */
function inSecret(text: string, add: Add): void {
  const type = read(text, '/type') ?? 'Opaque';
  const data = read(text, '/data');
  if (type !== 'Opaque' || !isJsonObject(data)) return;
  for (const [key, value] of textsOf(data)) {
    for (const { kind, name } of cloudPlaces(decodeBase64(value, secretMax)))
      if (cloudHost(name) !== undefined) add({ kind, name }, `key ${key}`);
  }
}

function textsOf(value: Plain): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, member]) => (typeof member === 'string' ? [[key, member] as const] : []));
}

const follows: Readonly<Record<PlaceKind, string>> = {
  store:
    'the moved application reads and writes the same place as the one on the source: while both run there are two writers, and backups or archives of one can overwrite those of the other',
  data: 'the moved application uses the same data as the one on the source: while both run there are two writers, and the target has to be let in',
  cloud: 'the moved application uses the same service as the one on the source, and the target has to be let in',
  address: 'it is a private address: the target has to reach it, and to mean the same by it',
};

function findingOf(place: CloudPlace, uses: readonly Use[], count: number): Finding {
  const shown = uses.slice(-usesMax).map(({ ref, where }) => `${describeRef(ref)} ${where}`);
  const more = count > shown.length ? ` and ${count - shown.length} more` : '';
  const isWriter = place.kind === 'store' && uses.some(({ isOperated }) => isOperated);
  return {
    code: 'EXTERNAL_PLACE',
    severity: isWriter ? 'warning' : 'info',
    subject: place.name,
    message: `${shown.join(', ')}${more}; ${follows[place.kind]}`,
    remedy: outsideFindings.EXTERNAL_PLACE.remedy,
    side: 'source',
  };
}

function referrerFinding(remaining: number): Finding {
  return {
    code: 'EXTERNAL_PLACE',
    severity: 'info',
    subject: `${remaining} more places`,
    message: `only the first ${placesMax} places outside are named`,
    remedy: outsideFindings.EXTERNAL_PLACE.remedy,
    side: 'source',
  };
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((one) => typeof one === 'string') : [];
}
