import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';

/**
 * The texts by which RBAC names accounts (`serviceaccount.MakeUsername`, `MakeNamespaceGroupName`):
 * `system:serviceaccount:NAMESPACE:NAME` is one account as a user, `system:serviceaccounts:NAMESPACE` all of a namespace.
 */
const accountText = /^system:serviceaccount(?:s:([a-z0-9-]+)|:([a-z0-9-]+):([a-z0-9.-]+))$/;

/** The accounts a text stands for: one where `name` is there, else all of the namespace; undefined for any other text. */
function accountsNamed(text: string): { readonly namespace: string; readonly name?: string } | undefined {
  const match = accountText.exec(text);
  if (match === null) return undefined;
  const [, all, namespace = '', name = ''] = match;
  return all === undefined ? { namespace, name } : { namespace: all };
}

/** The namespace whose accounts a text stands for; undefined for any other text. */
export function namespaceOfAccounts(text: string): string | undefined {
  return text.startsWith('system:serviceaccount') ? accountsNamed(text)?.namespace : undefined;
}

/** The text with its namespace mapped; the same text where it names no accounts. */
export function mapAccountText(text: string, map: (namespace: string) => string): string {
  const named = accountsNamed(text);
  if (named === undefined) return text;
  const to = map(named.namespace);
  return named.name === undefined ? `system:serviceaccounts:${to}` : `system:serviceaccount:${to}:${named.name}`;
}

/**
 * The account, or the Namespace whose accounts, a subject of a binding stands for, in any of the three forms RBAC knows.
 * Undefined for people, their groups and groups of accounts of every namespace.
 */
export function accountsOf(subject: JsonValue): ObjectRef | undefined {
  if (!isJsonObject(subject)) return undefined;
  const name = asText(subject['name']);
  if (subject['kind'] === 'ServiceAccount') return account(asText(subject['namespace']), name);
  const named = subject['kind'] === 'User' || subject['kind'] === 'Group' ? accountsNamed(name) : undefined;
  if (named === undefined || (named.name === undefined) !== (subject['kind'] === 'Group')) return undefined;
  return named.name === undefined
    ? { group: '', kind: 'Namespace', namespace: '', name: named.namespace }
    : account(named.namespace, named.name);
}

/** The namespace whose accounts a subject stands for; undefined where it stands for others. */
export function namespaceOfSubject(subject: JsonValue): string | undefined {
  const accounts = accountsOf(subject);
  return accounts?.kind === 'Namespace' ? accounts.name : accounts?.namespace;
}

/** A subject as people read it: `ServiceAccount shop/web`, `Group devs`. */
export function describeSubject(subject: JsonValue): string {
  if (!isJsonObject(subject)) return 'a subject';
  const name = asText(subject['name']);
  const namespace = asText(subject['namespace']);
  return `${asText(subject['kind'], 'subject')} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function account(namespace: string, name: string): ObjectRef {
  return { group: '', kind: 'ServiceAccount', namespace, name };
}
