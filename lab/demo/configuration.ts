import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createIdentity } from '../../src/cli/location-keys/create.ts';
import { parseIdentityFile, recipientOf } from '../../src/crypto/identity-file.ts';
import type { Lab } from '../lab-file.ts';

/**
 * Writes the demo's configuration file for a running lab beside its state, and the identities that open its store, as
 * `landfall keys create` does, once. Returns the path of the file.
 */
export async function writeConfiguration(lab: Lab): Promise<string> {
  const identity = join(lab.stateDirectory, 'identity.txt');
  const values: Readonly<Record<string, string>> = {
    SOURCE_KUBECONFIG: lab.clusters.source.kubeconfig,
    TARGET_KUBECONFIG: lab.clusters.target.kubeconfig,
    S3_ENDPOINT: lab.s3.endpoint,
    S3_REGION: lab.s3.region,
    S3_BUCKET: lab.s3.bucket,
    S3_CREDENTIALS: lab.s3.credentialsFile,
    IDENTITY: identity,
    RECIPIENT: await recipientIn(identity),
    OFFLINE_RECIPIENT: await recipientIn(join(lab.stateDirectory, 'offline-identity.txt')),
  };
  const template = readFileSync(new URL('landfall.yaml', import.meta.url), 'utf8');
  const file = join(lab.stateDirectory, 'landfall.yaml');
  writeFileSync(
    file,
    template.replaceAll(/'\$\{([A-Z0-9_]+)\}'/g, (place, name: string) => JSON.stringify(values[name] ?? place))
  );
  return file;
}

/** The recipient of an identity file, which is made where it is not there yet. */
export async function recipientIn(file: string): Promise<string> {
  if (!existsSync(file)) return createIdentity(file, Date.now());
  const [identity = ''] = parseIdentityFile(readFileSync(file, 'utf8'), file).identities;
  return recipientOf(identity, file);
}
