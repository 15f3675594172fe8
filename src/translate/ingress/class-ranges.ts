import type { Draft } from '../draft.ts';
import { areWithin } from '../checks/cidr.ts';
import type { IngressModel } from './model.ts';
import { isEverywhere } from './readers.ts';

/**
 * Who may connect to an Ingress behind a load balancer that has a list of its own: a request has to pass both, so the
 * narrower list counts. Undefined where neither holds the other, and no single list says it.
 */
export function narrowed(own: readonly string[], ofClass: readonly string[] = []): readonly string[] | undefined {
  if (ofClass.length === 0 || ofClass.some(isEverywhere)) return own;
  if (own.length === 0 || areWithin(ofClass, own)) return ofClass;
  return areWithin(own, ofClass) ? own : undefined;
}

/** Adds who may connect to the load balancer of a class to what the Ingress itself says. */
export function narrowSources(draft: Draft, model: IngressModel, ofClass: readonly string[] = []): void {
  const ranges = narrowed(model.sourceRanges, ofClass);
  if (ranges === undefined)
    draft.opens(
      '/metadata/annotations',
      `who may connect: the load balancer of its class lets in ${ofClass.join(', ')}, and the Ingress other addresses`,
      'write the addresses that are in both lists on the Ingress'
    );
  model.sourceRanges.splice(0, model.sourceRanges.length, ...(ranges ?? ofClass));
}
