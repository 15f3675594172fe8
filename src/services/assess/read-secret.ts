import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificateFacts, SecretFacts } from '../../assess/facts.ts';
import type { ObjectRef } from '../../core/resource.ts';

/** Forms of fixed credentials. What is found is reported by its kind; the value goes no further than this file. */
const cloudKeyForms: readonly (readonly [kind: string, form: RegExp])[] = [
  ['an AWS access key', /(?<![A-Z0-9])(AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/],
  ['an Azure storage key', /AccountKey=[A-Za-z0-9+/]{80,}={0,2}/],
  ['an Azure shared access signature', /[?&]sig=[A-Za-z0-9%+/]{30,}/],
  ['a Google service account key', /"type"\s*:\s*"service_account"[\s\S]{0,4000}"private_key"/],
];
const scannedMax = 64 * 1024;

export interface SecretObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** What may be known of a Secret: types, keys, certificates, registries. No value leaves. */
export function readSecret(ref: ObjectRef, { type = 'Opaque', data = {} }: SecretObject): SecretFacts {
  const values = Object.entries(data).map(([key, value]) => [key, decode(value)] as const);
  const certificate = type === 'kubernetes.io/tls' ? readCertificate(data) : undefined;
  return {
    ref,
    type,
    keys: Object.keys(data).sort(),
    ...(certificate === undefined ? {} : { certificate }),
    registries: registriesOf(type, data),
    cloudKeys: findCloudKeys(values),
  };
}

export function findCloudKeys(values: readonly (readonly [string, string])[]): SecretFacts['cloudKeys'] {
  return values.flatMap(([key, value]) => {
    const cut = value.slice(0, scannedMax);
    return cloudKeyForms.filter(([, form]) => form.test(cut)).map(([kind]) => ({ key, kind }));
  });
}

function decode(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

function registriesOf(type: string, data: Readonly<Record<string, string>>): readonly string[] {
  const key = type === 'kubernetes.io/dockerconfigjson' ? '.dockerconfigjson' : '.dockercfg';
  const text = data[key];
  if (text === undefined) return [];
  try {
    const parsed = JSON.parse(decode(text)) as { auths?: object };
    return Object.keys(parsed.auths ?? parsed).map(hostOf);
  } catch {
    // Not what its type says: the pull fails, and the API server has taken it all the same.
    return [];
  }
}

/** `https://index.docker.io/v1/` is how Docker writes its own registry. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? 'docker.io' : host;
}

/** Registry credentials of a pull secret, for asking the registry itself. */
export function credentialsOf(secret: SecretObject, registry: string): { user: string; password: string } | undefined {
  const { type = '', data = {} } = secret;
  const text = data[type === 'kubernetes.io/dockerconfigjson' ? '.dockerconfigjson' : '.dockercfg'];
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(decode(text)) as { auths?: object };
    const entries = Object.entries((parsed.auths ?? parsed) as Record<string, Record<string, string>>);
    const found = entries.find(([server]) => hostOf(server) === registry)?.[1];
    if (found === undefined) return undefined;
    const { username, password, auth = '' } = found;
    if (username !== undefined && password !== undefined) return { user: username, password };
    const [user = '', ...rest] = decode(auth).split(':');
    return { user, password: rest.join(':') };
  } catch {
    return undefined;
  }
}

function readCertificate(data: Readonly<Record<string, string>>): CertificateFacts {
  const none = { notBefore: '', notAfter: '', issuer: '', hosts: [], keyMatches: false };
  try {
    const certificate = new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'));
    return {
      problem: '',
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      issuer: /(?:^|\n)(?:CN|O)=([^\n]+)/.exec(certificate.issuer)?.[1] ?? '',
      hosts: hostsOf(certificate),
      keyMatches: isKeyOf(certificate, Buffer.from(data['tls.key'] ?? '', 'base64')),
    };
  } catch {
    return { ...none, problem: 'tls.crt is not a PEM certificate' };
  }
}

function hostsOf({ subjectAltName = '', subject }: X509Certificate): readonly string[] {
  const names = subjectAltName.split(', ').flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
  const common = /(?:^|\n)CN=([^\n]+)/.exec(subject)?.[1];
  return names.length > 0 || common === undefined ? names : [common];
}

function isKeyOf(certificate: X509Certificate, pem: Buffer): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}

/** The end of the first certificate of a caBundle; undefined when it is none. */
export function bundleEnd(caBundle: string): string | undefined {
  try {
    return new X509Certificate(Buffer.from(caBundle, 'base64')).validToDate.toISOString();
  } catch {
    return undefined;
  }
}
