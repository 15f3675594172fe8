import { expect, it } from 'vitest';
import { runTaskQueue, siteOfTaskQueue, sitesOf, taskQueueOf } from './sites.ts';

const cluster = { name: 'west', kubeconfig: { path: '/west' }, platform: 'detect' } as const;

it('finds the site of a task queue again, and none for that of a run', () => {
  expect(siteOfTaskQueue(taskQueueOf('aws-eu'))).toBe('aws-eu');
  expect(siteOfTaskQueue(runTaskQueue)).toBeUndefined();
  expect(siteOfTaskQueue('somebody-else')).toBeUndefined();
});

it('gives the sites of roles that have one', () => {
  const location = {
    name: 'store',
    provider: 'filesystem',
    path: '/',
    prefix: '',
    encryption: 'none',
    site: 'aws-eu',
  } as const;
  expect(sitesOf({ source: { ...cluster, site: 'cellar' }, target: cluster, location })).toEqual({
    source: 'cellar',
    location: 'aws-eu',
  });
  expect(sitesOf({ source: cluster })).toEqual({});
});
