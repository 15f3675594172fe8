import { namespaceTexts, type NamespaceText } from '../../edge/namespace-texts.ts';
import { limits } from '../../limits.ts';
import { kindKey, type KnownNames, type Rule, type RuleObject, type TransformNote } from '../rule.ts';
import { namespacePointers } from './namespace.ts';

const id = 'namespace-names';
const nothingKnown: KnownNames = { services: new Set(), objects: new Set() };

const what: Readonly<Record<NamespaceText['form'], string>> = {
  service: 'refers to a Service of',
  account: 'refers to ServiceAccounts of',
  identity: 'refers to an identity of',
  object: 'refers to an object of',
  setting: 'refers to the namespace',
};

/**
 * Texts that name a mapped namespace stand in values whose meaning only the application knows (a password may contain
 * one). They are reported by place and never rewritten. Data of Secrets is looked into, and only its key is reported.
 */
export const namespaceNames: Rule = {
  id,
  describe:
    'Reports values that contain a mapped namespace, its Services, ServiceAccounts or objects; a person decides what to do.',
  appliesTo: () => true,
  apply: () => [],
  notes: (object, { namespaceMapping, names = nothingKnown }) => {
    const mapped = Object.keys(namespaceMapping).filter((name) => namespaceMapping[name] !== name);
    if (mapped.length === 0) return [];
    const { head, view } = object;
    const isSecret = kindKey(head.ref) === '/Secret';
    const text = view.text();
    const namespaces = isSecret ? mapped : mapped.filter((name) => text.includes(name));
    if (namespaces.length === 0) return [];
    const release = releaseNote(object, namespaceMapping[head.ref.namespace]);
    if (release !== undefined) return [release];
    return namespaceTexts(view.read('') ?? null, {
      namespaces,
      names,
      isSecret,
      mapped: mappedPlaces(object),
      placesMax: limits.notesMax,
    }).map(({ path, namespace, form }) => ({
      rule: id,
      path,
      message: `it ${what[form]} ${namespace}, which becomes ${namespaceMapping[namespace] ?? ''} and is not changed here`,
      code: 'REFERENCE_UNCHANGED',
      remedy:
        'change the value with a transform or on the target; the losses in the plan and the report list every place',
    }));
  },
};

/** Where the rule `namespace` has mapped whatever stands there; a text may be something else than an account. */
function mappedPlaces({ head, view }: RuleObject): ReadonlySet<string> {
  const places = namespacePointers(head, view).filter(({ form }) => form !== 'account' && form !== 'spiffe');
  return new Set(places.map(({ pointer }) => pointer));
}

/** The record of a release is compressed and holds whole manifests: nothing in it follows the mapping. */
function releaseNote({ head, view }: RuleObject, to: string | undefined): TransformNote | undefined {
  if (to === undefined || to === head.ref.namespace) return undefined;
  const isSecret = kindKey(head.ref) === '/Secret' && view.read('/type') === 'helm.sh/release.v1';
  const isConfigMap = kindKey(head.ref) === '/ConfigMap' && head.labels['owner'] === 'helm';
  if (!isSecret && !isConfigMap) return undefined;
  return {
    rule: id,
    path: isSecret ? '/data/release' : '/data',
    message: `it is the record of a Helm release and holds manifests for ${head.ref.namespace}, which becomes ${to}; helm upgrade and rollback would write to ${head.ref.namespace}`,
    code: 'REFERENCE_UNCHANGED',
    remedy:
      'on the target, delete the record and reinstall the chart over the existing objects with helm upgrade --install --take-ownership',
  };
}
