import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as ask, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';

/** A certificate that is its own authority, with its key: files in PEM format. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate for names such as `DNS:store.test` and `IP:127.0.0.1`. */
export function certificateFor(names: readonly string[], folder: string): Certificate {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=landfall-test', '-addext', `subjectAltName=${names.join(',')}`];
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', ['req', ...made, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { cert, key };
}

/** Hands requests on to the server at an http address, with their headers; `host` in place of theirs. */
export function onward(endpoint: string, host?: string): RequestListener {
  const { hostname, port } = new URL(endpoint);
  return (request, response) => {
    const { url: path, method } = request;
    const headers = host === undefined ? request.headers : { ...request.headers, host };
    const there = ask({ host: hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    there.on('error', (error) => response.destroy(error));
    request.pipe(there);
  };
}

export interface TlsFront {
  readonly port: number;
  close(): void;
}

/** Serves what is at an http address by TLS, at a port of `host`. */
export async function tlsFront(endpoint: string, { cert, key }: Certificate, host = '127.0.0.1'): Promise<TlsFront> {
  const server: Server & { closeAllConnections(): void } = createServer(
    { cert: readFileSync(cert), key: readFileSync(key) },
    onward(endpoint)
  );
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
