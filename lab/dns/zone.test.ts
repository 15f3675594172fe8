import { describe, expect, it } from 'vitest';
import { parseQuestion, recordTypes, writeAnswer } from './message.ts';
import { answerQuestion, type ClusterNames, type EndpointSlice, type Service } from './zone.ts';

const domain = 'cluster.local';
const aaaa = 28;

function aService(name: string, spec: Service['spec']): [string, Service] {
  return [`shop/${name}`, { metadata: { name, namespace: 'shop' }, spec }];
}

const slice: EndpointSlice = {
  metadata: { name: 'db-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
  endpoints: [
    { addresses: ['10.1.0.5'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.1.0.6'], hostname: 'db-1', conditions: { ready: false } },
    { addresses: ['10.1.0.7'] },
  ],
  ports: [{ name: 'pg', port: 5432 }],
};

const names: ClusterNames = {
  services: new Map([
    aService('web', { clusterIP: '10.96.0.7', ports: [{ name: 'http', protocol: 'TCP', port: 80 }] }),
    aService('db', { clusterIP: 'None', ports: [{ name: 'pg', port: 5432 }] }),
    aService('idle', { clusterIP: 'None' }),
    aService('away', { type: 'ExternalName', externalName: 'db.example.org' }),
  ]),
  slices: new Map([['shop/db-x', slice]]),
};

describe('answerQuestion', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'A', ['10.96.0.7']],
    ['db.shop.svc.cluster.local', 'A', ['10.1.0.5', '10.1.0.7']],
    ['db-0.db.shop.svc.cluster.local', 'A', ['10.1.0.5']],
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV', ['web.shop.svc.cluster.local:80']],
    [
      '_pg._tcp.db.shop.svc.cluster.local',
      'SRV',
      ['db-0.db.shop.svc.cluster.local:5432', '10-1-0-7.db.shop.svc.cluster.local:5432'],
    ],
    ['away.shop.svc.cluster.local', 'A', ['db.example.org']],
  ] as const)('knows %s %s', (name, type, expected) => {
    const answer = answerQuestion(names, domain, { name, type: recordTypes[type] });
    expect(answer.code).toBe('NOERROR');
    expect(
      answer.records.map((record) => {
        if (record.type === 'A') return record.address;
        return record.type === 'SRV' ? `${record.target}:${record.port}` : record.target;
      })
    ).toEqual(expected);
  });

  it.each([
    ['db-1.db.shop.svc.cluster.local', 'an endpoint that is not ready'],
    ['idle.shop.svc.cluster.local', 'a headless service without endpoints'],
    ['nobody.shop.svc.cluster.local', 'a missing service'],
    ['a.web.shop.svc.cluster.local', 'a name below a service with an address'],
    ['example.org', 'a name outside the cluster'],
    ['web.shop.svc.cluster.local.shop.svc.cluster.local', 'what a search path makes of a full name'],
  ])('denies %s: %s', (name) => {
    expect(answerQuestion(names, domain, { name, type: recordTypes.A })).toEqual({ code: 'NXDOMAIN', records: [] });
  });

  it('has no IPv6 address for a name that exists, which is not the same as denying it', () => {
    const answer = answerQuestion(names, domain, { name: 'web.shop.svc.cluster.local', type: aaaa });
    expect(answer).toEqual({ code: 'NOERROR', records: [] });
  });
});

describe('the wire format', () => {
  function aQuery(name: string): Buffer {
    const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
    return Buffer.concat([Buffer.from('abcd01000001000000000000', 'hex'), ...labels, Buffer.from('0000010001', 'hex')]);
  }

  it('repeats id and question, and counts its answers', () => {
    const question = parseQuestion(aQuery('Web.shop'));
    expect(question).toMatchObject({ id: 0xabcd, name: 'web.shop', type: 1, recursionDesired: true });
    const message = writeAnswer(
      question,
      { code: 'NOERROR', records: [{ name: 'web.shop', type: 'A', address: '10.0.0.1' }] },
      512
    );
    expect(message.readUInt16BE(0)).toBe(0xabcd);
    expect(message.readUInt16BE(6)).toBe(1);
    expect(message.subarray(-4)).toEqual(Buffer.of(10, 0, 0, 1));
  });

  it('cuts an answer that does not fit and says so', () => {
    const records = Array.from(
      { length: 40 },
      (_, index) => ({ name: 'web.shop', type: 'A', address: `10.0.0.${index}` }) as const
    );
    const message = writeAnswer(parseQuestion(aQuery('web.shop')), { code: 'NOERROR', records }, 512);
    expect(message.readUInt16BE(2) & 0x0200).toBe(0x0200);
    expect(message.length).toBeLessThanOrEqual(512);
  });

  it.each([
    ['too short', Buffer.alloc(4)],
    ['cut inside a label', aQuery('web.shop').subarray(0, 15)],
    ['no question', Buffer.alloc(12)],
  ])('refuses a message that is %s', (_, message) => {
    expect(() => parseQuestion(message)).toThrow(/query|outside|range/i);
  });
});
