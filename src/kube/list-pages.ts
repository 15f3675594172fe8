import { LandfallError } from '../core/errors.ts';
import type { ApiResource } from '../core/resource.ts';
import type { ListOptions, ListPage } from '../ports/cluster.ts';
import { ResponseTooLarge, type ApiClient } from './api-client.ts';
import { collectionPath, collectionSubject } from './paths.ts';
import { splitList, type SplitList } from './split-list.ts';

/** Objects a page; measured best between 1,000 and 2,000. */
const LIMIT_DEFAULT = 1_000;
/** A page beyond this is abandoned and asked for again with fewer objects. */
const PAGE_BYTES_MAX = 64 * 1024 * 1024;
/** What a page should come to: `limit` counts objects, and 1,000 of 900 KiB are a gigabyte (api-server-facts 10). */
const PAGE_BYTES_TARGET = 16 * 1024 * 1024;
/** A list that is compacted away this often is read too slowly to ever end. */
const RESTARTS_MAX = 5;

/** See Cluster.list. The page size follows the size of the objects; all pages carry one resourceVersion. */
export async function* listPages(
  client: ApiClient,
  resource: ApiResource,
  options: ListOptions
): AsyncGenerator<ListPage> {
  const limitMax = options.limit ?? LIMIT_DEFAULT;
  const subject = collectionSubject(resource, options.namespace ?? '');
  const list: ListedCollection = { resource, options, subject };
  let limit = limitMax;
  let restarted = 0;
  let token = '';
  let resourceVersion: string | undefined;
  for (;;) {
    const page = await readPage(client, list, { limit, token });
    if (page === 'tooLarge') {
      limit = Math.max(1, Math.floor(limit / 8));
      client.logger?.debug(
        { cluster: client.clusterName, subject, limit },
        'list page too large, asking for fewer objects'
      );
      continue;
    }
    // A later page at another version would mix two states: as good as expired.
    if (page === 'expired' || (resourceVersion !== undefined && page.resourceVersion !== resourceVersion)) {
      restarted += 1;
      if (restarted > RESTARTS_MAX) throw tooSlow(client, subject);
      client.logger?.debug({ cluster: client.clusterName, subject, restarted }, 'list expired, starting again');
      token = '';
      resourceVersion = undefined;
      continue;
    }
    resourceVersion = page.resourceVersion;
    yield { resourceVersion, items: page.items, restarted, remaining: page.remaining };
    if (page.continueToken === '') return;
    token = page.continueToken;
    limit = nextLimit(page, { limit, limitMax });
  }
}

/** What stays the same from page to page. */
interface ListedCollection {
  readonly resource: ApiResource;
  readonly options: ListOptions;
  readonly subject: string;
}

async function readPage(
  client: ApiClient,
  { resource, options, subject }: ListedCollection,
  { limit, token }: { readonly limit: number; readonly token: string }
): Promise<SplitList | 'expired' | 'tooLarge'> {
  try {
    return await client.send<SplitList | 'expired'>({
      action: 'list',
      subject,
      method: 'GET',
      path: collectionPath(resource, options.namespace ?? ''),
      query: {
        limit,
        continue: token === '' ? undefined : token,
        labelSelector: options.labelSelector === '' ? undefined : options.labelSelector,
      },
      repeatable: true,
      understands: (answer) => answer.status === 410,
      read: (answer) => (answer.status === 410 ? 'expired' : splitList(answer.body)),
      // A single object always fits: it cannot be larger than etcd takes.
      ...(limit > 1 ? { bytesMax: PAGE_BYTES_MAX } : {}),
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof ResponseTooLarge) return 'tooLarge';
    throw error;
  }
}

/** Grows at most twofold a page, since the next objects may be larger than the last ones. */
function nextLimit(page: SplitList, bounds: { limit: number; limitMax: number }): number {
  const bytes = page.items.reduce((sum, item) => sum + item.length, 0);
  const fitting = Math.floor(PAGE_BYTES_TARGET / Math.max(1, bytes / Math.max(1, page.items.length)));
  return Math.max(1, Math.min(fitting, bounds.limit * 2, bounds.limitMax));
}

function tooSlow(client: ApiClient, subject: string): LandfallError {
  return new LandfallError('CLUSTER_SERVER_ERROR', {
    what: `the list of ${subject} on cluster ${client.clusterName} expired ${RESTARTS_MAX + 1} times before it was read`,
    fix: 'raise --etcd-compaction-interval of the API server, or move fewer objects at once',
    ref: subject,
  });
}
