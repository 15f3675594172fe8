import {
  AwsClient,
  GoogleAuth,
  IdentityPoolClient,
  JWT,
  UserRefreshClient,
  type AuthClient,
} from 'google-auth-library';
import { readGcsCredentials, refuseCredentials, type CredentialsPlace } from './credentials-file.ts';

/** What gives the headers that say who asks; it renews the token behind them. */
export type HeaderSource = Pick<AuthClient, 'getRequestHeaders'>;

/** Enough for the objects of a bucket and for what it says of itself. */
const scopes = ['https://www.googleapis.com/auth/devstorage.read_write'];

/** How servers of tokens are reached. */
export type TransporterOptions = NonNullable<NonNullable<ConstructorParameters<typeof JWT>[0]>['transporterOptions']>;

/**
 * Makes the client of the SDK that a credentials file is for, by its type: the SDK warns of files whose type nobody has checked,
 * since some of them run programs. Throws LOCATION_CREDENTIALS.
 */
export async function fileClient(
  place: CredentialsPlace,
  transporterOptions: TransporterOptions
): Promise<HeaderSource> {
  const { type, content } = await readGcsCredentials(place);
  const text = (name: string): string => {
    const value = content[name];
    if (typeof value === 'string' && value !== '') return value;
    return refuseCredentials(place, { why: `it is of type ${type} and has no ${name}` });
  };
  if (type === 'service_account') {
    const key = { email: text('client_email'), key: text('private_key'), keyId: text('private_key_id') };
    return new JWT({ ...key, scopes, transporterOptions });
  }
  if (type === 'authorized_user') {
    const user = { clientId: text('client_id'), clientSecret: text('client_secret') };
    const quota = content['quota_project_id'];
    const quotaProjectId = typeof quota === 'string' ? { quotaProjectId: quota } : {};
    return new UserRefreshClient({
      ...user,
      ...quotaProjectId,
      refreshToken: text('refresh_token'),
      transporterOptions,
    });
  }
  if (type === 'external_account') return externalClient(place, { content, transporterOptions });
  return refuseCredentials(place, { why: `its type ${type} is none that Landfall supports` });
}

/** Workload identity federation (RFC 8693): a token of another place, from a file, an address or AWS, for one of Google. */
function externalClient(
  place: CredentialsPlace,
  options: {
    readonly content: Readonly<Record<string, unknown>>;
    readonly transporterOptions: TransporterOptions;
  }
): HeaderSource {
  const { content, transporterOptions } = options;
  const source = (content['credential_source'] ?? {}) as Readonly<Record<string, unknown>>;
  if ('executable' in source) refuseCredentials(place, { why: 'it would run a program, which Landfall does not do' });
  const settings = { ...content, scopes, transporterOptions };
  return 'environment_id' in source
    ? new AwsClient(settings as unknown as ConstructorParameters<typeof AwsClient>[0])
    : new IdentityPoolClient(settings as unknown as ConstructorParameters<typeof IdentityPoolClient>[0]);
}

/** The rest of application default credentials: what gcloud has left, and the identity of a machine or pod of Google's. */
export function machineClient(transporterOptions: TransporterOptions): HeaderSource {
  // No request here is about a project; without a name the SDK asks several places for one first.
  return new GoogleAuth({ scopes, projectId: 'unused', clientOptions: { transporterOptions } });
}
