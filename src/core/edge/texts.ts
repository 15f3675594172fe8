import { decodeBase64 } from '../json/base64.ts';
import { formatPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { serviceHosts, type ServiceHost } from './service-hosts.ts';

/** Of metadata only these can name something. */
const metadataMembers: ReadonlySet<string> = new Set(['annotations', 'labels']);
/** kubectl's own copy of what was applied: whatever stands in it stands in the object as well. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Names of images have the form of `namespace/name` and `host/path`, and mean neither. */
const withoutNames: ReadonlySet<string> = new Set([
  'image',
  'managedFields',
  'ownerReferences',
  'caBundle',
  lastApplied,
]);
const decodedMax = 256 * 1024;

export type Path = readonly (string | number)[];

/** Whether a member of an object can name anything: not what a server or controller writes, and no images. */
export function mayName(path: Path, key: string): boolean {
  if (withoutNames.has(key)) return false;
  if (path.length === 0) return key !== 'status';
  return path.length > 1 || path[0] !== 'metadata' || metadataMembers.has(key);
}

/** The text of a value: data of a Secret decoded. */
export function textAt(raw: string, path: Path, isSecret: boolean): string {
  return isSecret && path[0] === 'data' ? decodeBase64(raw, decodedMax) : raw;
}

/** Services that values of an object name as hosts, each once with the first place it stands in. */
export function servicesNamed(
  value: JsonValue,
  isSecret: boolean,
  known: (service: string) => boolean
): readonly (ServiceHost & { readonly path: string })[] {
  const found = new Map<string, ServiceHost & { readonly path: string }>();
  const walk = (at: JsonValue, path: Path): void => {
    if (typeof at === 'string') {
      for (const host of serviceHosts(textAt(at, path, isSecret), known)) {
        const key = `${host.namespace}/${host.name}`;
        if (!found.has(key)) found.set(key, { ...host, path: formatPointer(path) });
      }
    } else if (Array.isArray(at)) (at as readonly JsonValue[]).forEach((item, index) => walk(item, [...path, index]));
    else if (isJsonObject(at)) {
      for (const [key, member] of Object.entries(at)) if (mayName(path, key)) walk(member, [...path, key]);
    }
  };
  walk(value, []);
  return [...found.values()];
}
