import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import {
  sendJson,
  sendStatus,
  startLoopbackApi,
  type Answer,
  type LoopbackApi,
} from '../../test/support/loopback-api.ts';
import type { ApiResource } from '../core/resource.ts';
import type { Cluster, ExecOptions, RawObject } from '../ports/cluster.ts';
import { noFailpoints } from '../ports/failpoints.ts';
import { createCluster } from './index.ts';
import { lines } from './watch.ts';

const pods: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: [],
  subresources: [],
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function rig(
  answer: Answer,
  onUpgrade?: (request: IncomingMessage, socket: Duplex) => void
): Promise<{ api: LoopbackApi; cluster: Cluster }> {
  const api = await startLoopbackApi(answer, onUpgrade === undefined ? {} : { onUpgrade });
  open.push(api);
  const cluster = await createCluster(api.spec, {
    failpoints: noFailpoints,
    role: 'source',
    retry: { attemptsMax: 2, baseDelayMs: 1 },
  });
  open.push(cluster);
  return { api, cluster };
}

const pod = (phase: string, resourceVersion: string): object => ({
  kind: 'Pod',
  metadata: { name: 'a', resourceVersion },
  status: { phase },
});
const phaseOf = (object: RawObject | undefined): string =>
  object === undefined
    ? 'absent'
    : (JSON.parse(Buffer.from(object.bytes).toString()) as { status: { phase: string } }).status.phase;
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

describe('waitFor', () => {
  const until = (phase: string, timeoutMs = 5_000) => ({
    until: (object: RawObject | undefined) => phaseOf(object) === phase,
    describe: phaseOf,
    timeoutMs,
  });

  it('sees the change in a watch from the version it has read', async () => {
    const { api, cluster } = await rig(({ url }, response) => {
      if (!url.searchParams.has('watch')) return sendJson(response, 200, pod('Pending', '7'));
      const change = event('MODIFIED', pod('Running', '9'));
      response.write(event('BOOKMARK', { metadata: { resourceVersion: '8' } }) + change.slice(0, 25));
      setTimeout(() => response.write(change.slice(25)), 20);
    });
    const ticks: string[] = [];
    const found = await cluster.waitFor({
      resource: pods,
      namespace: 'shop',
      name: 'a',
      ...until('Running'),
      onTick: (state) => ticks.push(state),
    });
    expect(phaseOf(found)).toBe('Running');
    expect(ticks).toEqual(['Pending']);
    const query = api.seen[1]?.url.searchParams;
    expect([query?.get('resourceVersion'), query?.get('fieldSelector'), query?.get('allowWatchBookmarks')]).toEqual([
      '7',
      'metadata.name=a',
      'true',
    ]);
  });

  it('waits for an object to go, and for one to come', async () => {
    const { cluster } = await rig(({ url }, response) => {
      if (!url.searchParams.has('watch')) return sendJson(response, 200, pod('Pending', '7'));
      response.write(event('DELETED', pod('Pending', '8')));
    });
    expect(await cluster.waitFor({ resource: pods, namespace: 'shop', name: 'a', ...until('absent') })).toBeUndefined();
  });

  it.each([
    ['is refused', (): Answer => (_, response) => sendStatus(response, 403, 'Forbidden', 'no watch')],
    ['breaks', (): Answer => (_, response) => void response.socket?.resetAndDestroy()],
    ['has expired', (): Answer => (_, response) => void response.end(event('ERROR', { kind: 'Status', code: 410 }))],
    ['sends rubbish', (): Answer => (_, response) => void response.end('{"type":"ADDED","obj\n')],
  ])('polls when the watch %s', async (_, broken) => {
    const onWatch = broken();
    let gets = 0;
    const { cluster } = await rig((request, response) => {
      if (request.url.searchParams.has('watch')) return onWatch(request, response);
      gets += 1;
      sendJson(response, 200, pod(gets < 3 ? 'Pending' : 'Running', String(gets)));
    });
    expect(phaseOf(await cluster.waitFor({ resource: pods, namespace: 'shop', name: 'a', ...until('Running') }))).toBe(
      'Running'
    );
  });

  it('survives an outage and names what it has seen last when time is over', async () => {
    const { cluster } = await rig(({ url, count }, response) => {
      if (url.searchParams.has('watch') || count > 1) return sendStatus(response, 503, 'ServiceUnavailable', 'down');
      sendJson(response, 200, pod('Pending', '7'));
    });
    await expect(
      cluster.waitFor({ resource: pods, namespace: 'shop', name: 'a', ...until('Running', 1_500) })
    ).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      detail: { what: 'Pod shop/a on cluster loopback did not reach its condition within 1.5 s: Pending' },
    });
  });

  it('stops with the reason of the signal, and with what until throws', async () => {
    const { cluster } = await rig(({ url }, response) => {
      if (!url.searchParams.has('watch')) sendJson(response, 200, pod('Pending', '7'));
      else response.write('\n');
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('cancelled')), 50);
    await expect(
      cluster.waitFor({ resource: pods, namespace: 'shop', name: 'a', ...until('Running'), signal: controller.signal })
    ).rejects.toThrow('cancelled');
    const fails = {
      ...until('Running'),
      until: (): boolean => {
        throw new Error('it has failed for good');
      },
    };
    await expect(cluster.waitFor({ resource: pods, namespace: 'shop', name: 'a', ...fails })).rejects.toThrow(
      'it has failed for good'
    );
  });
});

