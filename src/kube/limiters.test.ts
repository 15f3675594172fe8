import { describe, expect, it } from 'vitest';
import { createLimiters } from './limiters.ts';

describe('gates', () => {
  const server = new URL('https://10.0.0.1:6443');

  it('are one for a server, however many ask: what slows one run down slows the others', async () => {
    const limiters = createLimiters(8);
    const place = await limiters.of(server, undefined).enter(undefined);
    place.leave({ throttled: { retryAfterMs: 1 } });
    expect(limiters.of(new URL('https://10.0.0.1:6443/'), undefined).width()).toBe(4);
  });

  it('are others for other servers, paths behind a gateway, and bounds', () => {
    const limiters = createLimiters(8);
    const others = [
      limiters.of(new URL('https://10.0.0.2:6443'), undefined),
      limiters.of(new URL('https://10.0.0.1:6443/k8s/clusters/a'), undefined),
      limiters.of(server, 50),
    ];
    expect(new Set([limiters.of(server, undefined), ...others]).size).toBe(4);
  });
});
