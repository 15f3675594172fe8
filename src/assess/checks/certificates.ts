import { parseInstant } from '../../core/run/instant.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check, SecretFacts } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { CertificateObject, IngressObject, IssuerObject, Kube } from '../../core/kube-objects.ts';

const dayMs = 86_400_000;
const soonMs = 21 * dayMs;
/** New certificates of one registered domain in a week at Let's Encrypt. https://letsencrypt.org/docs/rate-limits/ */
const acmeWeekly = 50;

/** TLS Secrets, and what makes them. */
export const certificateChecks: readonly Check[] = [
  {
    id: 'certificates/secrets',
    group: 'certificates',
    describe: 'expiry, keys and format of TLS Secrets',
    codes: ['TLS_EXPIRED', 'TLS_EXPIRES_SOON', 'TLS_INVALID'],
    needs: [],
    run: (facts) => facts.scope.secrets.flatMap((secret) => secretFindings(secret, facts)),
  },
  {
    id: 'certificates/ingresses',
    group: 'certificates',
    describe: 'TLS Secrets that Ingresses refer to, and whether they cover the hosts',
    codes: ['TLS_SECRET_MISSING', 'TLS_HOST_MISMATCH'],
    needs: [],
    run: ingresses,
  },
  {
    id: 'certificates/issuers',
    group: 'certificates',
    describe: 'issuers of cert-manager Certificates, and rate limits of ACME',
    codes: ['ISSUER_MISSING', 'ACME_RATE_LIMIT'],
    needs: ['source/clusterissuers', 'target/clusterissuers', 'target/issuers'],
    isPlanned: true,
    run: (facts) => [...issuers(facts), ...rateLimits(facts)],
  },
];

function secretFindings({ ref, certificate }: SecretFacts, { now, source }: AssessFacts): RawFinding[] {
  if (certificate === undefined) return [];
  const say = (code: RawFinding['code'], message: string): RawFinding[] => [
    {
      code,
      subject: `Secret ${ref.namespace}/${ref.name}`,
      namespace: ref.namespace,
      side: 'source',
      message,
      evidence: `tls.crt of the Secret on ${source.name}; issuer ${certificate.issuer || 'unknown'}`,
    },
  ];
  if (certificate.problem !== '') return say('TLS_INVALID', certificate.problem);
  if (!certificate.keyMatches) return say('TLS_INVALID', 'tls.key belongs to a different certificate');
  const remainingMs = (parseInstant(certificate.notAfter) ?? Infinity) - (parseInstant(now) ?? 0);
  if (remainingMs <= 0) return say('TLS_EXPIRED', `it expired on ${certificate.notAfter}`);
  if (remainingMs > soonMs) return [];
  return say('TLS_EXPIRES_SOON', `it expires on ${certificate.notAfter}, in ${Math.floor(remainingMs / dayMs)} days`);
}

function ingresses(facts: AssessFacts): RawFinding[] {
  const secrets = new Map(facts.scope.secrets.map((secret) => [`${secret.ref.namespace}/${secret.ref.name}`, secret]));
  const made = new Set(
    scopeObjects<CertificateObject>(facts, 'Certificate', 'cert-manager.io').map(
      ({ ref, desired: object }) => `${ref.namespace}/${object.spec?.secretName ?? ''}`
    )
  );
  return scopeObjects<IngressObject>(facts, 'Ingress', 'networking.k8s.io').flatMap(({ ref, desired: object }) => {
    const shim = Object.keys(object.metadata.annotations ?? {}).some((key) => key.startsWith('cert-manager.io/'));
    return (object.spec?.tls ?? []).flatMap(({ hosts = [], secretName = '' }): RawFinding[] => {
      if (secretName === '') return [];
      const key = `${ref.namespace}/${secretName}`;
      const common = {
        subject: `Ingress ${ref.namespace}/${ref.name}`,
        namespace: ref.namespace,
        side: 'source',
        evidence: 'spec.tls of the Ingress and the Secrets of the scope',
      } as const;
      const secret = secrets.get(key);
      if (secret === undefined) {
        if (made.has(key) || shim) return [];
        return [{ ...common, code: 'TLS_SECRET_MISSING', message: `it refers to Secret ${secretName}` }];
      }
      const covered = secret.certificate?.hosts ?? [];
      const bare = hosts.filter((host) => !covered.some((name) => covers(name, host)));
      if (secret.certificate === undefined || secret.certificate.problem !== '' || bare.length === 0) return [];
      const message = `Secret ${secretName} is for ${covered.join(', ') || 'no host'}, not for ${bare.join(', ')}`;
      return [{ ...common, code: 'TLS_HOST_MISMATCH', message }];
    });
  });
}

