import { z } from 'zod';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();

/** `clusters[].cluster` as kubectl reads it; unknown keys are excluded. */
const Cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
  'disable-compression': flag,
  extensions: z.array(z.object({ name: z.unknown(), extension: z.unknown().optional() })).exactOptional(),
});

/** `users[].user` as kubectl reads it. */
const User = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-uid': text,
  'as-groups': z.array(z.string()).exactOptional(),
  'as-user-extra': z.record(z.string(), z.array(z.string())).exactOptional(),
  exec: z.record(z.string(), z.unknown()).exactOptional(),
  'auth-provider': z.record(z.string(), z.unknown()).exactOptional(),
});

const Context = z.object({ cluster: z.string().min(1), user: text });

const kinds = { contexts: Context, clusters: Cluster, users: User } as const;
const keys = { contexts: 'context', clusters: 'cluster', users: 'user' } as const;

type Kind = keyof typeof kinds;
type Entry<K extends Kind> = z.output<(typeof kinds)[K]>;
export type KubeconfigCluster = Entry<'clusters'>;
export type KubeconfigUser = Entry<'users'>;

/** Names of the entries of a list of a kubeconfig. */
export function namesOf(document: Readonly<Record<string, unknown>>, kind: Kind): string[] {
  return entriesOf(document, kind).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

/** One entry by its name; undefined when there is none. Throws an Error that names the first field that is not valid. */
export function findEntry<K extends Kind>(
  document: Readonly<Record<string, unknown>>,
  kind: K,
  name: string
): Entry<K> | undefined {
  const found = entriesOf(document, kind).find((entry) => entry['name'] === name);
  if (found === undefined) return undefined;
  const parsed = kinds[kind].safeParse(withoutNulls(found[keys[kind]] ?? {}));
  if (parsed.success) return parsed.data as Entry<K>;
  const [issue] = parsed.error.issues;
  throw new Error(`${[kind, name, keys[kind], ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'not valid'}`);
}

function entriesOf(document: Readonly<Record<string, unknown>>, kind: Kind): readonly Record<string, unknown>[] {
  const list: readonly unknown[] = Array.isArray(document[kind]) ? document[kind] : [];
  return list.filter((entry) => typeof entry === 'object' && entry !== null) as Record<string, unknown>[];
}

/** A key without a value in YAML is one that is absent. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}
