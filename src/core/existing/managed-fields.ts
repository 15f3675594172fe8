import { runLabel } from '../identity/names.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';

type Plain = { readonly [key: string]: JsonValue };

/** Managers that act by themselves on every cluster: their entries come again with their next write. */
const controlPlane: ReadonlySet<string> = new Set([
  'kube-controller-manager',
  'kube-apiserver',
  'kube-scheduler',
  'kubelet',
]);
const ownManagers = /^landfall-/;

/** What Landfall's own entry says: a field no object has, so that it owns nothing and still shows whose write it was. */
const mark = { 'f:metadata': { 'f:annotations': { [`f:${runLabel}`]: {} } } } as const;

/** Whether somebody applies the object server-side: only then does it matter later who owns which field. */
export function hasAppliers(
  managers: readonly { readonly operation: string; readonly subresource: string }[]
): boolean {
  return managers.some(({ operation, subresource }) => operation === 'Apply' && subresource === '');
}

/**
 * The managedFields an object of the target is to have so that whoever applied it on the source goes on as if nothing had
 * happened: their entries as on the source, those of others on the target beside them, and of the run's own manager the
 * mark alone. Undefined where nothing is to be changed: nobody applies it, or it is so already.
 */
export function restoredManagers(
  source: JsonValue | undefined,
  live: JsonValue | undefined,
  own: string
): readonly Plain[] | undefined {
  const travelling = entriesOf(source).filter(travels);
  if (!travelling.some(({ operation }) => operation === 'Apply')) return undefined;
  const there = entriesOf(live);
  const ours = there.find((entry) => entry['manager'] === own && !hasSubresource(entry));
  if (ours === undefined) return undefined;
  const result = new Map<string, Plain>();
  for (const entry of [...there.filter((one) => one !== ours), ...travelling]) {
    const key = identityOf(entry);
    const before = result.get(key);
    result.set(
      key,
      before === undefined ? entry : { ...before, fieldsV1: union(before['fieldsV1'], entry['fieldsV1']) }
    );
  }
  const restored = [...result.values(), { ...ours, fieldsV1: mark }];
  return isSame(restored, there) ? undefined : restored;
}

function travels(entry: Plain): boolean {
  const manager = typeof entry['manager'] === 'string' ? entry['manager'] : '';
  return !hasSubresource(entry) && !ownManagers.test(manager) && !controlPlane.has(manager);
}

function entriesOf(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function hasSubresource({ subresource }: Plain): boolean {
  return subresource !== undefined && subresource !== '';
}

/** One entry for each manager, operation, version and subresource (structured-merge-diff, `BuildManagerIdentifier`). */
function identityOf({ manager, operation, apiVersion, subresource = '' }: Plain): string {
  return JSON.stringify([manager, operation, apiVersion, subresource]);
}

/** Both sets of fields. `{}` is the field alone; beside fields below it, it is written `.`. */
function union(a: JsonValue | undefined, b: JsonValue | undefined): Plain {
  const [left, right] = [isJsonObject(a) ? a : {}, isJsonObject(b) ? b : {}];
  const merged: Record<string, JsonValue> = { ...left };
  for (const [key, value] of Object.entries(right)) merged[key] = key in left ? unionOfField(left[key], value) : value;
  return merged;
}

function unionOfField(a: JsonValue | undefined, b: JsonValue | undefined): Plain {
  const merged = union(a, b);
  const isAlone = (value: JsonValue | undefined): boolean => isJsonObject(value) && Object.keys(value).length === 0;
  return Object.keys(merged).length > 0 && (isAlone(a) || isAlone(b)) ? { '.': {}, ...merged } : merged;
}

function isSame(a: readonly Plain[], b: readonly Plain[]): boolean {
  const text = (entries: readonly Plain[]): string => JSON.stringify(entries.map(contentOf).sort());
  return text(a) === text(b);
}

/** Without the time: the server writes it. Keys in order: it may write them in another one. */
function contentOf({ time: _, ...entry }: Plain): string {
  return JSON.stringify(entry, (_key, value: unknown) =>
    isJsonObject(value) ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1))) : value
  );
}
