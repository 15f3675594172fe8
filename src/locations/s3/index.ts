import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { isLandfallError } from '../../core/errors.ts';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { ListedObject, Location, StoreOptions } from '../../ports/location.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { readPages, type PageStart, type StoredPage } from '../list-guard.ts';
import { locationError, missingObject } from '../location-error.ts';
import { withoutPrefix, type ListOptions, type LocationCall } from '../operation.ts';
import { closeS3Client, openS3Client, type S3Connection } from './client.ts';
import { isClockCorrected, isMissing, isTaken, s3Error } from './s3-error.ts';

/**
 * A location in an S3 bucket or a store that speaks its API. Conditional create is `If-None-Match: *`; a store that
 * ignores it is found by `probeLocation`.
 */
export async function openS3Location(spec: S3LocationSpec): Promise<Location> {
  return Promise.resolve(new S3Location(spec));
}

class S3Location implements Location {
  readonly name: string;
  /** As messages name it. */
  readonly #place: string;
  readonly #spec: S3LocationSpec;
  #open: S3Connection;
  /** Those whose keys were refused: requests of others are still under way in them. */
  readonly #retired: S3Connection[] = [];

  constructor(spec: S3LocationSpec) {
    this.name = spec.name;
    this.#place = `${spec.name} (bucket ${spec.bucket})`;
    this.#spec = spec;
    this.#open = openS3Client(spec);
  }

  get #client(): S3Client {
    return this.#open.client;
  }

  async create(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<'created' | 'exists'> {
    return this.#call({ operation: 'create', key, options }, async () => {
      try {
        const input = { ...this.#content(key, bytes), IfNoneMatch: '*' };
        await this.#client.send(new PutObjectCommand(input), abortBy(options));
        return 'created';
      } catch (error) {
        if (isTaken(error)) return 'exists';
        throw error;
      }
    });
  }

  async put(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'put', key, options }, () =>
      this.#client.send(new PutObjectCommand(this.#content(key, bytes)), abortBy(options))
    );
  }

  async read(key: string, options?: StoreOptions): Promise<Uint8Array> {
    return this.#call({ operation: 'read', key, options }, async () => {
      try {
        const answer = await this.#client.send(new GetObjectCommand(this.#object(key)), abortBy(options));
        const bytes = await answer.Body?.transformToByteArray();
        if (bytes === undefined || bytes.byteLength !== (answer.ContentLength ?? bytes.byteLength)) {
          const context = { location: this.#place, operation: 'read', key } as const;
          throw locationError('LOCATION_UNREACHABLE', context, { why: 'the response was cut short' });
        }
        return bytes;
      } catch (error) {
        if (isMissing(error)) throw missingObject({ location: this.#place, operation: 'read', key });
        throw error;
      }
    });
  }

  async head(key: string, options?: StoreOptions): Promise<{ readonly sizeBytes: number } | undefined> {
    return this.#call({ operation: 'head', key, options }, async () => {
      try {
        const answer = await this.#client.send(new HeadObjectCommand(this.#object(key)), abortBy(options));
        return { sizeBytes: answer.ContentLength ?? 0 };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    const ask = (start: PageStart): Promise<StoredPage> => this.#page(prefix, start, options);
    return readPages({ place: this.#place, prefix, options, canStartAfter: true, ask });
  }

  async #page(prefix: string, start: PageStart, options: ListOptions | undefined): Promise<StoredPage> {
    const from = {
      ...(start.token !== undefined && { ContinuationToken: start.token }),
      ...(start.after !== undefined && { StartAfter: this.#spec.prefix + checkKey(start.after) }),
      ...(options?.pageSize !== undefined && { MaxKeys: options.pageSize }),
    };
    const input = { Bucket: this.#spec.bucket, Prefix: this.#spec.prefix + prefix, ...from };
    const page = await this.#call({ operation: 'list', key: prefix, options }, () =>
      this.#client.send(new ListObjectsV2Command(input), abortBy(options))
    );
    const objects = (page.Contents ?? []).flatMap(({ Key, Size, LastModified }) => {
      const at = { sizeBytes: Size ?? 0, modifiedAtMs: LastModified?.getTime() ?? Date.now() };
      return Key === undefined ? [] : [{ key: withoutPrefix(Key, this.#spec.prefix), ...at }];
    });
    // A count above what came says that keys were lost on the way.
    const isShort = (page.KeyCount ?? 0) > objects.length;
    const token = isShort ? undefined : page.NextContinuationToken;
    return { objects, token, hasMore: page.IsTruncated === true || isShort };
  }

  async delete(key: string, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'delete', key, options }, () =>
      this.#client.send(new DeleteObjectCommand(this.#object(key)), abortBy(options))
    );
  }

  close(): Promise<void> {
    for (const connection of [this.#open, ...this.#retired]) closeS3Client(connection);
    return Promise.resolve();
  }

  /** A session that was revoked is not asked with again: the next call gets another. */
  #renew(refused: S3Connection): void {
    if (refused !== this.#open || refused.identity.provider === undefined) return;
    this.#retired.push(refused);
    this.#open = openS3Client(this.#spec);
  }

  #content(key: string, bytes: Uint8Array): PutObjectCommandInput {
    return { ...this.#object(key), Body: bytes, ContentLength: bytes.byteLength };
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#spec.bucket, Key: this.#spec.prefix + checkKey(key) };
  }

  async #call<T>({ operation, key, options }: LocationCall, run: () => Promise<T>): Promise<T> {
    options?.signal?.throwIfAborted();
    const asked = this.#open;
    try {
      return await run().catch((error: unknown) => {
        options?.signal?.throwIfAborted();
        if (isClockCorrected(error)) return run();
        throw error;
      });
    } catch (error) {
      options?.signal?.throwIfAborted();
      const { route, identity } = asked;
      const context = { location: this.#place, operation, key, route: route.text };
      const translated = s3Error(error, {
        ...context,
        ...(identity.text !== undefined && { identity: identity.text }),
      });
      if (isLandfallError(translated, 'LOCATION_CREDENTIALS')) this.#renew(asked);
      throw translated;
    }
  }
}

function abortBy(options: StoreOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal === undefined ? {} : { abortSignal: options.signal };
}
