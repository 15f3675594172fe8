import type { PatchOperation } from '../../spec/spec.ts';
import { change, kindKey, removals, type Rule } from '../rule.ts';

/**
 * `spec.finalizers` of a Namespace is the server's; a foreign entry is kept on create and only `/finalize` takes it
 * away again (fact 27), which would leave a namespace on the target that cannot be deleted.
 */
export const namespaceFinalizers: Rule = {
  id: 'namespace-finalizers',
  describe: 'Removes spec.finalizers of a Namespace, which only its own cluster can remove.',
  appliesTo: (head) => kindKey(head.ref) === '/Namespace',
  apply: ({ view }) => change('namespace-finalizers', 'the target sets its own', removals(view, ['/spec/finalizers'])),
};

/** apiextensions v1 reads `preserveUnknownFields: true` of old definitions but refuses to create it. */
export const preserveUnknownFields: Rule = {
  id: 'crd-preserve-unknown-fields',
  describe: 'Converts preserveUnknownFields of old CRDs to the form that v1 accepts.',
  appliesTo: (head) => kindKey(head.ref) === 'apiextensions.k8s.io/CustomResourceDefinition',
  apply: ({ view }) => {
    if (view.read('/spec/preserveUnknownFields') !== true) return [];
    const patch: PatchOperation[] = [{ op: 'remove', path: '/spec/preserveUnknownFields' }];
    for (const index of view.children('/spec/versions')) {
      const schema = `/spec/versions/${index}/schema/openAPIV3Schema`;
      if (view.has(schema))
        patch.push({ op: 'add', path: `${schema}/x-kubernetes-preserve-unknown-fields`, value: true });
    }
    return change('crd-preserve-unknown-fields', 'v1 takes it only in the schema', patch);
  },
};

/** admissionregistration v1 refuses the values `Unknown` and `Some`, which old configurations may still hold. */
export const webhookSideEffects: Rule = {
  id: 'webhook-side-effects',
  describe: 'Replaces sideEffects Unknown and Some of webhooks, which v1 rejects, with None.',
  appliesTo: (head) =>
    head.ref.group === 'admissionregistration.k8s.io' && head.ref.kind.endsWith('WebhookConfiguration'),
  apply: ({ view }) => {
    const patch: PatchOperation[] = [];
    for (const index of view.children('/webhooks')) {
      const path = `/webhooks/${index}/sideEffects`;
      const value = view.read(path);
      if (value === 'Unknown' || value === 'Some') patch.push({ op: 'replace', path, value: 'None' });
    }
    return change('webhook-side-effects', 'v1 accepts only None and NoneOnDryRun', patch);
  },
};
