import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The way of one worker to its Temporal server. */
export interface TemporalLink {
  readonly address: string;
  /** Nothing passes any more and nothing breaks: bytes wait on both ends, as when a network is split. */
  cut(): void;
  /** What has waited goes on. */
  heal(): void;
  close(): void;
}

/** Opens a way to a server, `host:port`, by a loopback port of its own. */
export async function openTemporalLink(server: string): Promise<TemporalLink> {
  const { hostname, port } = new URL(`tcp://${server}`);
  const sockets = new Set<Socket>();
  let isCut = false;
  const add = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on('data', (bytes) => other.write(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    if (isCut) socket.pause();
  };
  const listener = createServer((socket) => {
    const upstream = connect(Number(port), hostname);
    add(socket, upstream);
    add(upstream, socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
