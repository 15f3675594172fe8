import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab-file.ts';

/**
 * Writes the demo's configuration file for a running lab beside its state, and the password of the volume repository
 * once. Returns the path of the file.
 */
export function writeConfiguration(lab: Lab): string {
  const password = join(lab.stateDirectory, 'repository-password');
  if (!existsSync(password)) writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  const values: Readonly<Record<string, string>> = {
    SOURCE_KUBECONFIG: lab.clusters.source.kubeconfig,
    TARGET_KUBECONFIG: lab.clusters.target.kubeconfig,
    S3_ENDPOINT: lab.s3.endpoint,
    S3_REGION: lab.s3.region,
    S3_BUCKET: lab.s3.bucket,
    S3_CREDENTIALS: lab.s3.credentialsFile,
    REPOSITORY_PASSWORD: password,
  };
  const template = readFileSync(new URL('landfall.yaml', import.meta.url), 'utf8');
  const file = join(lab.stateDirectory, 'landfall.yaml');
  writeFileSync(
    file,
    template.replaceAll(/'\$\{([A-Z0-9_]+)\}'/g, (place, name: string) => JSON.stringify(values[name] ?? place))
  );
  return file;
}
