import { text } from '../../draft.ts';
import type { Tree } from '../../../core/json/tree.ts';

/** Which controller serves an Ingress, as far as its words are known. */
export type Vocabulary = 'alb' | 'nginx' | 'contour' | 'avi' | 'agic' | 'agc' | 'other';

const vocabularies: readonly {
  readonly vocabulary: Vocabulary;
  readonly controller: RegExp;
  readonly names: RegExp;
}[] = [
  { vocabulary: 'alb', controller: /^(?:ingress\.k8s\.aws\/|eks\.amazonaws\.com\/alb)/, names: /^alb$/ },
  {
    vocabulary: 'nginx',
    controller: /^(?:k8s\.io\/ingress-nginx|webapprouting\.kubernetes\.azure\.com\/)/,
    names: /^(?:nginx|webapprouting\.kubernetes\.azure\.com)$/,
  },
  { vocabulary: 'contour', controller: /^projectcontour\.io\//, names: /^contour$/ },
  { vocabulary: 'avi', controller: /^ako\.vmware\.com\//, names: /^avi-lb$/ },
  {
    vocabulary: 'agic',
    controller: /^azure\/application-gateway/,
    names: /^azure[/-]application-gateway$/,
  },
  { vocabulary: 'agc', controller: /^alb\.networking\.azure\.io\//, names: /^azure-alb-(?:external|internal)$/ },
];

/** By the controller where it is known, since anybody may give a class any name. */
export function vocabularyOf(name: string, controller: string | undefined): Vocabulary {
  const row = vocabularies.find((one) =>
    controller === undefined ? one.names.test(name) : one.controller.test(controller)
  );
  return row?.vocabulary ?? 'other';
}

/** What an Ingress says of who may come in, and how, in the words of one controller. */
export interface IngressWords {
  readonly ranges: readonly string[];
  readonly guards: readonly string[];
  /** Whether a host answers without TLS, by whether its TLS is written in the Ingress. */
  readonly plain: (hasTls: boolean) => boolean | undefined;
  readonly isCanary: boolean;
}

type Read = (word: (name: string) => string, all: Tree) => IngressWords;

const commas = (value: string): string[] => value.split(',');

const albWords: Read = (word) => ({
  ranges: commas(word('alb.ingress.kubernetes.io/inbound-cidrs')),
  guards: [
    ...(/^(?:oidc|cognito)$/.test(word('alb.ingress.kubernetes.io/auth-type')) ? ['the login'] : []),
    ...(word('alb.ingress.kubernetes.io/mutual-authentication') === '' ? [] : ['client certificates']),
    ...(word('alb.ingress.kubernetes.io/security-groups') === '' ? [] : ['security groups']),
  ],
  plain: () => albPlain(word),
  isCanary: false,
});

/** The ports it listens on; by default 443 where a certificate is named, else 80. A redirect takes all of port 80. */
function albPlain(word: (name: string) => string): boolean {
  if (word('alb.ingress.kubernetes.io/ssl-redirect') !== '') return false;
  const ports = word('alb.ingress.kubernetes.io/listen-ports');
  if (ports === '') return word('alb.ingress.kubernetes.io/certificate-arn') === '';
  return /"HTTP"/.test(ports);
}

const nginx = 'nginx.ingress.kubernetes.io/';
const nginxWords: Read = (word, all) => {
  const snippets = ['configuration-snippet', 'server-snippet', 'auth-snippet'].map((name) => word(nginx + name));
  const verifies = !/^(?:off|optional|optional_no_ca)$/.test(word(`${nginx}auth-tls-verify-client`));
  return {
    ranges: [...commas(word(`${nginx}whitelist-source-range`)), ...commas(word(`${nginx}allowlist-source-range`))],
    guards: [
      ...(word(`${nginx}auth-type`) + word(`${nginx}auth-url`) === '' ? [] : ['the login']),
      ...(word(`${nginx}auth-tls-secret`) !== '' && verifies ? ['client certificates'] : []),
      ...(word(`${nginx}denylist-source-range`) === '' ? [] : ['the list of denied addresses']),
      ...(snippets.some((one) => /\b(?:deny|allow|auth_\w+|satisfy)\b/.test(one)) ? ['snippet rules'] : []),
    ],
    plain: (hasTls) =>
      !(
        text(all, `${nginx}force-ssl-redirect`) === 'true' ||
        (hasTls && text(all, `${nginx}ssl-redirect`) !== 'false')
      ),
    isCanary: word(`${nginx}canary`) === 'true',
  };
};

const contourWords: Read = (word) => ({
  ranges: [],
  guards: [],
  // Both hold with and without a certificate: then there is a redirect to nothing, or no answer at all.
  plain: () =>
    word('ingress.kubernetes.io/force-ssl-redirect') !== 'true' && word('kubernetes.io/ingress.allow-http') !== 'false',
  isCanary: false,
});

/** AKO redirects to TLS by itself where a host has a certificate. */
const aviWords: Read = () => ({ ranges: [], guards: [], plain: (hasTls) => !hasTls, isCanary: false });

/** AGIC makes a listener without TLS only where none has TLS, or to redirect. */
const agicWords: Read = (word) => ({
  ranges: [],
  guards: [],
  plain: (hasTls) => !hasTls && word('appgw.ingress.kubernetes.io/appgw-ssl-certificate') === '',
  isCanary: false,
});

/** Of others: what looks like a guard counts as one by its whole text, so that it is missed when it goes. */
const otherWords: Read = (_word, all) => ({
  ranges: [],
  guards: Object.entries(all)
    .filter(([key]) => /auth|whitelist|allowlist|source-range|denylist|mtls|ssl|tls|redirect|allow-http/i.test(key))
    .filter(([key]) => !/^(?:cert-manager\.io|acme\.cert-manager\.io|external-dns)/.test(key))
    .map(([key]) => key),
  plain: () => undefined,
  isCanary: false,
});

const readers: Readonly<Record<Vocabulary, Read>> = {
  alb: albWords,
  nginx: nginxWords,
  contour: contourWords,
  avi: aviWords,
  agic: agicWords,
  agc: aviWords,
  other: otherWords,
};

export function ingressWords(vocabulary: Vocabulary, annotations: Tree | undefined): IngressWords {
  return readers[vocabulary]((name) => text(annotations, name), annotations ?? {});
}
