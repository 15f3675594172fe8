import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Authority, Subject } from './certificates.ts';
import { writeChanged } from './files.ts';

export interface KubeconfigOptions {
  /** Name of the context and of the cluster entry. */
  readonly context: string;
  readonly server: string;
  readonly authority: Authority;
  /** Who the client certificate says it is. */
  readonly user: Subject;
  readonly file: string;
}

/**
 * Writes a kubeconfig that stands by itself: certificates are inside, no path points elsewhere. Only its owner may read it.
 * The certificate is issued by the cluster's authority, so any user and any groups can be had for permission tests.
 */
export async function writeKubeconfig(options: KubeconfigOptions): Promise<string> {
  const { authority, context, user } = options;
  const slug = [user.commonName, ...(user.organizations ?? [])].join('+').replaceAll(/[^A-Za-z0-9+-]/g, '_');
  const certificate = await authority.issue(`user-${slug}`, user);
  const base64 = (file: string): string => readFileSync(file).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        cluster: { server: options.server, 'certificate-authority-data': base64(authority.certificateFile) },
      },
    ],
    users: [
      {
        name: user.commonName,
        user: {
          'client-certificate-data': base64(certificate.certificateFile),
          'client-key-data': base64(certificate.keyFile),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: user.commonName } }],
  };
  return writeChanged(options.file, stringify(kubeconfig), 0o600);
}
