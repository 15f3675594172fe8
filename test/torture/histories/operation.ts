/** What somebody does with the recovery points of a Location. A point is named by its number among those that were asked for. */
export type Operation =
  /** The application is changed before it, each time in another way. */
  | { readonly do: 'backup' }
  | { readonly do: 'restore' | 'delete'; readonly point: number }
  | { readonly do: 'prune'; readonly keepLast: number }
  | { readonly do: 'sweep' | 'verify' }
  /** Nobody's command: one content of the point is no longer what it was. */
  | { readonly do: 'damage'; readonly point: number; readonly how: Damage };

export type Damage = 'truncated' | 'flipped' | 'removed';

export function describeOperation(operation: Operation): string {
  const more =
    'point' in operation ? ` ${operation.point}` : 'keepLast' in operation ? ` --keep-last ${operation.keepLast}` : '';
  return `${operation.do}${more}${operation.do === 'damage' ? ` ${operation.how}` : ''}`;
}
