import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { ApiClient } from '../api-client.ts';
import { follow } from './follow.ts';
import { parseQuestion, writeAnswer } from './message.ts';
import { answerQuestion, type EndpointSlice, type Service } from './zone.ts';

/** Cluster DNS as a process: answers from what the API server says, on UDP and TCP. */

const udpBytesMax = 1232;
const tcpBytesMax = 65_535;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    address: { type: 'string' },
    port: { type: 'string', default: '53' },
    domain: { type: 'string', default: 'cluster.local' },
  },
});
const { kubeconfig, address, domain } = values;
if (kubeconfig === undefined || address === undefined)
  throw new Error('usage: --kubeconfig FILE --address IP [--port N] [--domain NAME]');

const names = { services: new Map<string, Service>(), slices: new Map<string, EndpointSlice>() };
const client = new ApiClient(kubeconfig);
// It serves only once it knows something: an early "no such name" would be believed.
await Promise.all([
  new Promise<void>((resolve) => void follow(client, '/api/v1/services', { objects: names.services, onList: resolve })),
  new Promise<void>(
    (resolve) =>
      void follow(client, '/apis/discovery.k8s.io/v1/endpointslices', { objects: names.slices, onList: resolve })
  ),
]);

function respond(message: Buffer, bytesMax: number): Buffer | undefined {
  try {
    const question = parseQuestion(message);
    const answer =
      question.opcode === 0 ? answerQuestion(names, domain, question) : ({ code: 'NOTIMP', records: [] } as const);
    return writeAnswer(question, answer, bytesMax);
  } catch {
    // What is no question gets no answer.
    return undefined;
  }
}

const udp = createSocket('udp4');
udp.on('message', (message, from) => {
  const answer = respond(message, udpBytesMax);
  if (answer !== undefined) udp.send(answer, from.port, from.address);
});
udp.bind(Number(values.port), address);

function serveStream(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const answer = respond(pending.subarray(2, end), tcpBytesMax);
      pending = pending.subarray(end);
      if (answer === undefined) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  });
}

createServer(serveStream).listen(Number(values.port), address);
