import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import type { AssessFacts } from '../../assess/facts.ts';
import type { ClusterSpec, LocationSpec } from '../../core/spec/spec.ts';
import { tokenEnd } from '../../host/token-end.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { providerOf } from '../../locations/registry.ts';

type End = AssessFacts['credentials'][number];

/** When the credentials of a cluster end, where they show it: client certificate or token. Plugins renew themselves. */
export async function clusterCredentialsEnd(spec: ClusterSpec, side: 'source' | 'target'): Promise<readonly End[]> {
  const { user } = await loadKubeconfig(spec);
  if (user.exec !== undefined) return [];
  const subject = `${spec.name}: user of the kubeconfig`;
  const ends: End[] = [];
  const certificate =
    user['client-certificate-data'] !== undefined
      ? Buffer.from(user['client-certificate-data'], 'base64')
      : user['client-certificate'] !== undefined
        ? await readFile(user['client-certificate']).catch(() => undefined)
        : undefined;
  const notAfter = certificate === undefined ? undefined : endOfCertificate(certificate);
  if (notAfter !== undefined) ends.push({ subject: `${subject} (certificate)`, side, notAfter, renewable: false });
  const expires = user.token === undefined ? undefined : tokenEnd(user.token);
  if (expires !== undefined) ends.push({ subject: `${subject} (token)`, side, notAfter: expires, renewable: false });
  return ends;
}

function endOfCertificate(pem: Buffer): string | undefined {
  try {
    return new X509Certificate(pem).validToDate.toISOString();
  } catch {
    return undefined;
  }
}

/** When credentials of a Location end, where something reports. */
export async function locationCredentialsEnd(spec: LocationSpec): Promise<readonly End[]> {
  const notAfter = await providerOf(spec).credentialsEnd(spec);
  return notAfter === undefined ? [] : [{ subject: `Location ${spec.name}`, notAfter, renewable: false }];
}
