import { plannedWords } from '../../planned-words.ts';
import type { FindingEntry } from '../finding.ts';

/** Findings about the way to the application. */
export const trafficFindings = {
  LOAD_BALANCER_IP_PINNED: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service asks for a fixed load balancer address.',
    consequence: 'An address of the source does not exist on the target.',
    remedy:
      'reserve an address on the target and change it with a transform; tell whoever has the old one on an allow-list',
  },
  LOAD_BALANCER_CLASS: {
    group: 'traffic',
    severity: 'warning',
    actor: 'change',
    summary: 'A Service names a load balancer class.',
    consequence:
      'A controller that does not know the class ignores the Service, and the class cannot be changed afterwards.',
    remedy: 'map or remove spec.loadBalancerClass with a transform',
  },
  EXTERNAL_IPS: {
    group: 'traffic',
    severity: 'warning',
    actor: 'decide',
    summary: 'A Service answers on addresses that are routed to the source.',
    consequence: 'They lead to the source until the network is changed.',
    remedy: 'remove externalIPs with a transform, or move the route at cutover',
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
    summary: 'The ingress class of that name is served by another controller on the target.',
    consequence: 'Annotations of the old controller are ignored.',
    remedy: 'see which annotations matter and map them',
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
    summary: 'external-dns publishes names of the objects that move.',
    consequence: 'As soon as they are on the target, both clusters write the same records.',
    remedy: 'give each cluster its own txt-owner-id and keep the target silent until cutover',
  },
  TLS_EXPIRED: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'A certificate has expired.',
    consequence: 'Clients refuse it, on the source as well.',
    remedy: 'renew it before the move',
  },
  TLS_EXPIRES_SOON: {
    group: 'certificates',
    severity: 'warning',
    actor: 'decide',
    summary: 'A certificate expires within 21 days.',
    consequence: 'It may expire in the middle of the move, when renewal can be interrupted.',
    remedy: 'renew it before the move',
  },
  TLS_HOST_MISMATCH: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'The certificate an Ingress names does not cover its host.',
    consequence: 'Clients refuse it.',
    remedy: 'issue a certificate for the host',
  },
  TLS_SECRET_MISSING: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary:
      'An Ingress or Gateway names a TLS Secret that is not among the captured objects and that no Certificate makes.',
    consequence: 'The controller serves its own default certificate.',
    remedy: 'create the Secret, or correct the name',
  },
  TLS_INVALID: {
    group: 'certificates',
    severity: 'warning',
    actor: 'change',
    summary: 'A TLS Secret holds no usable certificate, or a key that belongs to another one.',
    consequence: 'The controller refuses it.',
    remedy: 'create the Secret again from the right files',
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
    summary: 'More certificates of one registered domain would be issued anew than the authority allows in a week.',
    consequence: 'Issuing stops for days.',
    remedy: 'take the TLS Secrets along so that nothing is issued anew, or spread the move',
  },
} as const satisfies Record<string, FindingEntry>;