/** RFC 6125: a wildcard stands for one label. */
function covers(name: string, host: string): boolean {
  const [wanted, given] = [host.toLowerCase(), name.toLowerCase()];
  if (wanted === given) return true;
  return given.startsWith('*.') && wanted.slice(wanted.indexOf('.')) === given.slice(1);
}

/** Annotations by which cert-manager makes a Certificate of an Ingress or Gateway. */
const shimIssuer = { 'cert-manager.io/cluster-issuer': 'ClusterIssuer', 'cert-manager.io/issuer': 'Issuer' } as const;

interface Issued {
  readonly subject: string;
  readonly namespace: string;
  readonly targetNamespace: string;
  readonly issuer: string;
  readonly kind: string;
  readonly hosts: readonly string[];
}

function issuedOf(facts: AssessFacts): readonly Issued[] {
  const certificates = scopeObjects<CertificateObject>(facts, 'Certificate', 'cert-manager.io').flatMap(
    ({ ref, targetNamespace, desired: object }): Issued[] => {
      const { issuerRef, dnsNames: hosts = [] } = object.spec ?? {};
      const subject = `Certificate ${ref.namespace}/${ref.name}`;
      if ((issuerRef?.group ?? 'cert-manager.io') !== 'cert-manager.io') return [];
      const { name: issuer = '', kind = 'Issuer' } = issuerRef ?? {};
      return [{ subject, namespace: ref.namespace, targetNamespace, issuer, kind, hosts }];
    }
  );
  const shims = scopeObjects<IngressObject>(facts, 'Ingress').flatMap(({ ref, targetNamespace, desired: object }) =>
    Object.entries(shimIssuer).flatMap(([annotation, kind]): Issued[] => {
      const issuer = object.metadata.annotations?.[annotation];
      if (issuer === undefined) return [];
      const hosts = (object.spec?.tls ?? []).flatMap((one) => one.hosts ?? []);
      const subject = `Ingress ${ref.namespace}/${ref.name}`;
      return [{ subject, namespace: ref.namespace, targetNamespace, issuer, kind, hosts }];
    })
  );
  return [...certificates, ...shims];
}

function issuers(facts: AssessFacts): RawFinding[] {
  const known = new Set([
    ...listOf(facts.target, 'clusterissuers').map(({ metadata }) => `ClusterIssuer /${metadata.name}`),
    ...listOf(facts.target, 'issuers').map(({ metadata }) => `Issuer ${metadata.namespace ?? ''}/${metadata.name}`),
    ...scopeObjects(facts, 'Issuer').map(({ ref, targetNamespace }) => `Issuer ${targetNamespace}/${ref.name}`),
    ...scopeObjects(facts, 'ClusterIssuer').map(({ ref }) => `ClusterIssuer /${ref.name}`),
  ]);
  return issuedOf(facts).flatMap(({ subject, namespace, targetNamespace, issuer, kind }): RawFinding[] => {
    const key = kind === 'ClusterIssuer' ? `ClusterIssuer /${issuer}` : `${kind} ${targetNamespace}/${issuer}`;
    if (known.has(key)) return [];
    const message = `it refers to ${kind} ${issuer}`;
    const evidence = `issuers of the scope and of ${facts.target.name}`;
    return [{ code: 'ISSUER_MISSING', subject, namespace, side: 'target', message, evidence }];
  });
}

/** Certificates whose Secret does not travel, counted by registered domain (last two labels: a lower bound). */
function rateLimits(facts: AssessFacts): RawFinding[] {
  const acme = new Set(
    [...listOf<IssuerObject>(facts.source, 'clusterissuers'), ...issuersOfScope(facts)]
      .filter(({ spec }) => spec?.acme !== undefined)
      .map(({ metadata }) => metadata.name)
  );
  const domains = issuedOf(facts)
    .filter(({ issuer }) => acme.has(issuer))
    .map(({ hosts }) => hosts[0]?.split('.').slice(-2).join('.') ?? '');
  return [...Map.groupBy(domains, (domain) => domain)].flatMap(([domain, all]): RawFinding[] => {
    if (domain === '' || all.length <= acmeWeekly) return [];
    const message = `${all.length} certificates of ${domain} are issued by ACME; ${acmeWeekly} a week are allowed`;
    const evidence = 'Certificates and annotated Ingresses of the scope';
    return [{ code: 'ACME_RATE_LIMIT', subject: `domain ${domain}`, namespace: '', side: 'target', message, evidence }];
  });
}

function issuersOfScope(facts: AssessFacts): readonly (Kube & IssuerObject)[] {
  return scopeObjects<IssuerObject>(facts, 'Issuer', 'cert-manager.io').map(({ desired }) => desired);
}
