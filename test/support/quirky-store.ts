import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a store does otherwise than S3 says, in front of one that does as it says. */
export interface Quirks {
  /** Changes the answer to a list of keys: XML of S3, JSON of Google. */
  list?(text: string): string;
  /** Answers instead of the store: the code and message of an S3 error with its status. */
  refuse?(request: IncomingMessage): readonly [status: number, code: string, message: string] | undefined;
}

export interface QuirkyStore {
  readonly url: string;
  /** `PUT /bucket/key`, one for each request that came. */
  readonly requests: readonly string[];
  /** Changes what it does from now on. */
  become(quirks: Quirks): void;
  close(): void;
}

/** A store at a loopback address that hands requests on to the store at `endpoint`, Host included, so that signatures hold. */
export async function quirkyStore(endpoint: string, quirks: Quirks = {}): Promise<QuirkyStore> {
  let current = quirks;
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const refusal = current.refuse?.(request);
    const isList = /[?&]list-type=2|^\/storage\/v1\/b\/[^/]+\/o\?/.test(request.url ?? '');
    if (refusal !== undefined) answerError(request, response, refusal);
    else handOn(endpoint, request, response, isList ? current.list : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    become: (next) => {
      current = next;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A list cut after `most` keys; what it says of the rest is the quirk. */
export function cutList(most: number, says: { readonly isTruncated: boolean }): (xml: string) => string {
  return (xml) => {
    const keys = xml.match(/<Contents>.*?<\/Contents>/gs) ?? [];
    if (keys.length <= most) return xml;
    let shorter = xml.replace(/<NextContinuationToken>.*?<\/NextContinuationToken>/s, '');
    for (const gone of keys.slice(most)) shorter = shorter.replace(gone, '');
    return shorter
      .replace(/<IsTruncated>[^<]*</, `<IsTruncated>${says.isTruncated}<`)
      .replace(/<KeyCount>\d+</, `<KeyCount>${most}<`);
  };
}

/** A list of Google's cut after `most` keys that says it is whole. */
export function cutItems(most: number): (json: string) => string {
  return (json) => {
    const {
      nextPageToken: _,
      items = [],
      ...others
    } = JSON.parse(json) as {
      readonly nextPageToken?: string;
      readonly items?: readonly unknown[];
    };
    return JSON.stringify({ ...others, items: items.slice(0, most) });
  };
}

function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  [status, code, message]: readonly [number, string, string]
): void {
  request.resume();
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  );
}

function handOn(
  endpoint: string,
  request: IncomingMessage,
  response: ServerResponse,
  change: ((xml: string) => string) | undefined
): void {
  const { hostname, port } = new URL(endpoint);
  const { url: path, method, headers } = request;
  const onward = ask({ host: hostname, port, path, method, headers }, (answer) => {
    if (change === undefined) {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      return answer.pipe(response);
    }
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('end', () => {
      const body = Buffer.from(change(Buffer.concat(parts).toString()));
      const { 'transfer-encoding': _, ...others } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, { ...others, 'content-length': body.length });
      response.end(body);
    });
    return undefined;
  });
  onward.on('error', (error) => response.destroy(error));
  request.pipe(onward);
}
