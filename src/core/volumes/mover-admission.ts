import { parseQuantity } from '../quantity.ts';
import { catalogue } from '../error-catalogue.ts';
import { named } from '../existing/findings.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { Finding } from '../run/events.ts';
import { matchesLabels, selectorOf } from '../select/labels.ts';

type Plain = { readonly [key: string]: JsonValue };

/** Who refused a request, by the words of the API server. */
export type Refuser =
  | { readonly by: 'webhook'; readonly name: string }
  | { readonly by: 'policy'; readonly name: string; readonly binding: string }
  /** Pod security, quotas, limits and the account: what a namespace says about its own pods. */
  | { readonly by: 'namespace' }
  | { readonly by: 'server' };

/** Reads a refusal (apiserver: `admission webhook "x" denied`, `ValidatingAdmissionPolicy 'x' with binding 'y' denied`). */
export function refuserOf(words: string): Refuser {
  const webhook = /(?:admission|calling) webhook "([^"]+)"/.exec(words)?.[1];
  if (webhook !== undefined) return { by: 'webhook', name: webhook };
  const [, name, binding = ''] = /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)'/.exec(words) ?? [];
  if (name !== undefined) return { by: 'policy', name, binding };
  const isOfNamespace =
    /violates PodSecurity|(?:exceeded|failed) quota|(?:minimum|maximum) (?:cpu|memory|[a-z.-]+) usage per|limit to request ratio|looking up service account/;
  return { by: isOfNamespace.test(words) ? 'namespace' : 'server' };
}

/** Whether any of several selectors of namespaces keeps what it belongs to away from a namespace with these labels. */
export function isSelected(selectors: readonly unknown[], labels: Readonly<Record<string, string>>): boolean {
  return selectors.every((selector) => matchesLabels(selectorOf(selector), labels));
}

/** Fields of a pod that decide what it does and where it runs, and that admission may add. */
const podFields = [
  ...['nodeSelector', 'affinity', 'securityContext', 'runtimeClassName', 'hostNetwork', 'hostPID', 'restartPolicy'],
  ...['priorityClassName', 'activeDeadlineSeconds', 'imagePullSecrets'],
];
const containerFields = ['image', 'command', 'args', 'securityContext', 'resources', 'volumeMounts', 'env'];
/** The server adds these to every pod (admission plugin DefaultTolerationSeconds). */
const usualTolerations = /^node\.kubernetes\.io\/(?:not-ready|unreachable)$/;

/**
 * What admission made other than it was asked for, in words: containers beside the mover's, its image, command, rights and
 * volumes, and where it may run. What the server writes into every pod is no change.
 */
export function changesByAdmission(asked: Plain, answered: Plain): readonly string[] {
  const [was, is] = [specOf(asked), specOf(answered)];
  const own = objects(was['containers'])[0] ?? {};
  const all = objects(is['containers']);
  const mover = all.find(({ name }) => name === own['name']);
  const beside = [...objects(is['initContainers']), ...all.filter((one) => one !== mover)];
  return [
    ...beside.map(({ name, image }) => `adds container ${asText(name)} (${asText(image)})`),
    ...(mover === undefined ? ['takes the container of the mover away'] : changesOf(own, mover, containerFields)),
    ...lostOf('volume', was['volumes'], is['volumes']),
    ...changesOf(was, is, podFields),
    ...tolerationsOf(was, is),
  ];
}

/** Fields that differ, in the order of the list; the image with both names, since that is what people look for. */
function changesOf(was: Plain, is: Plain, fields: readonly string[]): readonly string[] {
  return fields
    .filter((field) => !isSame(was[field], is[field], field))
    .map((field) => (field === 'image' ? `changes image to ${asText(is[field])}` : `changes ${field}`));
}

/** Lists may grow: variables, mounts and pull secrets of others do the mover no harm. */
const mayGrow: ReadonlySet<string> = new Set(['env', 'volumeMounts', 'imagePullSecrets']);
/** What a pod has where nothing is said (core/v1 defaults). */
const defaults: Readonly<Record<string, JsonValue>> = { hostNetwork: false, hostPID: false };

