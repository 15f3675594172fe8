import { isJsonObject, type JsonValue } from '../../core/json/value.ts';
import type { HookSpec } from '../../core/spec/spec.ts';
import { namesSecret } from '../../core/verify/shown-value.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { StoredPod } from '../snapshot/kinds.ts';
import { createRedactor } from '../../host/redact.ts';
import { secrets } from '../snapshot/resources.ts';

/** A hook and one of the pods it runs in. */
export interface HookedPod {
  readonly hook: HookSpec;
  readonly pod: StoredPod;
}

/**
 * The output of a hook without what must not be in a history: what has the form of a secret, the values of the Secrets its
 * pod uses, and those of its variables whose names say so. A Secret that cannot be read cannot be recognised: then of the
 * output nothing is kept but its size.
 */
export async function withoutSecretsOf(cluster: Cluster, { hook, pod }: HookedPod, output: string): Promise<string> {
  const used = new Set<string>();
  const values: string[] = [];
  collect(pod.spec as unknown as JsonValue, used, values);
  for (const name of used) {
    const found = await cluster
      .get({ resource: secrets, namespace: hook.namespace, name })
      .catch(() => 'unreadable' as const);
    if (found === 'unreadable')
      return `${output.length} characters of output, not kept because Secret ${name} is not readable`;
    if (found !== undefined) values.push(...valuesOf(found.bytes));
  }
  return createRedactor(values).text(output);
}

/** Names of the Secrets anywhere in a pod: variables, environments, volumes, projected or not. */
function collect(value: JsonValue | undefined, used: Set<string>, values: string[]): void {
  if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) collect(item, used, values);
  if (!isJsonObject(value)) return;
  const { name, value: text } = value;
  if (typeof name === 'string' && typeof text === 'string' && namesSecret(name)) values.push(text);
  for (const [key, inner] of Object.entries(value)) {
    if (isJsonObject(inner) && /^secret(?:KeyRef|Ref)?$/.test(key)) {
      const secret = inner['secretName'] ?? inner['name'];
      if (typeof secret === 'string') used.add(secret);
    }
    collect(inner, used, values);
  }
}

function valuesOf(bytes: Uint8Array): string[] {
  const { data = {} } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly data?: Record<string, string> };
  return Object.values(data).flatMap((encoded) => {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    return [encoded, text, ...text.split('\n')];
  });
}
