import { createServer, request as ask } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface ForwardProxy {
  readonly url: string;
  /** `GET http://…` and `CONNECT host:port`, one for each request that came. */
  readonly requests: readonly string[];
  /** What clients have said of themselves (Proxy-Authorization). */
  readonly authorizations: readonly string[];
  close(): void;
}

/** An HTTP proxy on loopback that leads whatever host it is asked for to one address. */
export async function forwardProxy(to: { readonly host: string; readonly port: number }): Promise<ForwardProxy> {
  const requests: string[] = [];
  const authorizations: string[] = [];
  const note = (line: string, said: string | undefined): void => {
    requests.push(line);
    if (said !== undefined) authorizations.push(said);
  };
  const server = createServer((request, response) => {
    note(`${request.method} ${request.url}`, request.headers['proxy-authorization']);
    const { pathname, search } = new URL(request.url ?? '', 'http://proxy');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = ask({ ...to, path: pathname + search, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.destroy(error));
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    note(`CONNECT ${request.url}`, request.headers['proxy-authorization']);
    const onward = connect(to.port, to.host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://user:swordfish@127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    authorizations,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
