import { describe, expect, it } from 'vitest';
import type { LocationSpec, S3LocationSpec } from '../core/spec/spec.ts';
import type { LocationProvider } from './provider.ts';
import { locationProviders } from './registry.ts';
import { remoteOf } from './remote-of.ts';
import { s3Provider } from './s3/descriptor.ts';

describe('a provider', () => {
  it('does not compile without the access of pods, or without kopia', () => {
    const { pods: _pods, ...withoutPods } = s3Provider;
    const { kopia: _kopia, ...withoutKopia } = s3Provider;
    // @ts-expect-error a provider says whether pods reach it
    const first: LocationProvider<S3LocationSpec> = withoutPods;
    // @ts-expect-error a provider says how kopia is given its repositories
    const second: LocationProvider<S3LocationSpec> = withoutKopia;
    const { s3, azure, gcs } = locationProviders;
    // @ts-expect-error every provider of LocationSpec is registered
    const incomplete: typeof locationProviders = { s3, azure, gcs };
    expect([first, second, incomplete]).toHaveLength(3);
  });

  it.each<[LocationSpec, string]>([
    [{ name: 'd', provider: 'filesystem', path: '/srv/landfall', prefix: '', encryption: 'none' }, '/srv/landfall'],
    [
      {
        name: 'b',
        provider: 's3',
        bucket: 'b',
        prefix: '',
        region: 'eu-west-1',
        forcePathStyle: false,
        encryption: 'none',
      },
      's3.eu-west-1.amazonaws.com',
    ],
    [
      {
        name: 'c',
        provider: 'azure',
        account: 'acc',
        container: 'c',
        prefix: '',
        accountKey: { env: 'K' },
        encryption: 'none',
      },
      'acc.blob.core.windows.net',
    ],
    [{ name: 'g', provider: 'gcs', bucket: 'b', prefix: '', encryption: 'none' }, 'storage.googleapis.com'],
    [
      {
        name: 'g',
        provider: 'gcs',
        bucket: 'b',
        prefix: '',
        encryption: 'none',
        endpoint: 'https://storage-x.p.googleapis.com',
      },
      'storage-x.p.googleapis.com',
    ],
  ])('$provider names who is asked', (spec, address) => expect(remoteOf(spec).address).toBe(address));
});
