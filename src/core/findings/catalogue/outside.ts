import { plannedWords } from '../../planned-words.ts';
import type { FindingEntry } from '../finding-entry.ts';

/** Findings about identities and what lies outside the cluster. */
export const outsideFindings = {
  IDENTITY_AWS: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount assumes an IAM role (IRSA), or pods use EKS Pod Identity.',
    consequence: 'The role trusts only the source’s OIDC issuer: calls from the target are denied.',
    remedy:
      'add the target’s OIDC issuer to the trust policy, or create a Pod Identity association, or map to a different identity',
  },
  IDENTITY_AZURE: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount or its pods use Azure workload identity.',
    consequence: 'The federated credential names the source’s issuer: tokens from the target are rejected.',
    remedy: 'create a federated credential for the target’s issuer',
  },
  IDENTITY_GCP: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount impersonates a Google service account.',
    consequence: 'The binding names the source’s workload identity pool.',
    remedy: 'add a binding for the target’s ServiceAccount, or map to a different identity',
  },
  CLOUD_KEY_STATIC: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Secret or ConfigMap holds what looks like a static cloud credential.',
    consequence: "It keeps working from the target, and nobody notices that the old cluster's key is used there.",
    remedy: 'issue a new key for the target, or use workload identity',
  },
  TOKEN_LEGACY: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Secret holds a token of a ServiceAccount.',
    consequence: 'The token is not valid on the target: external clients that use it are rejected after the cutover.',
    remedy: 'create a token on the target and give it to those clients',
  },
  SUBJECTS_EXTERNAL: {
    group: 'identities',
    severity: 'info',
    actor: 'decide',
    summary: 'A binding grants permissions to users or groups of an identity provider.',
    consequence: 'The names have no meaning on the target unless it trusts the same provider.',
    remedy: 'map the names, or connect the target to the same provider',
  },
  EXTERNAL_HELD: {
    group: 'external',
    severity: 'warning',
    actor: 'landfall',
    summary: 'An object represents an external resource that a controller manages, such as a cloud database or bucket.',
    consequence:
      'After the migration an object on each cluster represents it. The one on the target is created paused or with an orphan policy, and the run does not release it.',
    remedy:
      'hand the resource over at the cutover: pause the object on the source first, then release it on the target',
  },
  EXTERNAL_SHARED: {
    group: 'external',
    severity: 'blocker',
    actor: 'decide',
    ...plannedWords.EXTERNAL_SHARED,
  },
  EXTERNAL_PLACE: {
    group: 'external',
    severity: 'info',
    actor: 'decide',
    summary:
      'An object names a place of a cloud or a private address, such as a bucket, a database or a queue, on the target as it does on the source.',
    consequence:
      'Both clusters use the same place while both run: two writers. A warning where an operator writes to an object store by itself.',
    remedy:
      'give the target a place of its own by a transform, or stop what writes on the source before it starts on the target',
  },
  EXTERNAL_ADDRESS: {
    group: 'external',
    severity: 'info',
    actor: 'decide',
    summary: 'The application talks to something outside the cluster.',
    consequence: 'The target must be able to reach it.',
    remedy: 'allow the connection from the target; see the probe',
  },
  EXTERNAL_UNREACHABLE: {
    group: 'external',
    severity: 'blocker',
    actor: 'change',
    summary:
      'From the target, an external address cannot be resolved or connected to, or does not speak the expected protocol.',
    consequence: 'The application will not work there.',
    remedy: 'allow the connection (DNS, routes, firewall, peering, allowlists) from the pods of the target',
  },
  EXTERNAL_NAME: {
    group: 'external',
    severity: 'info',
    actor: 'decide',
    summary: 'A Service is an alias (ExternalName) for an external name.',
    consequence: 'The name must resolve on the target.',
    remedy: 'check that the target resolves the name',
  },
  ENDPOINTS_MANUAL: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service without a selector leads to manually maintained addresses.',
    consequence: 'They must be reachable from the target, and they are not if they belong to the source.',
    remedy: 'check the addresses, or change them with a transform',
  },
  ADDRESS_CLUSTER_IP: {
    group: 'external',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.ADDRESS_CLUSTER_IP,
  },
  ADDRESS_NODE_IP: {
    group: 'external',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.ADDRESS_NODE_IP,
  },
  ADDRESS_POD_IP: {
    group: 'external',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.ADDRESS_POD_IP,
  },
  SERVICE_OUT_OF_SCOPE: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'A setting names a Service in a namespace that neither moves nor has it on the target.',
    consequence: 'The name does not resolve on the target. Whether anything reads the setting is not known.',
    remedy: 'move that namespace as well, provide the Service there, or change the setting',
  },
} as const satisfies Record<string, FindingEntry>;
