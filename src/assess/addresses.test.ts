import { describe, expect, it } from 'vitest';
import { serviceOfHost } from '../core/edge/service-hosts.ts';
import { findAddresses, isInNetwork } from './addresses.ts';

const found = (key: string, text: string): string[] =>
  findAddresses(key, text).map(({ host, port, protocol }) => `${host}:${port} ${protocol}`);

describe('findAddresses', () => {
  it.each([
    ['', 'postgres://app:secret@db.example.org/shop?sslmode=require', ['db.example.org:5432 postgresql']],
    ['', 'jdbc:mysql://db.example.org:3307/shop', ['db.example.org:3307 mysql']],
    [
      '',
      'mongodb://u:p@m1.example.org:27017,m2.example.org/x',
      ['m1.example.org:27017 tcp', 'm2.example.org:27017 tcp'],
    ],
    ['BROKERS', 'k1.example.org:9092,k2.example.org:9092', ['k1.example.org:9092 kafka', 'k2.example.org:9092 kafka']],
    ['DB_HOST', 'db.example.org', ['db.example.org:0 tcp']],
    ['DB_HOST', '10.1.2.3', ['10.1.2.3:0 tcp']],
    ['', 'Server=tcp:sql.example.org,1433;Database=x', ['sql.example.org:1433 tcp']],
    ['app.properties', 'cache.host=redis.example.org\ncache.port=6379', ['redis.example.org:0 tcp']],
    ['', 'https://API.Example.org./v1', ['api.example.org:443 https']],
  ])('reads %s %s', (key, text, addresses) => {
    expect(found(key, text)).toEqual(addresses);
  });

  it.each([
    ['MODE', 'production'],
    ['VERSION', '1.2.3.4'],
    ['', 'http://localhost:8080 and http://127.0.0.1/'],
    ['', 'see nginx.conf:12 and main.py:40'],
    ['', 'xmlns="http://www.w3.org/2000/svg"'],
    ['TIME', '12:30:45'],
    ['_example', 'endpoint: http://jaeger-collector.jaeger.svc.cluster.local:14268'],
  ])('finds nothing in %s %s', (key, text) => {
    expect(found(key, text)).toEqual([]);
  });

  it('keeps nothing but host and port', () => {
    expect(JSON.stringify(findAddresses('', 'amqp://me:word@q.example.org/vhost?key=word'))).not.toMatch(
      /word|vhost|me/
    );
  });

  it('is linear in long text of nothing but beginnings', () => {
    for (const part of ['a.', 'http://', 'host=', '1.1.1.', 'x:', '@'])
      expect(findAddresses('host', part.repeat(200_000)).length).toBeLessThanOrEqual(200);
  });
});

describe('addresses of a cluster', () => {
  it.each([
    ['db.shop.svc', { name: 'db', namespace: 'shop' }],
    ['db.shop.svc.cluster.local', { name: 'db', namespace: 'shop' }],
    ['pod-0.db.shop.svc.cluster.local', { name: 'db', namespace: 'shop' }],
    ['svc.example.org', undefined],
    ['db.example.org', undefined],
  ])('%s', (host, service) => {
    expect(serviceOfHost(host, () => false)).toEqual(service);
  });

  it('are in a network or not', () => {
    expect(isInNetwork('10.244.1.7', '10.244.0.0/16')).toBe(true);
    expect(isInNetwork('10.245.1.7', '10.244.0.0/16')).toBe(false);
    expect(isInNetwork('10.244.1.7', 'fd00::/64')).toBe(false);
  });
});