function isSame(was: JsonValue | undefined, is: JsonValue | undefined, field: string): boolean {
  // A cluster with a default priority class writes it into every pod.
  if (field === 'priorityClassName' && was === undefined) return true;
  if (field === 'resources') return textOf(amounts(was)) === textOf(amounts(is));
  if (mayGrow.has(field)) {
    const there = new Set(objects(is).map(textOf));
    return objects(was).every((one) => there.has(textOf(one)));
  }
  return textOf(was ?? defaults[field] ?? null) === textOf(is ?? defaults[field] ?? null);
}

/** Quantities by their value, which the server writes in one form; a limit without a request is the request. */
function amounts(resources: JsonValue | undefined): JsonValue {
  const { limits = {}, requests = {} } = isJsonObject(resources) ? resources : {};
  const [most, least] = [limits, requests].map((one) => (isJsonObject(one) ? one : {}));
  const valued = (of: Plain): Plain =>
    Object.fromEntries(
      Object.entries(of).map(([name, quantity]) => {
        const text = typeof quantity === 'number' ? String(quantity) : typeof quantity === 'string' ? quantity : '';
        return [name, String(parseQuantity(text) ?? text)];
      })
    );
  return { limits: valued(most ?? {}), requests: valued({ ...most, ...least }) };
}

function textOf(value: JsonValue): string {
  return JSON.stringify(sorted(value));
}

function tolerationsOf(was: Plain, is: Plain): readonly string[] {
  const keys = (value: JsonValue | undefined): readonly string[] => objects(value).map(textOf).sort();
  const remaining = objects(is['tolerations']).filter(({ key }) => !usualTolerations.test(asText(key)));
  const asked = objects(was['tolerations']).filter(({ key }) => !usualTolerations.test(asText(key)));
  return JSON.stringify(keys(asked)) === JSON.stringify(keys(remaining)) ? [] : ['changes tolerations'];
}

function lostOf(what: string, was: JsonValue | undefined, is: JsonValue | undefined): readonly string[] {
  const there = new Set(objects(is).map(({ name }) => name));
  return objects(was).flatMap(({ name }) => (there.has(name ?? '') ? [] : [`drops ${what} ${asText(name)}`]));
}

/** The same value with keys in order, and without what says nothing, which the server omits. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .flatMap((key): [string, JsonValue][] => {
      const member = sorted(value[key] ?? null);
      const isEmpty =
        member === null || member === '' || (typeof member === 'object' && Object.keys(member).length === 0);
      return isEmpty || (key === 'readOnly' && member === false) ? [] : [[key, member]];
    });
  return Object.fromEntries(entries);
}

function specOf(pod: Plain): Plain {
  const spec = pod['spec'];
  return isJsonObject(spec) ? spec : {};
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** What came of asking an API server for the pod of a mover, or for the namespace it is to run in. */
export interface MoverAnswer {
  /** What it was asked for: `namespace landfall-system`, or `namespace/claim`; '' for the pod of the repository. */
  readonly name: string;
  readonly kind: 'refused' | 'changed' | 'not asked';
  readonly why: string;
}

const words = {
  refused: { code: 'MOVER_REFUSED', severity: 'blocker' },
  changed: { code: 'MOVER_CHANGED', severity: 'warning' },
  'not asked': { code: 'CHECK_NOT_MADE', severity: 'info' },
} as const;

/** One finding for each thing that stands in the way, with the movers it is about. Pure. */
export function moverFindings(
  { cluster, side }: { readonly cluster: string; readonly side: 'source' | 'target' },
  answers: readonly MoverAnswer[]
): readonly Finding[] {
  return [...Map.groupBy(answers, ({ kind, why }) => `${kind} ${why}`).values()].map((group): Finding => {
    const { kind, why } = group[0] ?? { kind: 'not asked' as const, why: '' };
    const { code, severity } = words[kind];
    const names = group.map(({ name }) => (name === '' ? 'the repository' : name)).sort();
    const message = {
      refused: `the ${side} refuses them: ${why}`,
      changed: `admission of the ${side} ${why}`,
      'not asked': `not checked: whether admission of the ${side} lets ${names.length === 1 ? 'it' : `${names.length} of them`} pass; ${why}`,
    }[kind];
    const subject = `${cluster}: mover pods for ${named(names, 3)}`;
    return { code, severity, subject, message, remedy: catalogue[code].fix, side };
  });
}
