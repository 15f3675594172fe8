import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Retention } from '../../core/retention/point-lock.ts';
import { openLock } from '../open-lock.ts';

/* What a store answers that a real one cannot be brought to; what it does when all is well is in test/contract. */

const directory = mkdtempSync(join(tmpdir(), 'landfall-lock-'));
const ends: (() => void)[] = [() => rmSync(directory, { recursive: true })];
afterAll(() => ends.forEach((end) => end()));

interface Canned {
  readonly status: number;
  readonly body?: string;
}

const wanted: Retention = { mode: 'governance', untilMs: Date.parse('2030-01-01T00:00:00Z') };
const none = { status: 404, body: '<Error><Code>NoSuchObjectLockConfiguration</Code></Error>' };
const held = (mode: string, date: string): Canned => ({
  status: 200,
  body: `<Retention><Mode>${mode}</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`,
});

/** A store that gives these answers, one after the other; what it was asked. */
async function store(answers: readonly Canned[]) {
  const asked: string[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      asked.push(
        `${request.method} ${request.url?.split('?')[1]?.split(/[=&]/)[0] ?? ''} ${body.replace(/^.*?(<Mode>.*<\/RetainUntilDate>).*$/su, '$1')}`.trim()
      );
      const { status, body: text = '' } = left.shift() ?? { status: 500 };
      response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const file = join(directory, 'credentials');
  writeFileSync(file, '[default]\naws_access_key_id = a\naws_secret_access_key = b\n');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = { name: 'store', provider: 's3', bucket: 'bucket', prefix: 'p/', region: 'us-east-1' } as const;
  const access = { endpoint, forcePathStyle: true, credentials: { file, profile: 'default' } };
  const lock = await openLock({ ...place, ...access, encryption: 'none' });
  ends.push(() => void lock.close());
  return { asked, lock };
}

it('locks what has no lock, and asks whether it has', async () => {
  const { asked, lock } = await store([none, { status: 200 }, held('GOVERNANCE', '2030-01-01T00:00:00Z')]);
  expect(await lock.extend('a', wanted)).toEqual(wanted);
  const put = '<Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate>';
  expect(asked).toEqual(['GET retention', `PUT retention ${put}`, 'GET retention']);
});

it('leaves what is locked for longer', async () => {
  const { asked, lock } = await store([held('COMPLIANCE', '2031-01-01T00:00:00Z')]);
  expect(await lock.extend('a', wanted)).toEqual({ mode: 'compliance', untilMs: Date.parse('2031-01-01T00:00:00Z') });
  expect(asked).toEqual(['GET retention']);
});

it('makes a lock longer without making it weaker', async () => {
  const { asked, lock } = await store([
    held('COMPLIANCE', '2029-01-01T00:00:00Z'),
    { status: 200 },
    held('COMPLIANCE', '2030-01-01T00:00:00Z'),
  ]);
  expect(await lock.extend('a', wanted)).toEqual({ ...wanted, mode: 'compliance' });
  expect(asked[1]).toContain('<Mode>COMPLIANCE</Mode>');
});

it.each([
  ['that takes a lock and forgets it', [none, { status: 200 }, none], 'LOCK_NOT_HELD'],
  ['that shortens it', [none, { status: 200 }, held('GOVERNANCE', '2029-12-31T00:00:00Z')], 'LOCK_NOT_HELD'],
  [
    'where a delete marker hides the object',
    [{ status: 405, body: '<Error><Code>MethodNotAllowed</Code></Error>' }],
    'STORED_OBJECT_MISSING',
  ],
  [
    'that has no such object',
    [{ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }],
    'STORED_OBJECT_MISSING',
  ],
  [
    'that does not let us',
    [none, { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }],
    'LOCATION_FORBIDDEN',
  ],
] as const)('says so of a store %s', async (_, answers, code) => {
  const { lock } = await store(answers);
  await expect(lock.extend('a', wanted)).rejects.toMatchObject({ code });
});

it('tries again where the store says later', async () => {
  const { lock } = await store([
    { status: 503, body: '<Error><Code>SlowDown</Code></Error>' },
    held('GOVERNANCE', '2030-01-01T00:00:00Z'),
  ]);
  expect(await lock.extend('a', wanted)).toEqual(wanted);
});

it.each([
  ['ObjectLockConfigurationNotFoundError', 404],
  ['NotImplemented', 501],
])('says of a bucket that answers %s that it has no locks', async (code, status) => {
  const { lock } = await store([{ status, body: `<Error><Code>${code}</Code></Error>` }]);
  await expect(lock.check()).rejects.toMatchObject({ code: 'LOCK_UNSUPPORTED' });
});
