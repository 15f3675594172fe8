import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, it } from 'vitest';
import { largePayloads, refuseTooLarge } from './large-payloads.ts';

const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);

it('makes what repeats itself small', async () => {
  const names = Array.from({ length: 5_000 }, (_, index) => ({
    namespace: `team-${index % 40}`,
    name: `data-${index}`,
  }));
  const before = payloadOf(names);
  expect(before.data?.byteLength).toBeGreaterThan(3 * 64 * 1024);
  const [encoded] = await largePayloads.encode([before]);
  expect(encoded?.data?.byteLength).toBeLessThan(64 * 1024);
  const [decoded] = await largePayloads.decode([encoded!]);
  expect(defaultPayloadConverter.fromPayload(decoded!)).toEqual(names);
});

it('refuses a specification that is too large to travel, with its size', async () => {
  const rendered = (bytes: number) => ({ text: randomBytes(bytes / 2).toString('hex') });
  await expect(refuseTooLarge(rendered(200 * 1024), 'shop')).resolves.toBeUndefined();
  await expect(refuseTooLarge(rendered(1024 * 1024), 'shop')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    detail: {
      what: expect.stringMatching(/^the specification of shop has \d+ KiB .*; a run accepts at most 256 KiB$/),
    },
  });
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
