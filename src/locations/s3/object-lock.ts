import {
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  PutObjectRetentionCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LandfallError } from '../../core/errors.ts';
import { covers, strongerLock, type Retention } from '../../core/retention/point-lock.ts';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { StoreOptions } from '../../ports/location.ts';
import type { ObjectLock } from '../../ports/object-lock.ts';
import { checkKey } from '../key.ts';
import { missingObject } from '../location-error.ts';
import { closeS3Client, openS3Client, type S3Connection } from './client.ts';
import { isClockCorrected, isMissing, s3Error } from './s3-error.ts';

/** What stores answer of an object, or a bucket, without a lock. */
const saysNone: ReadonlySet<string> = new Set([
  'NoSuchObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
]);
/** What they answer where there are no locks at all. */
const saysNever: ReadonlySet<string> = new Set([
  ...saysNone,
  'InvalidBucketObjectLockConfiguration',
  'NotImplemented',
  'MethodNotAllowed',
]);

/** S3 Object Lock: retention of the version that a key has now. */
export function openS3ObjectLock(spec: S3LocationSpec): Promise<ObjectLock> {
  return Promise.resolve(new S3ObjectLock(spec));
}

class S3ObjectLock implements ObjectLock {
  readonly #spec: S3LocationSpec;
  readonly #place: string;
  readonly #connection: S3Connection;

  constructor(spec: S3LocationSpec) {
    [this.#spec, this.#connection] = [spec, openS3Client(spec)];
    this.#place = `${spec.name} (bucket ${spec.bucket})`;
  }

  get #client(): S3Client {
    return this.#connection.client;
  }

  async check(options?: StoreOptions): Promise<void> {
    const input = { Bucket: this.#spec.bucket };
    const found = await this.#call('the bucket', options, async () => {
      try {
        return await this.#client.send(new GetObjectLockConfigurationCommand(input), abortBy(options));
      } catch (error) {
        if (error instanceof S3ServiceException && saysNever.has(error.name)) return undefined;
        throw error;
      }
    });
    if (found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return;
    throw new LandfallError('LOCK_UNSUPPORTED', {
      what: `objects in Location ${this.#place} cannot be locked`,
      why: 'object lock is not enabled for the bucket',
      fix: 'use a bucket with object lock, which is enabled when it is created, or remove lock from the Location',
      ref: this.#spec.name,
    });
  }

  async extend(key: string, wanted: Retention, options?: StoreOptions): Promise<Retention> {
    return this.#call(key, options, async () => {
      const before = await this.#retention(key, options);
      if (before !== undefined && covers(before, wanted)) return before;
      const { mode, untilMs } = strongerLock(wanted, before);
      const retention = {
        Mode: mode === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
        RetainUntilDate: new Date(untilMs),
      };
      await this.#client.send(
        new PutObjectRetentionCommand({ ...this.#object(key), Retention: retention }),
        abortBy(options)
      );
      const after = await this.#retention(key, options);
      if (after !== undefined && covers(after, wanted)) return after;
      throw new LandfallError('LOCK_NOT_HELD', {
        what: `Location ${this.#place} took a lock of ${key} and does not hold it`,
        why:
          after === undefined
            ? 'the object has no lock'
            : `it is locked until ${new Date(after.untilMs).toISOString()}`,
        ref: key,
      });
    });
  }

  close(): Promise<void> {
    closeS3Client(this.#connection);
    return Promise.resolve();
  }

  async #retention(key: string, options: StoreOptions | undefined): Promise<Retention | undefined> {
    try {
      const { Retention: found } = await this.#client.send(
        new GetObjectRetentionCommand(this.#object(key)),
        abortBy(options)
      );
      if (found?.Mode === undefined || found.RetainUntilDate === undefined) return undefined;
      return {
        mode: found.Mode === 'COMPLIANCE' ? 'compliance' : 'governance',
        untilMs: found.RetainUntilDate.getTime(),
      };
    } catch (error) {
      if (error instanceof S3ServiceException && saysNone.has(error.name)) return undefined;
      // A key whose newest version is a delete marker answers 405 where others answer 404 (API_GetObjectRetention).
      const isHidden = error instanceof S3ServiceException && error.name === 'MethodNotAllowed';
      if (isHidden || isMissing(error)) throw missingObject({ location: this.#place, operation: 'read', key });
      throw error;
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#spec.bucket, Key: this.#spec.prefix + checkKey(key) };
  }

  async #call<T>(key: string, options: StoreOptions | undefined, run: () => Promise<T>): Promise<T> {
    options?.signal?.throwIfAborted();
    try {
      return await run().catch((error: unknown) => {
        options?.signal?.throwIfAborted();
        if (isClockCorrected(error)) return run();
        throw error;
      });
    } catch (error) {
      options?.signal?.throwIfAborted();
      const { route, identity } = this.#connection;
      const context = {
        location: this.#place,
        operation: 'put',
        key: `the lock of ${key}`,
        route: route.text,
      } as const;
      throw s3Error(error, { ...context, ...(identity.text !== undefined && { identity: identity.text }) });
    }
  }
}

function abortBy(options: StoreOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal === undefined ? {} : { abortSignal: options.signal };
}
