import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

const both = { HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'http://plain:3128' };
const used = (url: string, environment: Record<string, string>): string =>
  proxyFor(new URL(url), environment).proxy?.href ?? 'direct';

describe('proxyFor', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['nothing set', 'https://store', {}, 'direct'],
    ['by scheme', 'https://store', both, 'http://proxy:3128/'],
    ['by scheme', 'http://store', both, 'http://plain:3128/'],
    ['the other scheme only', 'http://store', { HTTPS_PROXY: 'http://proxy:1' }, 'direct'],
    ['lower case', 'https://store', { https_proxy: 'http://proxy:1' }, 'http://proxy:1/'],
    [
      'upper before lower',
      'https://store',
      { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:1' },
      'http://up:1/',
    ],
    ['no scheme', 'https://store', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    ['an IPv6 proxy', 'https://store', { HTTPS_PROXY: 'http://[fd00::1]:3128' }, 'http://[fd00::1]:3128/'],
    ['socks', 'https://store', { HTTPS_PROXY: 'socks5://proxy:1' }, 'direct'],
    ['this machine', 'http://localhost:9000', both, 'direct'],
    ['this machine', 'http://127.0.0.9:9000', both, 'direct'],
    ['this machine', 'http://[::1]:9000', both, 'direct'],
    ['everything', 'https://store', { ...both, NO_PROXY: '*' }, 'direct'],
    ['a name', 'https://store', { ...both, NO_PROXY: 'other, store' }, 'direct'],
    ['a name in lower case', 'https://Store', { ...both, no_proxy: 'STORE' }, 'direct'],
    ['another name', 'https://mystore', { ...both, NO_PROXY: 'store' }, 'http://proxy:3128/'],
    ['below a domain', 'https://a.store.test', { ...both, NO_PROXY: 'store.test' }, 'direct'],
    ['below a domain only', 'https://store.test', { ...both, NO_PROXY: '.store.test' }, 'http://proxy:3128/'],
    ['below a domain only', 'https://a.store.test', { ...both, NO_PROXY: '*.store.test' }, 'direct'],
    ['its port', 'https://store:9000', { ...both, NO_PROXY: 'store:9000' }, 'direct'],
    ['another port', 'https://store', { ...both, NO_PROXY: 'store:9000' }, 'http://proxy:3128/'],
    ['an address', 'https://10.0.0.7', { ...both, NO_PROXY: '10.0.0.7' }, 'direct'],
    ['a network', 'https://10.0.0.7:6443', { ...both, NO_PROXY: '10.0.0.0/8' }, 'direct'],
    ['another network', 'https://11.0.0.7', { ...both, NO_PROXY: '10.0.0.0/8' }, 'http://proxy:3128/'],
    ['an IPv6 address', 'https://[fd00::7]:6443', { ...both, NO_PROXY: 'fd00::7' }, 'direct'],
    ['an IPv6 address written otherwise', 'https://[fd00::7]', { ...both, NO_PROXY: 'fd00:0:0::7' }, 'direct'],
    ['an IPv6 address with its port', 'https://[fd00::7]:6443', { ...both, NO_PROXY: '[fd00::7]:6443' }, 'direct'],
    [
      'an IPv6 address with another port',
      'https://[fd00::7]:6443',
      { ...both, NO_PROXY: '[fd00::7]:1' },
      'http://proxy:3128/',
    ],
    ['an IPv6 network', 'https://[fd00::7]:6443', { ...both, NO_PROXY: 'fd00::/8' }, 'direct'],
    ['nonsense', 'https://store', { ...both, NO_PROXY: '10.0.0.0/99, /8, :, [' }, 'http://proxy:3128/'],
  ])('%s: %s', (_name, url, environment, expected) => expect(used(url, environment)).toBe(expected));

  it('says what is used and what is not, without user and password', () => {
    const secret = { HTTPS_PROXY: 'http://user:word@proxy:3128' };
    expect(proxyFor(new URL('https://store'), secret)).toMatchObject({
      text: 'through the proxy http://proxy:3128 of HTTPS_PROXY',
    });
    expect(proxyFor(new URL('https://store'), { ...secret, no_proxy: 'store' }).text).toBe(
      'directly, because no_proxy exempts store from the proxy of HTTPS_PROXY'
    );
    expect(proxyFor(new URL('https://store'), { HTTPS_PROXY: 'socks5://user:word@proxy' }).text).toContain('not used');
  });
});
