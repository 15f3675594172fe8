import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a store says once it is ill. */
export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** The connection breaks after the body. */
  readonly reset?: boolean;
}

export interface CannedServer {
  readonly url: string;
  /** What every request is answered with from now on. */
  answer(answer: CannedAnswer): void;
  close(): void;
}

/** A loopback server for answers that no healthy store can be brought to give. */
export async function cannedServer(): Promise<CannedServer> {
  let current: CannedAnswer = { status: 500, body: '' };
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(current.status, current.headers);
      if (current.reset === true) response.write(current.body, () => response.destroy());
      else response.end(request.method === 'HEAD' ? '' : current.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (answer) => {
      current = answer;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
