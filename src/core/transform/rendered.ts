import { diffOperations } from '../json/diff.ts';
import type { DocumentView } from '../json/document.ts';
import { LandfallError } from '../errors.ts';
import { asText, isJsonObject } from '../json/value.ts';
import { parseApiVersion } from '../resource.ts';
import type { PatchOperation, RenderedManifest } from '../spec/spec.ts';

/** Members of an object that stay what the run made of them. */
const own: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * The operations by which a rendered manifest takes an object's place. Everything but metadata and status becomes the
 * manifest's; its labels and annotations are added to those that are there, so that what holds DNS back still does. None
 * for an object of another namespace on the target. Throws TRANSFORM_FAILED when it was rendered in another version.
 */
export function replaceOperations(
  view: DocumentView,
  { content, namespaces }: RenderedManifest
): readonly PatchOperation[] {
  const before = view.read('');
  if (!isJsonObject(before)) return [];
  const metadata = isJsonObject(before['metadata']) ? before['metadata'] : {};
  const version = asText(content['apiVersion']);
  // A kind of the same name in another group is another thing.
  const isSame = parseApiVersion(version).group === parseApiVersion(asText(before['apiVersion'])).group;
  if (!isSame || !namespaces.includes(asText(metadata['namespace'] ?? ''))) return [];
  if (version !== asText(before['apiVersion'])) {
    const why = `it is rendered as ${version}, but the object moves as ${asText(before['apiVersion'])}`;
    throw new LandfallError('TRANSFORM_FAILED', { what: 'the rendered manifest does not match', why });
  }
  const given = isJsonObject(content['metadata']) ? content['metadata'] : {};
  const kept = Object.entries(before).filter(([key]) => own.has(key) || Object.hasOwn(content, key));
  const written = Object.entries(content).filter(([key]) => !own.has(key));
  const after = {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(written),
    metadata: { ...metadata, ...joined('labels', metadata, given), ...joined('annotations', metadata, given) },
  };
  return diffOperations(before, after);
}

function joined(
  key: string,
  before: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  const more = given[key];
  if (!isJsonObject(more)) return {};
  const present = before[key];
  return { [key]: isJsonObject(present) ? { ...present, ...more } : more };
}
