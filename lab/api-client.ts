import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** Talks to one API server with the certificates of a lab's kubeconfig: just enough to bring a cluster up and to watch it. */
export class ApiClient {
  readonly server: string;
  readonly #agent: Agent;

  constructor(kubeconfigFile: string) {
    const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
    const pem = (data: string): string => Buffer.from(data, 'base64').toString('utf8');
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    this.server = cluster.server;
    this.#agent = new Agent({
      connect: {
        ca: pem(cluster['certificate-authority-data']),
        cert: pem(user['client-certificate-data']),
        key: pem(user['client-key-data']),
      },
      bodyTimeout: 0,
    });
  }

  async call(
    method: 'GET' | 'PATCH' | 'DELETE' | 'POST' | 'PUT',
    path: string,
    body?: { type: string; text: string }
  ): Promise<ApiAnswer> {
    const response = await request(this.server + path, {
      method,
      dispatcher: this.#agent,
      headersTimeout: 30_000,
      ...(body === undefined ? {} : { body: body.text, headers: { 'content-type': body.type } }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  }

  /** Reads an object; `undefined` when it does not exist, an error for every other refusal. */
  async get<T>(path: string): Promise<T | undefined> {
    const answer = await this.call('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    return JSON.parse(answer.text) as T;
  }

  /** Creates or updates the object at a path by server-side apply; YAML and JSON both do. */
  async apply(path: string, manifest: string): Promise<void> {
    const query = '?fieldManager=landfall-lab&force=true';
    const answer = await this.call('PATCH', path + query, { type: 'application/apply-patch+yaml', text: manifest });
    if (answer.status >= 300)
      throw new Error(`applying ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  }

  /** Opens a watch and yields its raw lines until the server or the signal ends it. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await request(this.server + path, {
      method: 'GET',
      dispatcher: this.#agent,
      headersTimeout: 30_000,
      signal,
    });
    if (response.statusCode !== 200)
      throw new Error(`watching ${path} answered ${response.statusCode}: ${await response.body.text()}`);
    let remaining = '';
    for await (const chunk of response.body.setEncoding('utf8')) {
      const lines = (remaining + String(chunk)).split('\n');
      remaining = lines.pop() ?? '';
      yield* lines;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
