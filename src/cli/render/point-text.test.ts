import { expect, it } from 'vitest';
import type { ReadManifest } from '../../archive/manifest-bytes.ts';
import type { PointDetail } from '../../archive/manifest.ts';
import { errorDetail } from '../../core/errors.ts';
import { pointLines } from './point-text.ts';

const detail: PointDetail = {
  source: { cluster: 'vks-prod', uid: 'u-1', gitVersion: 'v1.34.4', platform: 'vks' },
  scope: {
    ...{ namespaces: ['shop'], excludeNamespaces: ['shop-old'], kinds: [], excludeKinds: [] },
    ...{ labelSelector: 'tier=web', clusterScoped: 'dependencies' },
  },
  lists: [
    {
      ...{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
      ...{ namespace: 'shop', resourceVersion: '1' },
    },
  ],
  indexes: [],
  volumes: [
    {
      ...{ claim: 'shop/data', class: 'vsan', size: '5Gi', snapshotId: 's', metadataSnapshotId: 'm', treeSha256: 't' },
      ...{ bytes: 2_097_152, files: 12, excluded: 1, dataAsOf: '2026-11-01T00:00:09Z' },
    },
  ],
  excluded: [],
  dependencies: [],
};
const open = {
  ...{ formatMajor: 2, formatMinor: 0, id: 'shop-7f3k', name: 'shop', createdAt: '2026-11-01T00:00:00Z' },
  ...{ landfallVersion: '0.1.0', line: 'l', attached: [] },
  counts: {
    ...{ objects: 1_204, rawBytes: 2_048, segments: 1, segmentBytes: 1_024, excluded: 3 },
    ...{ volumes: 1, volumeBytes: 2_097_152 },
  },
};
const restore = 'landfall restore shop-7f3k -f landfall.yaml --to CLUSTER';

it('says of a point in clear what is in it, and that nobody has signed it', () => {
  const text = pointLines({ ...open, detail }, { detail }, { restore, nowMs: 0 }).join('\n');
  expect(text).toContain('signed by   nobody: the Location is not encrypted');
  expect(text).toContain('source      vks-prod (vks, v1.34.4, u-1)');
  expect(text).toContain('scope       shop without shop-old, labelled tier=web');
  expect(text).toContain('kinds       1 kind read: deployments.apps');
  expect(text).toMatch(
    /volumes +CLAIM +CLASS +SIZE +DATA +FILES +NOT TAKEN +AS OF\n +shop\/data +vsan +5Gi +2.0 MiB +12 +1 +2026-11-01T00:00:09Z/
  );
  expect(text).toContain('before it   none in this Location');
});

it('says of a sealed point that cannot be opened here why, and everything that needs no key', () => {
  const sealed: ReadManifest = {
    ...{ ...open, keyId: 'k', signer: 'ed25519:abc', sealed: Buffer.from('not shown') },
    previous: { id: 'shop-1aaa', sha256: 'x' },
  };
  const unopened = errorDetail('POINT_ENCRYPTED', { what: 'recovery point shop-7f3k is encrypted' });
  const text = pointLines(sealed, { unopened }, { restore, nowMs: 0 }).join('\n');
  expect(text).toContain('signed by   ed25519:abc');
  expect(text).toContain('before it   shop-1aaa');
  expect(text).toContain('objects     1,204 (2.0 KiB, 1.0 KiB stored); 3 excluded');
  expect(text).toMatch(
    /not shown +source, scope and volumes are encrypted: recovery point shop-7f3k is encrypted \(POINT_ENCRYPTED\)/
  );
  expect(text).not.toContain('vks-prod');
});
