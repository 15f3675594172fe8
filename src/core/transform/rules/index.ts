import type { Rule } from '../rule.ts';
import { annotations } from './annotations.ts';
import { bindingSubjects } from './binding-subjects.ts';
import { claim } from './claim.ts';
import { namespaceFinalizers, preserveUnknownFields, webhookSideEffects } from './cluster-objects.ts';
import { certificateRequest, serviceAccount, tokenSecret } from './identity.ts';
import { external } from './external.ts';
import { foreignFinalizers } from './foreign-finalizers.ts';
import { managementPlane } from './management-plane.ts';
import { namespaceNames } from './namespace-names.ts';
import { namespace } from './namespace.ts';
import { ownership } from './ownership.ts';
import { runsOnce } from './runs-once.ts';
import { serverFields } from './server-fields.ts';
import { service } from './service.ts';
import { storageClass } from './storage-class.ts';
import { served, typeMeta } from './type-meta.ts';
import { defaultClass } from './default-class.ts';
import { job, paused, pod } from './workload.ts';

/**
 * The built-in rules in their order. `service` reads managedFields and so comes before `server-fields`. A rule pack
 * adds its own through `TransformContext.rules`; they see objects as these leave them. `served` comes after both.
 */
export const builtInRules: readonly Rule[] = [
  typeMeta,
  runsOnce,
  service,
  claim,
  storageClass,
  tokenSecret,
  serviceAccount,
  certificateRequest,
  job,
  pod,
  paused,
  annotations,
  managementPlane,
  ownership,
  namespaceFinalizers,
  preserveUnknownFields,
  webhookSideEffects,
  defaultClass,
  serverFields,
  bindingSubjects,
  namespace,
  namespaceNames,
];

/**
 * Rules that come after those of packs: what a pack excluded, or took its marks off, is no matter of theirs. `external` reads
 * finalizers as signs and so comes before the rule that drops them.
 */
export const closingRules: readonly Rule[] = [external, foreignFinalizers, served];
