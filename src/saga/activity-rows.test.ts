import { expect, it } from 'vitest';
import { activityRows, type ActivityRow } from './activity-rows.ts';

const rows = Object.entries(activityRows) as [string, ActivityRow][];

it.each(rows.filter(([, { opens }]) => opens !== 'nothing'))(
  '%s has open the clusters it needs rights on, and no other',
  (_, { roles, optional = [], needs }) => {
    expect(new Set(needs.map(({ side }) => side))).toEqual(new Set([...roles, ...optional]));
  }
);

it.each(rows.filter(([, { opens }]) => opens !== 'nothing'))(
  '%s runs at the site of a cluster it has open, or of the Location where it has none',
  (_, { roles, optional = [], site }) => {
    const clusters = [...roles, ...optional];
    expect(clusters.length === 0 ? ['location'] : clusters).toContain(site);
  }
);
