import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { IngressController } from './classes.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

/** From which controller an Ingress goes to which. */
export interface IngressWriting {
  readonly from: IngressController;
  readonly to: IngressController;
  /** The class on the target. */
  readonly className: string;
  readonly translation: Translation;
  /** The Ingress as it is on the source. */
  readonly own: IngressFact;
}
