import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProbeConfig, ProbeResult, Protocol } from '../../core/probe-protocol.ts';
import { runProbe } from './probe.ts';

const ends: (() => void)[] = [];
afterAll(() => ends.forEach((end) => end()));

/** A server that does one thing with a connection. */
async function serve(on: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    on(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function results(config: ProbeConfig): Promise<readonly ProbeResult[]> {
  const found: ProbeResult[] = [];
  await runProbe(config, (result) => found.push(result));
  return found;
}

async function ask(protocol: Protocol, port: number): Promise<ProbeResult | undefined> {
  return (await results({ mode: 'addresses', addresses: [{ host: '127.0.0.1', port, protocol }] }))[0];
}

function answering(answer: Buffer): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => socket.write(answer));
  };
}

function greeting(socket: Socket): void {
  socket.write(Buffer.from([74, 0, 0, 0, 10, 56]));
}

/** Repeats the correlation id of the request, as an answer of Kafka begins. */
function correlating(socket: Socket): void {
  socket.once('data', (request: Buffer) => socket.write(Buffer.concat([Buffer.alloc(4), request.subarray(8, 12)])));
}

describe('the first packet', () => {
  it.each([
    ['postgresql', answering(Buffer.from('N'))],
    ['mysql', greeting],
    ['redis', answering(Buffer.from('-NOAUTH Authentication required.\r\n'))],
    ['http', answering(Buffer.from('HTTP/1.1 401 Unauthorized\r\n\r\n'))],
    ['kafka', correlating],
  ] as const)('of %s is answered by one of its own', async (protocol, on) => {
    expect(await ask(protocol, await serve(on))).toMatchObject({ step: 'speak', problem: '' });
  });

  it('reports a server that speaks something else, one that hangs up, and a port nobody listens on', async () => {
    const other = await ask('postgresql', await serve(answering(Buffer.from('HTTP/1.1 400 Bad Request'))));
    expect(other?.problem).toMatch(/not with postgresql/);
    expect((await ask('redis', await serve((socket) => void socket.end())))?.problem).toMatch(
      /closed without a response/
    );
    expect(await ask('tcp', 1)).toMatchObject({ step: 'connect', problem: expect.stringContaining('ECONNREFUSED') });
  });

  it('reports a name that does not resolve, and TLS that is none', async () => {
    const [unknown] = await results({
      mode: 'addresses',
      addresses: [{ host: 'nobody.invalid', port: 80, protocol: 'http' }],
    });
    expect(unknown?.step).toBe('resolve');
    expect(unknown?.problem).not.toBe('');
    expect(await ask('https', await serve(answering(Buffer.from('no TLS here'))))).toMatchObject({ step: 'tls' });
  });
});

describe('a file', () => {
  it('is written through, read back, and reported when it is another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-probe-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'token');
    expect(await results({ mode: 'write', path, token: 'a' })).toEqual([{ subject: path, step: 'file', problem: '' }]);
    expect(await results({ mode: 'read', path, token: 'a' })).toEqual([{ subject: path, step: 'file', problem: '' }]);
    const [other] = await results({ mode: 'read', path, token: 'b' });
    expect(other?.problem).toMatch(/differs from the data written/);
    const [missing] = await results({ mode: 'read', path: join(folder, 'none'), token: 'b' });
    expect(missing?.problem).toMatch(/ENOENT/);
  });
});
