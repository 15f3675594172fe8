import type { Rule } from '../rule.ts';
import { annotations } from './annotations.ts';
import { claim } from './claim.ts';
import { namespaceFinalizers, preserveUnknownFields, webhookSideEffects } from './cluster-objects.ts';
import { serviceAccount, tokenSecret } from './identity.ts';
import { namespaceNames } from './namespace-names.ts';
import { namespace } from './namespace.ts';
import { ownership } from './ownership.ts';
import { serverFields } from './server-fields.ts';
import { service } from './service.ts';
import { storageClass } from './storage-class.ts';
import { typeMeta } from './type-meta.ts';
import { job, pod } from './workload.ts';

/**
 * The built-in rules in their order. `service` reads managedFields and so comes before `server-fields`. A rule pack
 * adds its own through `TransformContext.rules`; they see objects as these leave them. `served` comes after both.
 */
export const builtInRules: readonly Rule[] = [
  typeMeta,
  service,
  claim,
  storageClass,
  tokenSecret,
  serviceAccount,
  job,
  pod,
  annotations,
  ownership,
  namespaceFinalizers,
  preserveUnknownFields,
  webhookSideEffects,
  serverFields,
  namespace,
  namespaceNames,
];
