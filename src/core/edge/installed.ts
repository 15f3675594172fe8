import { mayRunPods } from '../graph/pod-places.ts';
import { podSpecPointer } from '../graph/pod-spec.ts';
import { read } from '../json/node.ts';
import { asText, isJsonObject } from '../json/value.ts';
import { describeRef, type ObjectRef } from '../resource.ts';
import type { ObjectHead } from '../select/head.ts';
import type { SelectedObject } from '../select/dependencies.ts';

/** What was installed together with workloads of the scope, and has no namespace of its own. */
export interface Installed {
  add(head: Pick<ObjectHead, 'ref' | 'labels'>, text: string): void;
  /** Whether anything in scope says the name of a class or of a controller of classes. */
  readonly hasControllers: () => boolean;
  /** The workload or setting in scope that is the controller of an IngressClass or GatewayClass, in words. */
  controllerOf(object: SelectedObject): string | undefined;
  /** The workload in scope that carries the same label of an installation as an object. */
  ownerOf(object: SelectedObject): string | undefined;
}

/** Labels by which people and charts name what belongs together, from the recommended ones to those of older manifests. */
const installationLabels = ['app.kubernetes.io/name', 'app.kubernetes.io/part-of', 'component', 'k8s-app', 'app'];
/** Necessary for any word about classes: without it a text is not looked through. */
const classTraces = /(?:ingress|gateway)[-_]?class|controller[-_]?(?:class|name)/i;
/** `k8s.io/ingress-nginx`, `gateway.envoyproxy.io/gatewayclass-controller`: the form of names of controllers. */
const controllerName = /(?<![\w./-])[a-z0-9][a-z0-9.-]*\.[a-z]{2,}\/[a-z0-9][\w./-]*/gi;
const classArgument = /ingress-class(?:-name)?[=: "',]+([a-z0-9][a-z0-9.-]*)/gi;

/** Collects what workloads and ConfigMaps in scope say of themselves; only names are kept. */
export function createInstalled(): Installed {
  const labels = new Map<string, string>();
  const words = new Map<string, string>();
  return {
    add({ ref, labels: own }, text) {
      if (!mayRunPods(text, ref) && !isConfigMap(ref)) return;
      const name = describeRef(ref);
      if (classTraces.test(text)) {
        for (const [word] of text.matchAll(controllerName)) keep(words, word, name);
        for (const [, word = ''] of text.matchAll(classArgument)) keep(words, `class ${word}`, name);
      }
      if (isConfigMap(ref)) return;
      for (const [key, value] of pairs({ ...podLabels(text, ref), ...own })) keep(labels, `${key}=${value}`, name);
    },
    hasControllers: () => words.size > 0,
    controllerOf({ head, text }) {
      const controller = read(text, head.ref.kind === 'GatewayClass' ? '/spec/controllerName' : '/spec/controller');
      return words.get(typeof controller === 'string' ? controller : '') ?? words.get(`class ${head.ref.name}`);
    },
    ownerOf({ head }) {
      const pair = pairs(head.labels).find(([key, value]) => labels.has(`${key}=${value}`));
      if (pair === undefined) return undefined;
      return `${labels.get(pair.join('=')) ?? ''} by the label ${pair.join('=')}`;
    },
  };
}

function keep(map: Map<string, string>, key: string, name: string): void {
  if (!map.has(key)) map.set(key, name);
}

function isConfigMap({ group, kind }: ObjectRef): boolean {
  return group === '' && kind === 'ConfigMap';
}

/** Of the template of a workload; those of a custom resource are its own. */
function podLabels(text: string, ref: ObjectRef): Readonly<Record<string, string>> {
  const pointer = podSpecPointer(ref);
  const of = pointer === undefined ? undefined : read(text, pointer.replace(/\/spec$/, '/metadata/labels'));
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(isJsonObject(of) ? of : {})) found[key] = asText(value);
  return found;
}

function pairs(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return installationLabels.flatMap((key) => {
    const value = labels[key];
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
}
