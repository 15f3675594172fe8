import { isLandfallError } from '../../core/errors.ts';
import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import type { ListedObject, Location, StoreOptions } from '../../ports/location.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { readPages, type PageStart, type StoredPage } from '../list-guard.ts';
import { locationError, missingObject } from '../location-error.ts';
import { withoutPrefix, type ListOptions, type LocationCall } from '../operation.ts';
import { openGcsAccess, type GcsAccess } from './access.ts';
import { declaredChecksum, fitsChecksum } from './checksum.ts';
import { gcsError, isNotFound, isTaken } from './gcs-error.ts';
import { askGcs, uploadBody, type GcsAnswer, type GcsRequest } from './json-api.ts';

/**
 * A location in a bucket of Google Cloud Storage, by its JSON API. Conditional create is `ifGenerationMatch=0`; an object is
 * written in one request, with a checksum that the store checks, and is not there before the whole of it is.
 */
export async function openGcsLocation(spec: GcsLocationSpec): Promise<Location> {
  const location = new GcsLocation(spec);
  await location.connect();
  return location;
}

class GcsLocation implements Location {
  readonly name: string;
  /** As messages name it. */
  readonly #place: string;
  readonly #spec: GcsLocationSpec;
  #open: GcsAccess | undefined;

  constructor(spec: GcsLocationSpec) {
    this.name = spec.name;
    this.#place = `${spec.name} (bucket ${spec.bucket})`;
    this.#spec = spec;
  }

  /** Reads the credentials, unless they were read already and not refused since. */
  async connect(): Promise<GcsAccess> {
    this.#open ??= await openGcsAccess(this.#spec);
    return this.#open;
  }

  async create(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<'created' | 'exists'> {
    return this.#call({ operation: 'create', key, options }, async (ask) => {
      try {
        await ask(this.#upload(key, bytes, { ifGenerationMatch: '0' }));
        return 'created';
      } catch (error) {
        if (isTaken(error)) return 'exists';
        throw error;
      }
    });
  }

  async put(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'put', key, options }, (ask) => ask(this.#upload(key, bytes, {})));
  }

  async read(key: string, options?: StoreOptions): Promise<Uint8Array> {
    return this.#call({ operation: 'read', key, options }, async (ask) => {
      const context = { location: this.#place, operation: 'read', key } as const;
      const answer = await ask({ method: 'GET', path: this.#object(key), query: { alt: 'media' } }).catch(
        async (error: unknown) => {
          throw (await this.#isOnlyObjectMissing(error, ask)) ? missingObject(context) : error;
        }
      );
      const { bytes, headers } = answer;
      if (bytes.byteLength !== Number(headers['content-length'] ?? bytes.byteLength))
        throw locationError('LOCATION_UNREACHABLE', context, { why: 'the response was cut short' });
      const said = [headers['x-goog-hash'] ?? []].flat().join(',');
      if (!fitsChecksum(bytes, said)) {
        const why = 'the content differs from the checksum that the store sends with it';
        throw locationError('LOCATION_SERVER_ERROR', context, { why });
      }
      return bytes;
    });
  }

  async head(key: string, options?: StoreOptions): Promise<{ readonly sizeBytes: number } | undefined> {
    return this.#call({ operation: 'head', key, options }, async (ask) => {
      try {
        const answer = await ask({ method: 'GET', path: this.#object(key), query: { fields: 'size' } });
        return { sizeBytes: Number((JSON.parse(answer.bytes.toString('utf8')) as { size?: string }).size ?? 0) };
      } catch (error) {
        if (await this.#isOnlyObjectMissing(error, ask)) return undefined;
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
    const after = start.after === undefined ? undefined : this.#spec.prefix + checkKey(start.after);
    const query = {
      prefix: this.#spec.prefix + prefix,
      maxResults: String(options?.pageSize ?? 1_000),
      fields: 'nextPageToken,items(name,size,timeCreated)',
      pageToken: start.token,
      startOffset: after,
    };
    const { bytes } = await this.#call({ operation: 'list', key: prefix, options }, (ask) =>
      ask({ method: 'GET', path: `${this.#bucket()}/o`, query })
    );
    const page = JSON.parse(bytes.toString('utf8')) as ObjectList;
    const objects = (page.items ?? []).map(({ name, size, timeCreated }) => ({
      key: withoutPrefix(name, this.#spec.prefix),
      sizeBytes: Number(size ?? 0),
      modifiedAtMs: Date.parse(timeCreated),
    }));
    // A list begins with its offset, not after it.
    const isFirst = after !== undefined && page.items?.[0]?.name === after;
    return { objects: isFirst ? objects.slice(1) : objects, token: page.nextPageToken, hasMore: false };
  }

  async delete(key: string, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'delete', key, options }, async (ask) => {
      try {
        await ask({ method: 'DELETE', path: this.#object(key), query: {} });
      } catch (error) {
        if (!(await this.#isOnlyObjectMissing(error, ask))) throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#forget();
    return Promise.resolve();
  }

  #forget(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  #bucket(): string {
    return `/storage/v1/b/${encodeURIComponent(this.#spec.bucket)}`;
  }

  #object(key: string): string {
    return `${this.#bucket()}/o/${encodeURIComponent(this.#spec.prefix + checkKey(key))}`;
  }

  #upload(key: string, bytes: Uint8Array, condition: Readonly<Record<string, string>>): GcsRequest {
    const name = this.#spec.prefix + checkKey(key);
    return {
      method: 'POST',
      path: `/upload${this.#bucket()}/o`,
      query: { uploadType: 'multipart', fields: 'size', ...condition },
      body: uploadBody({ name, ...declaredChecksum(bytes) }, bytes),
    };
  }

  /** A missing object and a missing bucket have the same status; where the words do not decide, a list of the bucket does. */
  async #isOnlyObjectMissing(error: unknown, ask: Ask): Promise<boolean> {
    if (!isNotFound(error) || /bucket does not exist/iu.test(error.message)) return false;
    if (/no such object/iu.test(error.message)) return true;
    return ask({
      method: 'GET',
      path: `${this.#bucket()}/o`,
      query: { maxResults: '1', fields: 'nextPageToken' },
    }).then(
      () => true,
      (listed: unknown) => {
        if (isNotFound(listed)) return false;
        throw listed;
      }
    );
  }

  async #call<T>({ operation, key, options }: LocationCall, run: (ask: Ask) => Promise<T>): Promise<T> {
    options?.signal?.throwIfAborted();
    try {
      const access = await this.connect();
      return await run((request) => askGcs(access, { ...request, signal: options?.signal }));
    } catch (error) {
      options?.signal?.throwIfAborted();
      const route = this.#open?.text ?? '';
      const translated = gcsError(error, { location: this.#place, operation, key, route });
      // Credentials that were rotated are read again by the next call.
      if (isLandfallError(translated, 'LOCATION_CREDENTIALS')) this.#forget();
      throw translated;
    }
  }
}

type Ask = (request: GcsRequest) => Promise<GcsAnswer>;

/** What of a list is asked for. */
interface ObjectList {
  readonly nextPageToken?: string;
  readonly items?: readonly { readonly name: string; readonly size?: string; readonly timeCreated: string }[];
}
