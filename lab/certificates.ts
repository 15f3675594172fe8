import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/host/command.ts';
import { withLock } from '../src/host/lock.ts';

export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** `DNS:...` and `IP:...` entries; their presence makes it a server certificate as well. */
  readonly alternativeNames?: readonly string[];
}

const validityDays = '365';

/** The certificate authority of one cluster, kept as files in a directory. */
export class Authority {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get certificateFile(): string {
    return join(this.directory, 'ca.crt');
  }

  get keyFile(): string {
    return join(this.directory, 'ca.key');
  }

  /** Makes the authority and the key pair for service account tokens unless they exist. */
  async ensure(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    if (!existsSync(this.certificateFile)) {
      const subject = [
        '-subj',
        '/CN=landfall-lab',
        '-addext',
        'keyUsage=critical,keyCertSign,cRLSign,digitalSignature',
      ];
      await this.#request(this.certificateFile, this.keyFile, subject);
    }
    if (!existsSync(this.serviceAccountKeyFile)) this.#makeServiceAccountKeys();
  }

  get serviceAccountKeyFile(): string {
    return join(this.directory, 'service-account.key');
  }

  get serviceAccountPublicFile(): string {
    return join(this.directory, 'service-account.pub');
  }

  /** Issues a certificate under a file name; an existing one is kept when it carries the wanted names. */
  async issue(file: string, subject: Subject): Promise<Certificate> {
    const certificate = {
      certificateFile: join(this.directory, `${file}.crt`),
      keyFile: join(this.directory, `${file}.key`),
    };
    if (isIssued(certificate, subject)) return certificate;
    // Key and certificate are two files: whoever else asks for the same pair waits, and then finds it made.
    await withLock(`${certificate.certificateFile}.lock`, { deadlineMs: 30_000 }, async () => {
      if (!isIssued(certificate, subject)) await this.#sign(certificate, subject);
    });
    return certificate;
  }

  async #sign(certificate: Certificate, subject: Subject): Promise<void> {
    const names = subject.alternativeNames ?? [];
    await this.#request(
      certificate.certificateFile,
      certificate.keyFile,
      [
        ['-CA', this.certificateFile, '-CAkey', this.keyFile, '-subj', distinguishedName(subject)],
        ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'keyUsage=critical,digitalSignature'],
        ['-addext', `extendedKeyUsage=clientAuth${names.length === 0 ? '' : ',serverAuth'}`],
        names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`],
      ].flat()
    );
  }

  async #request(certificateFile: string, keyFile: string, remaining: readonly string[]): Promise<void> {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${keyFile}.new`];
    await run('openssl', [
      'req',
      '-x509',
      ...key,
      '-out',
      `${certificateFile}.new`,
      '-days',
      validityDays,
      ...remaining,
    ]);
    renameSync(`${keyFile}.new`, keyFile);
    renameSync(`${certificateFile}.new`, certificateFile);
  }

  #makeServiceAccountKeys(): void {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    writeFileSync(
      this.serviceAccountPublicFile,
      createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' })
    );
    writeFileSync(this.serviceAccountKeyFile, pem, { mode: 0o600 });
  }
}

function distinguishedName(subject: Subject): string {
  const escape = (value: string): string => value.replaceAll(/[/\\+,]/g, (character) => `\\${character}`);
  const organizations = (subject.organizations ?? []).map((name) => `/O=${escape(name)}`).join('');
  return `${organizations}/CN=${escape(subject.commonName)}`;
}

function isIssued({ certificateFile }: Certificate, subject: Subject): boolean {
  if (!existsSync(certificateFile)) return false;
  const certificate = new X509Certificate(readFileSync(certificateFile));
  const present = (certificate.subjectAltName ?? '').replaceAll('IP Address:', 'IP:').split(', ');
  const subjectLines = [...(subject.organizations ?? []).map((name) => `O=${name}`), `CN=${subject.commonName}`];
  return (
    (subject.alternativeNames ?? []).every((name) => present.includes(name)) &&
    certificate.subject === subjectLines.join('\n') &&
    Date.parse(certificate.validTo) > Date.now() + 86_400_000
  );
}
