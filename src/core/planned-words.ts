/**
 * The words of findings that are errors of a run as well: both catalogues have them from here, so that neither has to know the other.
 */
export const plannedWords = {
  CRD_CONVERSION_DEAD: {
    summary: 'The conversion webhook of a definition on the target has no service behind it.',
    consequence: 'No object of the kind can be written or read there.',
    remedy: 'bring the operator that serves the conversion up on the target first',
  },
  EXTERNAL_SHARED: {
    summary: 'An object stands for something outside, and nothing is known that holds it still on the target.',
    consequence: 'Both clusters manage the same thing at once, and deleting either object may delete it for both.',
    remedy: 'exclude it and make it at the cutover, hold it still by a transform, or accept it with a waiver',
  },
  NODE_PORT_TAKEN: {
    summary: 'A node port that somebody chose is taken on the target.',
    consequence: 'The Service is refused.',
    remedy: 'free the port, or change it with a transform',
  },
  QUOTA_SHORT: {
    summary: 'A ResourceQuota of the target namespace has no room for what moves.',
    consequence: 'Objects or pods are refused once the quota is used up.',
    remedy: 'raise the quota, or move less into the namespace',
  },
  LIMIT_RANGE_REFUSES: {
    summary: 'A LimitRange of the target namespace refuses pods, containers or claims that move.',
    consequence: 'Their pods or claims are not created.',
    remedy: 'change the LimitRange or the requests and limits',
  },
} as const;
