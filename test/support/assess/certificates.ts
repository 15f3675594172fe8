import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/host/command.ts';

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate for host names, valid from now for a number of days; negative = it has expired. */
export async function selfSigned(hosts: readonly string[], days: number): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pair-'));
  const at = (name: string) => join(folder, name);
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key')];
  await run('openssl', [
    'req',
    '-new',
    ...key,
    '-out',
    at('request'),
    '-subj',
    '/CN=test',
    '-addext',
    `subjectAltName=${names}`,
  ]);
  const sign = ['-signkey', at('key'), '-days', String(days), '-copy_extensions', 'copyall', '-out', at('certificate')];
  await run('openssl', ['x509', '-req', '-in', at('request'), ...sign]);
  return { certificate: readFileSync(at('certificate'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
}
