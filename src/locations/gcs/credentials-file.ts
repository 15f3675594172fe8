import { readFile } from 'node:fs/promises';
import { LandfallError } from '../../core/errors.ts';

/** A credentials file of Google's, as far as Landfall goes by it; docs of its types: google.aip.dev/auth. */
export interface GcsCredentialsFile {
  readonly json: string;
  /** `service_account`, `external_account` and so on. */
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Where credentials come from: a file that the Location names, or the variable that all tools of Google read. */
export interface CredentialsPlace {
  readonly location: string;
  readonly file: string;
}

/** Reads a credentials file. Its content appears in no message. Throws LOCATION_CREDENTIALS. */
export async function readGcsCredentials(place: CredentialsPlace): Promise<GcsCredentialsFile> {
  const json = await readFile(place.file, 'utf8').catch((cause: unknown) => refuseCredentials(place, { cause }));
  const content = parse(json);
  if (typeof content?.['type'] !== 'string') {
    const why = 'it is no JSON object with a type, as keys of service accounts and other credentials of Google are';
    refuseCredentials(place, { why });
  }
  return { json, type: content['type'], content };
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Throws LOCATION_CREDENTIALS about a credentials file. */
export function refuseCredentials(
  { location, file }: CredentialsPlace,
  reason: { readonly why?: string; readonly cause?: unknown }
): never {
  throw new LandfallError('LOCATION_CREDENTIALS', {
    what: `the credentials file ${file} of Location ${location} cannot be used`,
    ...reason,
    ref: file,
    fix: 'correct credentials.file of the Location, or GOOGLE_APPLICATION_CREDENTIALS of the worker; without both the worker uses the identity of its machine',
  });
}