it('lines come whole however the stream is cut', async () => {
  const text = 'first\nsécond line\n\nthird\nbroken off';
  for (const size of [1, 2, 3, 7, 100]) {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size)
    );
    async function* stream(): AsyncGenerator<Buffer> {
      await Promise.resolve();
      yield* chunks;
    }
    const seen: string[] = [];
    for await (const line of lines(stream())) seen.push(line.toString());
    expect(seen).toEqual(['first', 'sécond line', 'third']);
  }
});

describe('exec', () => {
  const options: ExecOptions = {
    namespace: 'shop',
    pod: 'db',
    container: 'pg',
    command: ['sh', '-c', 'sync && echo "ok"'],
    timeoutMs: 2_000,
  };
  const failure = (code: string): string =>
    JSON.stringify({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: code }] },
    });

  it('returns output and exit code', async () => {
    let path = '';
    const { cluster } = await rig(refuse, (request, socket) => {
      path = request.url ?? '';
      accept(request, socket, [
        [1, 'out'],
        [2, 'err'],
        [1, 'put'],
        [3, failure('3')],
      ]);
    });
    expect(await cluster.exec(options)).toEqual({ exitCode: 3, stdout: 'output', stderr: 'err' });
    expect(new URL(path, 'http://x').searchParams.getAll('command')).toEqual(options.command);
  });

  it('reports a program that is not there as a shell does', async () => {
    const message = 'OCI runtime exec failed: exec: "sh": executable file not found in $PATH';
    const { cluster } = await rig(refuse, (request, socket) =>
      accept(request, socket, [[3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message })]])
    );
    expect(await cluster.exec(options)).toEqual({ exitCode: 127, stdout: '', stderr: message });
  });

  it('keeps 64 KiB of a stream', async () => {
    const { cluster } = await rig(refuse, (request, socket) =>
      accept(request, socket, [
        ...Array.from({ length: 10 }, (): [number, string] => [1, 'x'.repeat(30_000)]),
        [3, '{"status":"Success"}'],
      ])
    );
    const result = await cluster.exec(options);
    expect([result.exitCode, result.stdout.length]).toEqual([0, 65_536]);
  });

  it('times out with the last output', async () => {
    const { cluster } = await rig(refuse, (request, socket) => accept(request, socket, [[1, 'working']]));
    await expect(cluster.exec({ ...options, timeoutMs: 200 })).rejects.toMatchObject({
      code: 'WAIT_TIMED_OUT',
      detail: { why: 'last output: working' },
    });
  });

  it('says why it was refused', async () => {
    const message =
      'pods "db" is forbidden: User "eve" cannot get resource "pods/exec" in API group "" in the namespace "shop"';
    const { cluster } = await rig(
      (_, response) => sendStatus(response, 403, 'Forbidden', message),
      (_, socket) => void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    );
    await expect(cluster.exec(options)).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });

  it('does not take a closed connection for success', async () => {
    const { cluster } = await rig(refuse, (request, socket) => {
      accept(request, socket, [[1, 'half']]);
      setTimeout(() => socket.destroy(), 50);
    });
    await expect(cluster.exec(options)).rejects.toMatchObject({ code: 'CLUSTER_SERVER_ERROR' });
  });
});

const refuse: Answer = (_, response) => sendStatus(response, 400, 'BadRequest', 'Upgrade request required');

/** The server's half of a WebSocket handshake and unmasked binary frames (RFC 6455): enough for a command channel. */
function accept(request: IncomingMessage, socket: Duplex, messages: readonly (readonly [number, string])[]): void {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${createHash('sha1').update(key).digest('base64')}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`
  );
  for (const [channel, text] of messages) {
    const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
    const length =
      payload.length < 126
        ? Buffer.from([payload.length])
        : Buffer.from([126, payload.length >> 8, payload.length & 0xff]);
    socket.write(Buffer.concat([Buffer.from([0x82]), length, payload]));
  }
}
