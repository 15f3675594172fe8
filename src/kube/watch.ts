import type { ObjectAddress } from '../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { classifyConnectionFailure } from './connection-failure.ts';
import { IncompleteJson } from './json-scan.ts';
import { collectionPath, nameSelector, subjectOf } from './paths.ts';
import { readMetadata, sliceMembers } from './split-list.ts';

/** A change of one object, its bytes as the server sent them. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Buffer;
  /** Where a later watch can go on; '' for errors. */
  readonly resourceVersion: string;
}

export interface WatchOptions {
  /** '' starts at the present state, which then comes as ADDED. */
  readonly resourceVersion: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A watch line larger than this is no Kubernetes object. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Changes of one object, until the server ends the watch. Throws LandfallError when it is refused or breaks; the caller
 * goes on with a GET. Needs the verb `watch`, by name where RBAC says so (hence the field selector).
 */
export async function* watchObject(
  client: ApiClient,
  address: ObjectAddress,
  options: WatchOptions
): AsyncGenerator<WatchEvent> {
  const subject = subjectOf(address);
  const stream = await client.open({
    action: 'watch',
    subject,
    method: 'GET',
    path: collectionPath(address.resource, address.namespace),
    query: {
      watch: 'true',
      fieldSelector: nameSelector(address.name),
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion === '' ? undefined : options.resourceVersion,
      timeoutSeconds: Math.max(1, Math.ceil(options.timeoutMs / 1000)),
    },
    signal: options.signal,
  });
  try {
    for await (const line of lines(stream)) yield readEvent(line);
  } catch (error) {
    options.signal.throwIfAborted();
    throw classifyConnectionFailure(error, { clusterName: client.clusterName, action: 'watch', subject }).error;
  }
}

/** Splits a stream at line feeds; JSON has none inside. What follows the last one is a broken-off event and is dropped. */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let feed = chunk.indexOf(0x0a); feed >= 0; feed = chunk.indexOf(0x0a, start)) {
      parts.push(chunk.subarray(start, feed));
      const line = Buffer.concat(parts);
      parts = [];
      bytes = 0;
      start = feed + 1;
      if (line.length > 0) yield line;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > LINE_BYTES_MAX) throw new IncompleteJson('a watch event does not end', bytes);
  }
}

function readEvent(line: Buffer): WatchEvent {
  const slices = sliceMembers(line, ['type', 'object']);
  const object = slices.get('object') ?? Buffer.from('{}');
  const type = slices.get('type')?.toString().slice(1, -1) ?? 'ERROR';
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    return { type: 'ERROR', object, resourceVersion: '' };
  }
  return { type, object, resourceVersion: readMetadata(object).resourceVersion };
}
