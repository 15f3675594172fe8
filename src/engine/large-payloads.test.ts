import { defaultPayloadConverter } from '@temporalio/common';
import { expect, it } from 'vitest';
import type { ClaimPlan, MovedVolume } from '../core/migration/contract.ts';
import { largePayloads } from './large-payloads.ts';

const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const digest = (index: number, word: string) => `${word}${index * 7919}`.padEnd(64, String(index % 10));

it('keeps the claims of two thousand volumes and their results well below the limits of Temporal', async () => {
  const claims = Array.from({ length: 2_000 }, (_, index): ClaimPlan => {
    const name = `data-database-${index}`;
    const names = { namespace: `team-${index % 40}`, name, targetNamespace: `team-${index % 40}-moved` };
    const classes = { snapshotClass: 'csi-snapshots', sourceClass: 'vsan-gold', targetClass: 'gp3' };
    return { ...names, ...classes, way: 'snapshot', size: `${index + 1}Gi`, accessModes: ['ReadWriteOnce'] };
  });
  const volumes = claims.map(({ namespace, name }, index): MovedVolume => {
    const trees = { treeSha256: digest(index, 'a'), targetTreeSha256: digest(index, 'a'), different: [] };
    const ids = { snapshotId: digest(index, 'b').slice(0, 32), metadataSnapshotId: digest(index, 'c').slice(0, 32) };
    return {
      namespace,
      name,
      ...trees,
      ...ids,
      files: index,
      sizeBytes: 7 * index,
      transferredBytes: index,
      leftOut: 0,
    };
  });
  const before = payloadOf({ claims, volumes });
  expect(before.data?.byteLength).toBeGreaterThan(256 * 1024);
  const [encoded] = await largePayloads.encode([before]);
  expect(encoded?.data?.byteLength).toBeLessThan(256 * 1024);
  const [decoded] = await largePayloads.decode([encoded!]);
  expect(defaultPayloadConverter.fromPayload(decoded!)).toEqual({ claims, volumes });
});

it('leaves small payloads as they are, and those of earlier versions', async () => {
  const small = payloadOf({ a: 1 });
  expect(await largePayloads.encode([small])).toEqual([small]);
  const large = payloadOf('x'.repeat(200_000));
  expect(await largePayloads.decode([large])).toEqual([large]);
});

it('leaves a payload without content as it is: what a workflow gives that returns nothing', async () => {
  const nothing = { ...payloadOf(undefined), data: [] as unknown as Uint8Array };
  expect(await largePayloads.encode([nothing])).toEqual([nothing]);
  expect(await largePayloads.decode([nothing])).toEqual([nothing]);
});
