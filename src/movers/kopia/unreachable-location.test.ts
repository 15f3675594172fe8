import { describe, expect, it } from 'vitest';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { providerOf } from '../../locations/registry.ts';
import { repositoryConnection } from './connection.ts';
import { podRoute } from './pod-route.ts';

describe('a provider', () => {
  it('that pods cannot reach gives them neither a route nor a repository', async () => {
    const spec: LocationSpec = {
      name: 'd',
      provider: 'filesystem',
      path: '/srv/landfall',
      prefix: '',
      encryption: 'none',
    };
    expect(providerOf(spec).pods).toBeUndefined();
    expect(podRoute(spec)).toEqual({});
    const asked = repositoryConnection({ location: spec, resolveSecret: () => Promise.resolve('') });
    await expect(asked).rejects.toThrow('CONFIG_INVALID');
  });
});
