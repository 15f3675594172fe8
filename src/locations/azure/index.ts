import type { BlockBlobClient, BlockBlobUploadOptions, ContainerClient } from '@azure/storage-blob';
import { isLandfallError } from '../../core/errors.ts';
import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import type { ListedObject, Location, StoreOptions } from '../../ports/location.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { readPages, type PageStart, type StoredPage } from '../list-guard.ts';
import { locationError, missingObject } from '../location-error.ts';
import { withoutPrefix, type ListOptions, type LocationCall } from '../operation.ts';
import { azureError, isMissing, isTaken } from './azure-error.ts';
import { openAzureContainer, type AzureConnection } from './container.ts';

/**
 * A location in an Azure Blob container, authenticated by account key or shared access signature. Conditional create is `If-None-Match: *` on Put
 * Blob, which writes a blob of up to 5,000 MiB in one atomic request.
 */
export async function openAzureLocation(spec: AzureLocationSpec): Promise<Location> {
  const location = new AzureLocation(spec);
  await location.connect();
  return location;
}

class AzureLocation implements Location {
  readonly name: string;
  /** As messages name it. */
  readonly #place: string;
  readonly #spec: AzureLocationSpec;
  #open: AzureConnection | undefined;

  constructor(spec: AzureLocationSpec) {
    this.name = spec.name;
    this.#place = `${spec.name} (container ${spec.account}/${spec.container})`;
    this.#spec = spec;
  }

  /** Reads the secret, unless it was read already and not refused since. */
  async connect(): Promise<ContainerClient> {
    this.#open ??= await openAzureContainer(this.#spec);
    return this.#open.container;
  }

  async create(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<'created' | 'exists'> {
    return this.#call({ operation: 'create', key, options }, async (container) => {
      try {
        await upload(this.#blob(container, key), bytes, { ...abortBy(options), conditions: { ifNoneMatch: '*' } });
        return 'created';
      } catch (error) {
        if (isTaken(error)) return 'exists';
        throw error;
      }
    });
  }

  async put(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'put', key, options }, (container) =>
      upload(this.#blob(container, key), bytes, abortBy(options))
    );
  }

  async read(key: string, options?: StoreOptions): Promise<Uint8Array> {
    return this.#call({ operation: 'read', key, options }, async (container) => {
      try {
        const answer = await container.getBlobClient(this.#path(key)).download(0, undefined, abortBy(options));
        const chunks: Buffer[] = [];
        for await (const chunk of answer.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        const bytes = Buffer.concat(chunks);
        if (bytes.byteLength === (answer.contentLength ?? bytes.byteLength)) return bytes;
        const context = { location: this.#place, operation: 'read', key } as const;
        throw locationError('LOCATION_UNREACHABLE', context, { why: 'the response was cut short' });
      } catch (error) {
        if (isMissing(error)) throw missingObject({ location: this.#place, operation: 'read', key });
        throw error;
      }
    });
  }

  async head(key: string, options?: StoreOptions): Promise<{ readonly sizeBytes: number } | undefined> {
    return this.#call({ operation: 'head', key, options }, async (container) => {
      try {
        const found = await container.getBlobClient(this.#path(key)).getProperties(abortBy(options));
        return { sizeBytes: found.contentLength ?? 0 };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    const ask = (start: PageStart): Promise<StoredPage> => this.#page(prefix, start, options);
    return readPages({ place: this.#place, prefix, options, canStartAfter: false, ask });
  }

  async #page(prefix: string, { token }: PageStart, options: ListOptions | undefined): Promise<StoredPage> {
    const settings = {
      maxPageSize: options?.pageSize ?? 1_000,
      ...(token === undefined ? {} : { continuationToken: token }),
    };
    const page = await this.#call({ operation: 'list', key: prefix, options }, async (container) => {
      const pages = container
        .listBlobsFlat({ prefix: this.#spec.prefix + prefix, ...abortBy(options) })
        .byPage(settings);
      return pages.next();
    });
    if (page.done === true) return { objects: [], token: undefined, hasMore: false };
    const objects = page.value.segment.blobItems.map(({ name, properties }) => ({
      key: withoutPrefix(name, this.#spec.prefix),
      sizeBytes: properties.contentLength ?? 0,
      modifiedAtMs: properties.lastModified.getTime(),
    }));
    return { objects, token: page.value.continuationToken, hasMore: false };
  }

  async delete(key: string, options?: StoreOptions): Promise<void> {
    await this.#call({ operation: 'delete', key, options }, async (container) => {
      try {
        await container.getBlobClient(this.#path(key)).delete(abortBy(options));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#forget();
    return Promise.resolve();
  }

  #forget(): void {
    this.#open?.route.close();
    this.#open = undefined;
  }

  #blob(container: ContainerClient, key: string): BlockBlobClient {
    return container.getBlockBlobClient(this.#path(key));
  }

  #path(key: string): string {
    return this.#spec.prefix + checkKey(key);
  }

  async #call<T>(
    { operation, key, options }: LocationCall,
    run: (container: ContainerClient) => Promise<T>
  ): Promise<T> {
    options?.signal?.throwIfAborted();
    try {
      return await run(await this.connect());
    } catch (error) {
      options?.signal?.throwIfAborted();
      const route = this.#open?.route.text ?? '';
      const translated = azureError(error, { location: this.#place, operation, key, route });
      // A rotated secret is read again by the next call.
      if (isLandfallError(translated, 'LOCATION_CREDENTIALS')) this.#forget();
      throw translated;
    }
  }
}

async function upload(blob: BlockBlobClient, bytes: Uint8Array, options: BlockBlobUploadOptions): Promise<void> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  await blob.upload(body, body.byteLength, options);
}

function abortBy(options: StoreOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.signal === undefined ? {} : { abortSignal: options.signal };
}
