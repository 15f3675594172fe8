import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

/** Smaller ones stay readable for every tool. */
const compressedFromBytes = 64 * 1024;
const encodingKey = 'encoding';
const ownEncoding = 'binary/landfall-gzip';
/** The key of the encoding that the content had before, kept beside it. */
const beforeKey = 'landfall-encoding';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * Makes large payloads small on their way into histories and out of them: names of thousands of claims are lists of the
 * same words, of which a tenth is left, and Temporal refuses what is larger than its limit. Histories of earlier versions
 * are read as they are. Runs outside of workflow code, so replay does not see it.
 */
export const largePayloads: PayloadCodec = {
  encode: (payloads) => Promise.all(payloads.map(encodeOne)),
  decode: (payloads) => Promise.all(payloads.map(decodeOne)),
};

/** Bytes of a value in a history. */
export async function storedBytes(value: unknown): Promise<number> {
  const payload = await encodeOne(defaultPayloadConverter.toPayload(value));
  return payload.data?.byteLength ?? 0;
}

/**
 * For what a run is started with, which depends on the files of a user alone. Throws CONFIG_INVALID where it is larger
 * than may travel.
 */
export async function refuseTooLarge(input: unknown, name: string): Promise<void> {
  const bytes = await storedBytes(input);
  if (bytes <= limits.payloadBytes) return;
  const [has, most] = [bytes, limits.payloadBytes].map((count) => Math.ceil(count / 1024));
  throw new LandfallError('CONFIG_INVALID', {
    what: `the specification of ${name} has ${has} KiB when it is compressed; a run accepts at most ${most} KiB`,
    fix: 'shorten its transforms and rendered objects, or split its namespaces into several migrations',
  });
}

async function encodeOne(payload: Payload): Promise<Payload> {
  const { data } = payload;
  const metadata = payload.metadata ?? {};
  // A payload without content, as of a workflow that returns nothing, may hold an empty list instead of bytes.
  if (!ArrayBuffer.isView(data) || data.byteLength < compressedFromBytes) return payload;
  const before = metadata[encodingKey];
  if (before === undefined) return payload;
  return {
    ...payload,
    metadata: { ...metadata, [encodingKey]: new TextEncoder().encode(ownEncoding), [beforeKey]: before },
    data: await compress(data),
  };
}

async function decodeOne(payload: Payload): Promise<Payload> {
  const { data } = payload;
  const metadata = payload.metadata ?? {};
  const encoding = metadata[encodingKey];
  const { [beforeKey]: before, ...rest } = metadata;
  const isOurs = encoding !== undefined && new TextDecoder().decode(encoding) === ownEncoding;
  if (!isOurs || before === undefined || !ArrayBuffer.isView(data)) return payload;
  return { ...payload, metadata: { ...rest, [encodingKey]: before }, data: await expand(data) };
}
