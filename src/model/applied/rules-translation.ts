import { documentNamed, type ConfigDocument, type Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { Cluster } from '../cluster/schema.ts';
import type { AppliedDocument } from './document.ts';

type Document = ConfigDocument<AppliedDocument>;

const dnsName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const account = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const arn = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i;
const digest = /^sha256:[0-9a-f]{64}$/;
const label =
  /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?=[A-Za-z0-9]?([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Keys that would become something else than a key of a table. */
const prototypeKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Tables of translation say words the target can understand, and lead nowhere twice. */
export const translationRules: readonly Rule<AppliedDocument>[] = [
  { name: 'translation-keys-are-names', local: true, check: keysAreNames },
  { name: 'translation-words-fit', local: true, check: wordsFit },
  {
    name: 'translation-identities-fit-the-target',
    check: (one, config) =>
      identitiesFit(one, documentNamed(config, Cluster, one.value.spec.target)?.value.spec.platform),
  },
  {
    name: 'translation-registries-do-not-chain',
    local: true,
    check: registriesDoNotChain,
  },
];

const tables = [
  'zones',
  'nodePools',
  'certificates',
  'identities',
  'registries',
  'imageDigests',
  'pullSecrets',
  'podSecurity',
  'runtimeClasses',
  'priorityClasses',
] as const;

function keysAreNames(document: Document): Violation[] {
  const { translation } = document.value.spec;
  const all = tables.map((name) => ({
    path: ['spec', 'translation', name],
    table: translation[name] as Readonly<Record<string, unknown>>,
  }));
  all.push({ path: ['spec', 'translation', 'loadBalancers', 'addresses'], table: translation.loadBalancers.addresses });
  all.push({ path: ['spec', 'translation', 'ingress', 'classes'], table: translation.ingress.classes });
  return all.flatMap(({ path, table }) =>
    Object.keys(table).flatMap((key): Violation[] => {
      if (key !== '' && !prototypeKeys.includes(key)) return [];
      const what = key === '' ? 'is empty' : 'is a reserved word of JavaScript, not a name';
      return [
        {
          document,
          path: [...path, key],
          atKey: true,
          what,
          hint: 'write the name exactly as in the objects of the source',
        },
      ];
    })
  );
}

function wordsFit(document: Document): Violation[] {
  const { translation } = document.value.spec;
  const at = (name: string, key: string): Pick<Violation, 'document' | 'path'> => ({
    document,
    path: ['spec', 'translation', name, key],
  });
  const violations: Violation[] = [];
  for (const [pool, value] of Object.entries(translation.nodePools)) {
    if (value !== '' && !(value.includes('=') ? label : dnsName).test(value))
      violations.push({
        ...at('nodePools', pool),
        what: 'is neither a pool nor key=value',
        hint: "a pool's name, a node label as key=value, or ''",
      });
  }
  for (const [image, value] of Object.entries(translation.imageDigests)) {
    if (!digest.test(value))
      violations.push({
        ...at('imageDigests', image),
        what: 'is not a digest',
        hint: 'sha256: and 64 hexadecimal digits, as the registry reports it',
      });
  }
  for (const name of Object.keys(translation.identities)) {
    if (!account.test(name))
      violations.push({
        ...at('identities', name),
        atKey: true,
        what: 'is not namespace/serviceaccount',
        hint: 'write the namespace of the source, a slash and the ServiceAccount',
      });
  }
  for (const [key, value] of Object.entries(translation.storage)) {
    if (!dnsName.test(value))
      violations.push({
        ...at('storage', key),
        what: 'is not the name of a storage class',
        hint: 'lower-case letters, digits, - and .',
      });
  }
  for (const [prefix, value] of Object.entries(translation.registries)) {
    if (/^https?:\/\//.test(prefix) || /^https?:\/\//.test(value))
      violations.push({
        ...at('registries', prefix),
        what: 'has a scheme',
        hint: 'write host/path as in image names, without https://',
      });
    if (prefix.endsWith('/') !== value.endsWith('/'))
      violations.push({
        ...at('registries', prefix),
        what: 'ends with / on one side only',
        hint: 'end both with / or none',
      });
  }
  return violations;
}

/** A role of AWS in a table for Azure would be written and never work. */
function identitiesFit(document: Document, platform: string | undefined): Violation[] {
  if (platform !== 'eks' && platform !== 'aks') return [];
  const { identities } = document.value.spec.translation;
  const pattern = platform === 'eks' ? arn : uuid;
  const hint = platform === 'eks' ? 'arn:aws:iam::ACCOUNT:role/NAME' : 'a client id, or client/tenant';
  return Object.entries(identities).flatMap(([name, value]): Violation[] =>
    value === '' || pattern.test(value)
      ? []
      : [
          {
            document,
            path: ['spec', 'translation', 'identities', name],
            what: `is not an identity of ${platform}`,
            hint,
          },
        ]
  );
}

/** a to b and b to c: whether an image ends at b or c would depend on how often it is translated. */
function registriesDoNotChain(document: Document): Violation[] {
  const { registries } = document.value.spec.translation;
  const begins = (value: string, prefix: string): boolean =>
    value === prefix || value.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
  return Object.entries(registries).flatMap(([from, to]): Violation[] => {
    const next = Object.keys(registries).find((other) => begins(to, other) && registries[other] !== other);
    if (next === undefined) return [];
    const what =
      next === from ? 'maps into itself' : `maps into the entry ${next}, so images would be translated twice`;
    return [
      {
        document,
        path: ['spec', 'translation', 'registries', from],
        what,
        hint: 'use the final registry in both entries',
      },
    ];
  });
}
