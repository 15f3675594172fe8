import { fromIni, fromNodeProviderChain, fromTemporaryCredentials, fromTokenFile } from '@aws-sdk/credential-providers';
import type { S3CredentialsSpec, S3LocationSpec } from '../../core/spec/location-spec.ts';
import type { S3Credentials } from '../provider.ts';
import { openRoute, type Route } from '../route.ts';
import { credentialsFromFile } from './credentials-file.ts';
import { stsError } from './sts-error.ts';

/** Gives keys; their expiration tells the SDK when to ask again, which it does five minutes before. */
export type KeysProvider = () => Promise<S3Credentials & { readonly expiration?: Date }>;

/** Whose keys sign the requests of a Location. */
export interface S3Identity {
  /** Absent: the SDK's default chain. Throws LOCATION_CREDENTIALS and LOCATION_IDENTITY_*. */
  readonly provider?: KeysProvider;
  /** In words, for messages; absent as `provider` is. */
  readonly text?: string;
  close(): void;
}

const connectTimeoutMs = 5_000;
const answerTimeoutMs = 15_000;

/** Opens the identity that a Location names. Nothing is asked before the first request. */
export function openS3Identity(spec: S3LocationSpec): S3Identity {
  const { credentials, name } = spec;
  if (credentials === undefined) return { close: () => undefined };
  const service = tokenService(spec);
  const source = sourceOf(name, { credentials, client: service.client });
  const keys =
    credentials.assumeRole === undefined ? source : assumed(credentials.assumeRole, { source, client: service.client });
  const text = identityText(credentials);
  const provider: KeysProvider = async () => {
    try {
      return await keys();
    } catch (error) {
      throw stsError(error, { location: name, identity: text, service: service.address, route: service.route.text });
    }
  };
  return { provider, text, close: () => service.route.close() };
}

/** How servers that issue keys are asked. */
interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly maxAttempts: number;
  readonly requestHandler: object;
}

interface TokenService {
  readonly client: ClientSettings;
  readonly address: string;
  readonly route: Route;
}

/** Reached as the store is: through the proxy of the environment, with the authorities of the Location. */
function tokenService({ name, region, caFile, credentials }: S3LocationSpec): TokenService {
  const url = new URL(
    credentials?.stsEndpoint ?? process.env['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${region}.amazonaws.com`
  );
  const route = openRoute(name, url, caFile);
  const endpoint = credentials?.stsEndpoint;
  return {
    client: {
      region,
      ...(endpoint !== undefined && { endpoint }),
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: connectTimeoutMs,
        requestTimeout: answerTimeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: route.httpAgent,
        httpsAgent: route.httpsAgent,
      },
    },
    address: url.host,
    route,
  };
}

interface SourceOptions {
  readonly credentials: S3CredentialsSpec;
  readonly client: ClientSettings;
}

function sourceOf(location: string, { credentials, client }: SourceOptions): KeysProvider {
  const { file, profile = 'default', webIdentity } = credentials;
  if (file !== undefined) return credentialsFromFile(location, { file, profile });
  if (webIdentity !== undefined) {
    const { role, tokenFile, sessionName = defaultSession, durationMs } = webIdentity;
    return fromTokenFile({
      roleArn: role,
      webIdentityTokenFile: tokenFile,
      roleSessionName: sessionName,
      ...(durationMs !== undefined && { durationSeconds: durationMs / 1_000 }),
      clientConfig: client,
    });
  }
  if (credentials.profile === undefined) return fromNodeProviderChain({ clientConfig: client });
  // Of SSO the SDK asks other servers than STS, at addresses that the profile gives.
  const { endpoint: _, ...elsewhere } = client;
  return fromIni({ profile, ignoreCache: true, clientConfig: elsewhere });
}

function assumed(
  { role, externalId, sessionName = defaultSession, durationMs }: NonNullable<S3CredentialsSpec['assumeRole']>,
  { source, client }: { readonly source: KeysProvider; readonly client: ClientSettings }
): KeysProvider {
  return fromTemporaryCredentials({
    masterCredentials: source,
    params: {
      RoleArn: role,
      RoleSessionName: sessionName,
      ...(externalId !== undefined && { ExternalId: externalId }),
      ...(durationMs !== undefined && { DurationSeconds: durationMs / 1_000 }),
    },
    clientConfig: client,
  });
}

const defaultSession = 'landfall';

/** Who a Location asks as, for people who have to grant something. */
export function identityText({ file, profile, webIdentity, assumeRole }: S3CredentialsSpec): string {
  const source =
    file !== undefined
      ? `profile ${profile ?? 'default'} of ${file}`
      : webIdentity !== undefined
        ? `role ${webIdentity.role} by the token in ${webIdentity.tokenFile}`
        : profile !== undefined
          ? `profile ${profile} of the AWS configuration`
          : 'the identity of the worker';
  if (assumeRole === undefined) return source;
  const external = assumeRole.externalId === undefined ? '' : ' with an external id';
  return `role ${assumeRole.role}${external}, assumed by ${source}`;
}
