import { plannedWords } from '../../planned-words.ts';
import type { FindingEntry } from '../finding-entry.ts';

/** Findings about what the clusters serve and have room for. */
export const clusterFindings = {
  API_VERSION_REMOVED: {
    group: 'api',
    severity: 'warning',
    actor: 'change',
    summary: 'A client last wrote the object in an API version that the target no longer serves.',
    consequence: 'The object itself moves, but that client (chart, pipeline, operator) will fail against the target.',
    remedy: 'change that client’s manifest to the version named',
  },
  API_VERSION_DEPRECATED: {
    group: 'api',
    severity: 'info',
    actor: 'decide',
    summary: 'A client last wrote the object in a version that is deprecated on the target.',
    consequence: 'It works now, and stops working after a later upgrade of the target.',
    remedy: 'change that client’s manifest when convenient',
  },
  CLUSTER_OLDER: {
    group: 'api',
    severity: 'warning',
    actor: 'decide',
    summary:
      'The target runs an older Kubernetes version than the source, or one that is three or more minor versions apart.',
    consequence: 'Fields and defaults that the older server does not support are dropped or rejected.',
    remedy: 'upgrade the older side first, or review the server-side dry run carefully',
  },
  CRD_SCOPE_DIFFERENT: {
    group: 'api',
    severity: 'blocker',
    actor: 'change',
    summary: 'A definition is namespaced on one side and cluster-scoped on the other.',
    consequence: 'Its objects cannot be created on the target.',
    remedy: 'install the same release of the operator on both sides',
  },
  CRD_VERSION_MISSING: {
    group: 'api',
    severity: 'blocker',
    actor: 'change',
    summary: 'The target has the definition, but does not serve the version that the source stores.',
    consequence: 'Objects would be written in a different version, or not at all.',
    remedy: 'install an operator release on the target that serves the version',
  },
  CRD_STORED_VERSION_UNSERVED: {
    group: 'api',
    severity: 'warning',
    actor: 'change',
    summary: 'A definition on the source still has objects stored in a version that it no longer serves.',
    consequence: 'Reading such objects can fail, which leaves the capture incomplete.',
    remedy: 'migrate the stored objects (write each once) and remove the version from status.storedVersions',
  },
  CRD_CONVERSION_DEAD: {
    group: 'api',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.CRD_CONVERSION_DEAD,
  },
  CRD_CONVERSION_WEBHOOK: {
    group: 'api',
    severity: 'warning',
    actor: 'decide',
    summary: 'A definition that moves uses a conversion webhook.',
    consequence: 'Until the webhook’s Service is running on the target, its objects cannot be written.',
    remedy:
      'install the operator on the target before the migration, so that the definition and its webhook are in place',
  },
  OPERATOR_MISSING: {
    group: 'api',
    severity: 'warning',
    actor: 'change',
    summary:
      'Custom resources move whose definition the target does not have, or for which no controller is running there.',
    consequence: 'Landfall moves the definition and the objects, but no controller acts on them.',
    remedy: 'install the operator on the target first',
  },
  QUOTA_SHORT: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.QUOTA_SHORT,
  },
  LIMIT_RANGE_REFUSES: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.LIMIT_RANGE_REFUSES,
  },
  CAPACITY_SHORT: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.CAPACITY_SHORT,
  },
  POD_TOO_LARGE: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.POD_TOO_LARGE,
  },
  POD_LIMIT_SHORT: {
    group: 'capacity',
    severity: 'warning',
    actor: 'change',
    summary: 'The nodes of the target do not have room for all pods that move.',
    consequence: 'Pods stay Pending although CPU and memory are free.',
    remedy: 'add nodes, or raise the pod limit of the nodes (on AWS: prefix delegation)',
  },
  NODE_NOT_READY: {
    group: 'capacity',
    severity: 'warning',
    actor: 'change',
    summary: 'A node of the target is not ready.',
    consequence: 'It is not counted as capacity.',
    remedy: 'repair or remove the node',
  },
  NODE_NONE_FITS: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.NODE_NONE_FITS,
  },
  NODE_OS_MISSING: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.NODE_OS_MISSING,
  },
  NODE_ARCHITECTURE_MISSING: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.NODE_ARCHITECTURE_MISSING,
  },
  PRIORITY_CLASS_MISSING: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.PRIORITY_CLASS_MISSING,
  },
  RUNTIME_CLASS_MISSING: {
    group: 'capacity',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.RUNTIME_CLASS_MISSING,
  },
} as const satisfies Record<string, FindingEntry>;
