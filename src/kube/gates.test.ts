import { describe, expect, it } from 'vitest';
import { createGates } from './gates.ts';

describe('gates', () => {
  const server = new URL('https://10.0.0.1:6443');

  it('are one for a server, however many ask: what slows one run down slows the others', async () => {
    const gates = createGates(8);
    const place = await gates.of(server, undefined).enter(undefined);
    place.leave({ throttled: { retryAfterMs: 1 } });
    expect(gates.of(new URL('https://10.0.0.1:6443/'), undefined).width()).toBe(4);
  });

  it('are others for other servers, paths behind a gateway, and bounds', () => {
    const gates = createGates(8);
    const others = [
      gates.of(new URL('https://10.0.0.2:6443'), undefined),
      gates.of(new URL('https://10.0.0.1:6443/k8s/clusters/a'), undefined),
      gates.of(server, 50),
    ];
    expect(new Set([gates.of(server, undefined), ...others]).size).toBe(4);
  });
});
