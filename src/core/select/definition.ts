import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { ApiResource } from '../resource.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/**
 * The kinds a CustomResourceDefinition will serve, one for each served version: for planning before it is applied.
 * Subresources are those the version declares, so a kind without `status` keeps its status as data.
 */
export function resourcesOfDefinition(text: string): readonly ApiResource[] {
  const spec = read(text, '/spec');
  if (!isJsonObject(spec) || !isJsonObject(spec['names'])) return [];
  const group = asText(spec['group']);
  const { kind, plural } = spec['names'];
  const namespaced = spec['scope'] === 'Namespaced';
  const versions = Array.isArray(spec['versions']) ? (spec['versions'] as readonly JsonValue[]) : [];
  return versions
    .filter(isJsonObject)
    .filter((version) => version['served'] === true)
    .map((version) => ({
      group,
      version: asText(version['name']),
      kind: asText(kind),
      plural: asText(plural),
      namespaced,
      verbs,
      subresources: isJsonObject(version['subresources']) ? Object.keys(version['subresources']) : [],
    }));
}
