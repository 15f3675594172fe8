import { selectionErrors } from '../../error-catalogue-selection.ts';
import { asText, isJsonObject, type JsonValue } from '../../json/value.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import {
  change,
  kindKey,
  removals,
  type Change,
  type Rule,
  type RuleObject,
  type TransformContext,
  type TransformNote,
} from '../rule.ts';

const id = 'service';

/**
 * Addresses and ports the source allocated are removed, chosen ones stay. managedFields distinguish them: a node port
 * somebody chose is owned by a manager, an allocated one by none (fact 25). `None` is no address but a decision.
 */
export const service: Rule = {
  id,
  describe: 'Removes the clusterIP and node ports that the source allocated; explicitly chosen node ports are kept.',
  appliesTo: (head) => kindKey(head.ref) === '/Service',
  apply: (object, context) => ({
    changes: [...addresses(object), ...ports(object, context)],
    notes: chosenAddress(object),
    additional: [],
  }),
};

function addresses({ view }: RuleObject): readonly Change[] {
  const address = view.read('/spec/clusterIP');
  const addressList = view.read('/spec/clusterIPs');
  const isHeadless = address === 'None' || (Array.isArray(addressList) && addressList[0] === 'None');
  if (isHeadless) return [];
  const patch = removals(view, ['/spec/clusterIP', '/spec/clusterIPs']);
  return change(id, 'an address in the source’s Service network', patch);
}

/** An address is chosen where a manager owns it, as a node port is; clients may know it, and no rule can know. */
function chosenAddress({ head, view }: RuleObject): readonly TransformNote[] {
  const address = asText(view.read('/spec/clusterIP'));
  if (address === '' || address === 'None') return [];
  const fields = view.read('/metadata/managedFields');
  const owned = (Array.isArray(fields) ? (fields as readonly JsonValue[]) : []).some((entry) => {
    const spec = member(isJsonObject(entry) ? entry['fieldsV1'] : undefined, 'f:spec');
    return member(spec, 'f:clusterIP') !== undefined || member(spec, 'f:clusterIPs') !== undefined;
  });
  const applied = head.annotations['kubectl.kubernetes.io/last-applied-configuration'] ?? '';
  if (!owned && !applied.includes(`"clusterIP":"${address}"`)) return [];
  const { fix: remedy } = selectionErrors.ADDRESS_NOT_KEPT;
  const message = 'its clusterIP was set explicitly, and the target assigns a different one';
  return [{ rule: id, path: '/spec/clusterIP', message, code: 'ADDRESS_NOT_KEPT', remedy }];
}

function ports({ head, view }: RuleObject, context: TransformContext): readonly Change[] {
  const fields = view.read('/metadata/managedFields');
  // Without managed fields nothing distinguishes chosen from allocated; keeping a port can be refused, dropping it is silent.
  if (context.preserve.nodePorts || !Array.isArray(fields)) return [];
  const chosen = chosenPorts(fields as readonly JsonValue[]);
  const applied = appliedPorts(head.annotations['kubectl.kubernetes.io/last-applied-configuration']);
  const patch: PatchOperation[] = [];
  for (const index of view.children('/spec/ports')) {
    const path = `/spec/ports/${index}`;
    const port = view.read(path);
    if (!isJsonObject(port) || port['nodePort'] === undefined) continue;
    if (chosen.ports.has(portKey(port['port'], port['protocol'])) || applied.has(asText(port['nodePort']))) continue;
    patch.push({ op: 'remove', path: `${path}/nodePort` });
  }
  if (!chosen.healthCheck) patch.push(...removals(view, ['/spec/healthCheckNodePort']));
  return change(id, 'a port that the source allocated', patch);
}

interface ChosenPorts {
  /** `port/protocol` of the Service ports whose node port a manager owns. */
  readonly ports: ReadonlySet<string>;
  readonly healthCheck: boolean;
}

function chosenPorts(managedFields: readonly JsonValue[]): ChosenPorts {
  const ports = new Set<string>();
  let healthCheck = false;
  for (const entry of managedFields.filter(isJsonObject)) {
    const spec = member(entry['fieldsV1'], 'f:spec');
    if (isJsonObject(spec) && spec['f:healthCheckNodePort'] !== undefined) healthCheck = true;
    const owned = member(spec, 'f:ports');
    if (!isJsonObject(owned)) continue;
    for (const [key, fields] of Object.entries(owned)) {
      if (member(fields, 'f:nodePort') === undefined) continue;
      const [, port = '', protocol = 'TCP'] = /^k:\{"port":([0-9]+)(?:,"protocol":"([A-Z]+)")?\}$/.exec(key) ?? [];
      ports.add(portKey(Number(port), protocol));
    }
  }
  return { ports, healthCheck };
}

/** Node ports written in kubectl's annotation. They are looked for, not parsed: it may be cut or not be JSON. */
function appliedPorts(applied: string | undefined): ReadonlySet<string> {
  return new Set([...(applied ?? '').matchAll(/"nodePort":\s*([0-9]+)/g)].map((match) => match[1] ?? ''));
}

function portKey(port: JsonValue | undefined, protocol: JsonValue | undefined): string {
  return `${asText(port)}/${typeof protocol === 'string' ? protocol : 'TCP'}`;
}

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}
