import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { ApiResource } from '../resource.ts';
import { readHead } from '../select/head.ts';

/** Characters of a server's message that are reported. */
const messageMax = 300;

/**
 * What holds an object that is being deleted: its finalizers, and of a Namespace the conditions by which its controller
 * says what is left in it, or which API it cannot ask (a dead aggregated API holds the deletion of every namespace).
 */
export function describeDeletion(text: string, resource: ApiResource): string {
  const { finalizers, deletionTimestamp } = readHead(text, resource);
  if (deletionTimestamp === '') return 'not being deleted';
  const held = finalizers.length === 0 ? [] : [`held by ${finalizers.join(', ')}`];
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  const parts = [...held, ...(isNamespace ? conditionsOf(read(text, '/status/conditions')) : [])];
  return parts.length === 0 ? 'being deleted' : `being deleted, ${parts.join('; ')}`;
}

/** Whether the deletion of a Namespace has done what it can and waits for an API of the cluster that does not answer. */
export function isHeldByUnansweredApi(text: string): boolean {
  const conditions = read(text, '/status/conditions');
  if (!Array.isArray(conditions)) return false;
  const isTrue = (name: string) =>
    (conditions as readonly JsonValue[]).some(
      (one) => isJsonObject(one) && one['type'] === name && one['status'] === 'True'
    );
  return (
    isTrue('NamespaceDeletionDiscoveryFailure') &&
    !isTrue('NamespaceContentRemaining') &&
    !isTrue('NamespaceFinalizersRemaining')
  );
}

/** Conditions of a Namespace that are True only while something holds it. */
const holding: ReadonlySet<unknown> = new Set([
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]);

function conditionsOf(conditions: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(conditions)) return [];
  return (conditions as readonly JsonValue[]).flatMap((condition) => {
    if (!isJsonObject(condition) || condition['status'] !== 'True' || !holding.has(condition['type'])) return [];
    const message = typeof condition['message'] === 'string' ? condition['message'].slice(0, messageMax) : '';
    return [`${asText(condition['type'])}: ${message}`];
  });
}
