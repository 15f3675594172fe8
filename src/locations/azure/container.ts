import {
  AnonymousCredential,
  BaseRequestPolicy,
  ContainerClient,
  newPipeline,
  StorageSharedKeyCredential,
  type HttpOperationResponse,
  type RequestPolicy,
  type RequestPolicyOptions,
  type StoragePipelineOptions,
  type WebResource,
} from '@azure/storage-blob';
import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import { openRoute, type Route } from '../route.ts';
import { azureUrl } from './azure-url.ts';
import { readAzureSecret, type AzureSecret } from './secrets.ts';

/** The SDK's own retries are off: they would multiply with the decorator's. */
const pipelineOptions: StoragePipelineOptions = { retryOptions: { maxTries: 1, tryTimeoutInMs: 300_000 } };

/** A client and how it reaches the store. */
export interface AzureConnection {
  readonly container: ContainerClient;
  readonly route: Route;
}

/** The SDK's client of a container, with the secret of the Location as it is now. */
export async function openAzureContainer(spec: AzureLocationSpec): Promise<AzureConnection> {
  const secret = await readAzureSecret(spec);
  const url = containerUrl(spec);
  const route = openRoute(spec.name, new URL(url), spec.caFile);
  const pipeline = newPipeline(credentialOf(spec, secret), pipelineOptions);
  const agent = url.startsWith('http:') ? route.httpAgent : route.httpsAgent;
  pipeline.factories.unshift({ create: (next, options) => new RoutePolicy(next, options, agent) });
  const signed = 'sasToken' in secret ? `${url}?${secret.sasToken}` : url;
  return { container: new ContainerClient(signed, pipeline), route };
}

/** A shared access signature is part of the address. */
function credentialOf(
  { account }: AzureLocationSpec,
  secret: AzureSecret
): StorageSharedKeyCredential | AnonymousCredential {
  return 'sasToken' in secret ? new AnonymousCredential() : new StorageSharedKeyCredential(account, secret.accountKey);
}

/** The SDK reads proxies from the environment by rules of its own: requests go as all of this process do. */
class RoutePolicy extends BaseRequestPolicy {
  readonly #agent: NonNullable<WebResource['agent']>;

  constructor(next: RequestPolicy, options: RequestPolicyOptions, agent: Route['httpAgent']) {
    super(next, options);
    this.#agent = agent;
  }

  sendRequest(request: WebResource): Promise<HttpOperationResponse> {
    request.agent = this.#agent;
    delete request.proxySettings;
    return this._nextPolicy.sendRequest(request);
  }
}

/** `endpoint` is the URL of the blob service, with the account in its path where the server wants it there (Azurite). */
function containerUrl(spec: AzureLocationSpec): string {
  return `${azureUrl(spec)}/${spec.container}`;
}
