import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ProbeAddress, ProbeResult } from '../../core/probe-protocol.ts';

const answerWithinMs = 5_000;

/** Asks one address: resolves, connects, does TLS, and speaks the first packet of its protocol. Never throws. */
export async function askAddress(address: ProbeAddress): Promise<ProbeResult> {
  const { host, port, protocol } = address;
  const subject = port === 0 ? host : `${host}:${port}`;
  let step: ProbeResult['step'] = 'resolve';
  try {
    if (isIP(host) === 0) await lookup(host);
    if (port === 0) return { subject, step, problem: '' };
    step = 'connect';
    const socket = await connected(host, port);
    try {
      if (protocol === 'https' || protocol === 'tls') {
        step = 'tls';
        await secured(socket, host);
        return { subject, step, problem: '' };
      }
      const first = firstPackets[protocol];
      if (first === undefined) return { subject, step, problem: '' };
      step = 'speak';
      const answer = await exchange(socket, first.send(address));
      const problem = first.fits(answer) ? '' : `it responds, but not with ${protocol}: ${printable(answer)}`;
      return { subject, step, problem };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    return { subject, step, problem: error instanceof Error ? error.message : String(error) };
  }
}

interface FirstPacket {
  /** Empty: the server speaks first. */
  readonly send: (address: ProbeAddress) => Buffer;
  readonly fits: (answer: Buffer) => boolean;
}

/** Client id of the Kafka request, and the correlation its answer must repeat. */
const kafkaClient = Buffer.from('landfall');
const correlation = 7;

const firstPackets: Readonly<Partial<Record<ProbeAddress['protocol'], FirstPacket>>> = {
  // SSLRequest: answered by one byte, S or N. https://www.postgresql.org/docs/current/protocol-message-formats.html
  postgresql: {
    send: () => Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
    fits: (answer) => ['S', 'N', 'E'].includes(String.fromCharCode(answer[0] ?? 0)),
  },
  // Handshake of version 10, or an error packet (host not allowed).
  mysql: { send: () => Buffer.alloc(0), fits: (answer) => answer[4] === 10 || answer[4] === 255 },
  redis: { send: () => Buffer.from('PING\r\n'), fits: (answer) => /^[+-]/.test(answer.toString('latin1')) },
  // ApiVersions, version 0. https://kafka.apache.org/protocol
  kafka: { send: kafkaApiVersions, fits: (answer) => answer.length >= 8 && answer.readInt32BE(4) === correlation },
  http: {
    send: ({ host }) => Buffer.from(`HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    fits: (answer) => answer.toString('latin1').startsWith('HTTP/'),
  },
};

function kafkaApiVersions(): Buffer {
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + kafkaClient.length, 0);
  head.writeInt16BE(18, 4);
  head.writeInt16BE(0, 6);
  head.writeInt32BE(correlation, 8);
  head.writeInt16BE(kafkaClient.length, 12);
  return Buffer.concat([head, kafkaClient]);
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error(`no response within ${answerWithinMs / 1000} s`)));
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function secured(socket: Socket, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...(isIP(host) === 0 ? { servername: host } : {}) });
    secure.once('secureConnect', () => resolve());
    secure.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed in the middle of the handshake')));
  });
}

function exchange(socket: Socket, packet: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed without a response')));
    if (packet.length > 0) socket.write(packet);
  });
}

function printable(answer: Buffer): string {
  return JSON.stringify(answer.subarray(0, 24).toString('latin1'));
}
