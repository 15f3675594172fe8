import { plannedWords } from '../../planned-words.ts';
import type { FindingEntry } from '../finding-entry.ts';

/** Findings about the way to the application. */
export const trafficFindings = {
  LOAD_BALANCER_IP_PINNED: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service requests a fixed load balancer address.',
    consequence: 'An address of the source does not exist on the target.',
    remedy:
      'reserve an address on the target and set it with a transform; inform those who have the old one on an allowlist',
  },
  LOAD_BALANCER_CLASS: {
    group: 'traffic',
    severity: 'warning',
    actor: 'change',
    summary: 'A Service names a load balancer class.',
    consequence:
      'A controller that does not handle the class ignores the Service, and the class cannot be changed afterwards.',
    remedy: 'map or remove spec.loadBalancerClass with a transform',
  },
  EXTERNAL_IPS: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service has externalIPs that are routed to the source.',
    consequence: 'They lead to the source until the routing is changed.',
    remedy: 'remove externalIPs with a transform, or move the route at the cutover',
  },
  NODE_PORT_TAKEN: {
    group: 'traffic',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.NODE_PORT_TAKEN,
  },
  INGRESS_CLASS_MISSING: {
    group: 'traffic',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.INGRESS_CLASS_MISSING,
  },
  INGRESS_CONTROLLER_DIFFERENT: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'The ingress class with that name is served by a different controller on the target.',
    consequence: 'Annotations of the old controller are ignored.',
    remedy: 'check which annotations matter, and map them',
  },
  GATEWAY_CLASS_MISSING: {
    group: 'traffic',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.GATEWAY_CLASS_MISSING,
  },
  HOST_TAKEN: {
    group: 'traffic',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.HOST_TAKEN,
  },
  EXTERNAL_DNS_OWNER: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'external-dns publishes names of objects that move.',
    consequence: 'As soon as the objects are on the target, both clusters write the same records.',
    remedy:
      'give each cluster its own txt-owner-id, and keep external-dns on the target from publishing until the cutover',
  },
  TLS_EXPIRED: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'A certificate has expired.',
    consequence: 'Clients reject it, on the source as well.',
    remedy: 'renew it before the migration',
  },
  TLS_EXPIRES_SOON: {
    group: 'certificates',
    severity: 'warning',
    actor: 'decide',
    summary: 'A certificate expires within 21 days.',
    consequence: 'It may expire during the migration, when renewal can be interrupted.',
    remedy: 'renew it before the migration',
  },
  TLS_HOST_MISMATCH: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'The certificate that an Ingress refers to does not cover its host.',
    consequence: 'Clients reject it.',
    remedy: 'issue a certificate for the host',
  },
  TLS_SECRET_MISSING: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary:
      'An Ingress or Gateway refers to a TLS Secret that is not among the captured objects and that no Certificate creates.',
    consequence: 'The controller serves its own default certificate.',
    remedy: 'create the Secret, or correct the reference',
  },
  TLS_INVALID: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'A TLS Secret holds no usable certificate, or a key that does not match it.',
    consequence: 'The controller rejects it.',
    remedy: 'recreate the Secret from the right files',
  },
  ISSUER_MISSING: {
    group: 'certificates',
    severity: 'blocker',
    actor: 'change',
    ...plannedWords.ISSUER_MISSING,
  },
  ACME_RATE_LIMIT: {
    group: 'certificates',
    severity: 'warning',
    actor: 'decide',
    summary: 'More certificates of one registered domain would be reissued than the authority allows in a week.',
    consequence: 'Issuing stops for days.',
    remedy: 'move the TLS Secrets as well so that nothing is reissued, or spread the migration over time',
  },
} as const satisfies Record<string, FindingEntry>;
