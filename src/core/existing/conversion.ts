import { catalogue } from '../findings/catalogue/index.ts';
import type { DefinitionObject } from '../kube-objects.ts';
import type { Finding } from '../run/events.ts';

/** A definition of the target that converts its versions by a webhook, and the versions a plan writes. */
export interface Conversion {
  readonly definition: string;
  /** Absent: it is asked at a URL, which cannot be looked at from here. */
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly storage: string;
  readonly versions: Set<string>;
}

/** How a definition converts; undefined where no webhook is asked. */
export function conversionOf(definition: string, text: string): Conversion | undefined {
  const { spec } = JSON.parse(text) as DefinitionObject;
  const { conversion, versions } = spec;
  if (conversion?.strategy !== 'Webhook') return undefined;
  const service = conversion.webhook?.clientConfig?.service;
  const storage = versions.find((version) => version.storage)?.name ?? '';
  return { definition, storage, versions: new Set(), ...(service === undefined ? {} : { service }) };
}

/**
 * What a conversion webhook without an answer means. An object that is written in the stored version needs no conversion;
 * whoever reads it in another version, or lists what is stored in another, does
 * (apiextensions-apiserver/pkg/apiserver/conversion: objects of the wanted version are not sent).
 */
export function conversionFinding(
  { definition, service, storage, versions }: Conversion,
  { why, isDead }: { readonly why: string; readonly isDead: boolean }
): Finding {
  const others = [...versions].filter((version) => version !== storage).sort();
  const by = service === undefined ? 'a URL' : `Service ${service.namespace}/${service.name}`;
  const effect =
    others.length > 0
      ? `the objects that move are written as ${others.join(', ')} and stored as ${storage}, so they are rejected`
      : `the objects that move are written in the storage version, ${storage}; reading them in another version fails`;
  const { severity, remedy } = catalogue.CRD_CONVERSION_DEAD;
  return {
    code: 'CRD_CONVERSION_DEAD',
    severity: isDead && others.length > 0 ? severity : 'warning',
    subject: `CustomResourceDefinition ${definition}`,
    message: `${by} converts its versions: ${why}; ${effect}`,
    remedy,
    side: 'target',
  };
}

/** A definition that comes with the application and converts by a webhook, which has to run before other versions are used. */
export function travellingConversion(definition: string, text: string): readonly Finding[] {
  const conversion = conversionOf(definition, text);
  if (conversion === undefined) return [];
  const { service } = conversion;
  const by = service === undefined ? 'a URL' : `Service ${service.namespace}/${service.name}`;
  const { severity, remedy } = catalogue.CRD_CONVERSION_WEBHOOK;
  return [
    {
      code: 'CRD_CONVERSION_WEBHOOK',
      severity,
      subject: `CustomResourceDefinition ${definition}`,
      message: `${by} converts its versions`,
      remedy,
      side: 'target',
    },
  ];
}
