import { describe, expect, it } from 'vitest';
import { conversionFinding, conversionOf, travellingConversion } from './conversion.ts';

const definition = (conversion: object) =>
  JSON.stringify({
    spec: {
      ...{ group: 'g', scope: 'Namespaced', names: { kind: 'Box', plural: 'boxes' }, conversion },
      versions: [
        { name: 'v1', served: true, storage: false },
        { name: 'v2', served: true, storage: true },
      ],
    },
  });
const webhook = definition({
  strategy: 'Webhook',
  webhook: { clientConfig: { service: { namespace: 'ops', name: 'convert' } } },
});
const dead = { why: 'no endpoint is ready behind it', isDead: true };

function severityOf(versions: readonly string[], answer = dead): string | undefined {
  const conversion = conversionOf('boxes.g', webhook);
  if (conversion === undefined) return undefined;
  for (const version of versions) conversion.versions.add(version);
  return conversionFinding(conversion, answer).severity;
}

describe('a conversion webhook that does not answer', () => {
  it.each<[string, readonly string[], typeof dead, string]>([
    ['stops a run that writes another version than the stored one', ['v1'], dead, 'blocker'],
    ['stops one that writes both', ['v1', 'v2'], dead, 'blocker'],
    ['is a warning where the stored version is written', ['v2'], dead, 'warning'],
    ['is a warning where it cannot be looked at', ['v1'], { ...dead, isDead: false }, 'warning'],
  ])('%s', (_, versions, answer, severity) => {
    expect(severityOf(versions, answer)).toBe(severity);
  });

  it('is none where versions differ by their name only', () => {
    expect(conversionOf('boxes.g', definition({ strategy: 'None' }))).toBeUndefined();
  });

  it('is reported of a definition that travels', () => {
    expect(travellingConversion('boxes.g', webhook)).toMatchObject([
      { code: 'CRD_CONVERSION_WEBHOOK', severity: 'warning', message: 'Service ops/convert converts its versions' },
    ]);
    expect(travellingConversion('boxes.g', definition({ strategy: 'None' }))).toEqual([]);
  });
});
