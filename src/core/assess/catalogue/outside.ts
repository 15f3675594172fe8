import { plannedWords } from '../../planned-words.ts';
import type { FindingEntry } from '../finding.ts';

/** Findings about identities and what lies outside the cluster. */
export const outsideFindings = {
  IDENTITY_AWS: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount stands for an IAM role (IRSA), or pods use EKS Pod Identity.',
    consequence: 'The role trusts the issuer of the source only: calls are refused on the target.',
    remedy: 'add the issuer of the target to the trust policy or make an association, else map to another identity',
  },
  IDENTITY_AZURE: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount or its pods use Azure workload identity.',
    consequence: 'The federated credential names the issuer of the source: tokens are refused on the target.',
    remedy: 'create a federated credential for the issuer of the target',
  },
  IDENTITY_GCP: {
    group: 'identities',
    severity: 'warning',
    actor: 'change',
    summary: 'A ServiceAccount stands for a Google service account.',
    consequence: 'The binding names the identity pool of the source.',
    remedy: 'bind the account of the target, or map to another identity',
  },
  CLOUD_KEY_STATIC: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Secret or ConfigMap holds what looks like a fixed key of a cloud.',
    consequence: "It goes on working from the target and nobody sees that the old cluster's key is used there.",
    remedy: 'issue a new key for the target, or use an identity of the platform',
  },
  TOKEN_LEGACY: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Secret holds a token of a ServiceAccount.',
    consequence: 'The token is void on the target: whoever uses it from outside is refused after cutover.',
    remedy: 'create a token on the target and give it to whoever uses it',
  },
  SUBJECTS_EXTERNAL: {
    group: 'identities',
    severity: 'info',
    actor: 'decide',
    summary: 'A binding grants rights to users or groups of an identity provider.',
    consequence: 'Names mean nothing on the target unless it trusts the same provider.',
    remedy: 'map the names, or connect the target to the same provider',
  },
  EXTERNAL_HELD: {
    group: 'external',
    severity: 'warning',
    actor: 'landfall',
    summary:
      'An object stands for something outside that a controller manages, such as a database or bucket of a cloud.',
    consequence:
      'From the move on an object of each cluster stands for it. The one on the target is made paused or orphaning, and is not released by the run.',
    remedy: 'hand the thing over at the cutover: pause it on the source first, then release it on the target',
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
    remedy: 'open the way from the target; see the probe',
  },
  EXTERNAL_UNREACHABLE: {
    group: 'external',
    severity: 'blocker',
    actor: 'change',
    summary: 'From the target an external address cannot be resolved, connected to or spoken to.',
    consequence: 'The application will not work there.',
    remedy: 'open the way (DNS, routes, firewall, peering, allow-lists) from the pods of the target',
  },
  EXTERNAL_NAME: {
    group: 'external',
    severity: 'info',
    actor: 'decide',
    summary: 'A Service is an alias of a name outside.',
    consequence: 'The name must resolve on the target.',
    remedy: 'see that the target resolves the name',
  },
  ENDPOINTS_MANUAL: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service without selector leads to addresses somebody wrote down.',
    consequence: 'They must be reachable from the target, and are not if they belong to the source.',
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
