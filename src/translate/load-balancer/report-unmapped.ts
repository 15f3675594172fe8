import type { Draft } from '../draft.ts';
import type { LoadBalancerModel, Unmapped } from './model.ts';

const remedy = 'restrict access in another way on the target, and waive this finding';

/** Where it was said, and whether a load balancer stands behind it: one that does not opens nothing. */
export interface Reported {
  readonly isBalanced: boolean;
  readonly at: string;
}

/**
 * Reports what has no form on the target. What kept connections out stops the run; what let some in beside ranges of
 * addresses does so only where there are none, since then anybody may connect.
 */
export function reportUnmapped(
  draft: Draft,
  {
    unmapped,
    opening,
    grants,
    sourceRanges,
  }: Pick<LoadBalancerModel, 'unmapped' | 'opening' | 'grants' | 'sourceRanges'>,
  { isBalanced, at }: Reported
): void {
  const isField = (key: string): boolean => !key.includes('/');
  const place = (key: string): string =>
    key === 'appProtocol' ? '/spec/ports' : isField(key) ? at : `${at}/${key.replaceAll('/', '~1')}`;
  const words = ({ key, what }: Unmapped): string =>
    isField(key) ? what : `${what} (${key.slice(key.lastIndexOf('/') + 1)})`;
  for (const one of unmapped) draft.loss(place(one.key), words(one));
  const opens = (one: Unmapped): void => {
    if (isBalanced) draft.opens(place(one.key), words(one), remedy);
    else draft.loss(place(one.key), words(one));
  };
  for (const one of opening) opens(one);
  for (const one of grants)
    if (sourceRanges.length === 0) opens(one);
    else draft.loss(place(one.key), `${words(one)}; now only the address ranges may connect`);
}
