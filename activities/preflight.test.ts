import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MigrationSpec } from '../src/core/spec/spec.ts';
import type { Finding } from '../src/core/run/events.ts';
import { createMemoryLocation } from '../test/support/memory-location.ts';
import { keepFindings, preflightFindings } from '../src/services/preflight/preflight-findings.ts';
import { volumeAccess } from '../src/services/preflight/volume-access.ts';

const finding = (index: number, severity: Finding['severity']): Finding => ({
  ...{ code: 'CLUSTER_FORBIDDEN', severity, subject: `west: ${index}`, message: 'no', remedy: 'grant it' },
});

async function kept(findings: readonly Finding[]) {
  const location = createMemoryLocation('store');
  const found = await keepFindings({ location, runId: 'shop-1' }, findings, new AbortController().signal);
  return { ...found, all: await preflightFindings(location, found) };
}

describe('the findings of a preflight', () => {
  it('are all stored and counted where they are too many to travel, and what stops the run travels', async () => {
    const warnings = Array.from({ length: 60 }, (_, index) => finding(index, 'warning'));
    const blockers = Array.from({ length: 10 }, (_, index) => finding(100 + index, 'blocker'));
    const { findings, findingCount, all } = await kept([...warnings, ...blockers]);
    expect(findings).toHaveLength(50);
    expect(findings.slice(0, 10)).toEqual(blockers);
    expect(findingCount).toBe(70);
    expect(all).toEqual([...blockers, ...warnings]);
  });

  it('are all there beyond the bound when each of them stops the run', async () => {
    const blockers = Array.from({ length: 60 }, (_, index) => finding(index, 'blocker'));
    const { findingCount, all } = await kept(blockers);
    expect([findingCount, all.length]).toEqual([60, 60]);
  });

  it('are stored in no second place where they all travel', async () => {
    const few = Array.from({ length: 50 }, (_, index) => finding(index, 'blocker'));
    expect(await kept(few)).toEqual({ findings: few, all: few });
  });
});

describe('the password of the volume repository, before anything is written', () => {
  /** A file with this content and mode, and what is found when volumes are to move with it. */
  async function found(content: string | undefined, mode = 0o600) {
    const directory = mkdtempSync(join(tmpdir(), 'password-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [file, credentials] = [join(directory, 'password'), join(directory, 'credentials')];
    writeFileSync(credentials, '[default]\naws_access_key_id = a\naws_secret_access_key = b\n');
    if (content !== undefined) writeFileSync(file, content);
    if (content !== undefined) chmodSync(file, mode);
    return accessOf(file, credentials);
  }

  async function accessOf(file: string, credentials: string) {
    const location = {
      ...{ name: 'store', provider: 's3', bucket: 'b', prefix: '', region: 'r', endpoint: 'https://s3.example.com' },
      ...{ credentials: { file: credentials, profile: 'default' }, repositoryPassword: { file }, forcePathStyle: true },
    } as unknown as MigrationSpec['location'];
    const findings = await volumeAccess({ location });
    return findings.map(({ code, severity, message }) => `${severity} ${code} ${message.replace(file, 'FILE')}`);
  }

  it('is fine in a file of one line', async () => expect(await found('hunter2\n')).toEqual([]));

  it.each(['', '\n', '  \r\n'])('is missing in a file that holds %j', async (content) => {
    expect(await found(content)).toEqual(['blocker CONFIG_INVALID the repositoryPassword of Location store is empty']);
  });

  it('is missing without the file, and where a directory has its name', async () => {
    const unreadable = 'blocker CONFIG_UNREADABLE the secret file FILE cannot be read';
    expect(await found(undefined)).toEqual([`${unreadable}: there is no such file where the worker runs`]);
    const directory = mkdtempSync(join(tmpdir(), 'password-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const credentials = join(directory, 'credentials');
    writeFileSync(credentials, '[default]\naws_access_key_id = a\naws_secret_access_key = b\n');
    expect(await accessOf(directory, credentials)).toEqual([`${unreadable}: it is a directory`]);
  });

  // Whoever may read everything is refused nothing.
  it.skipIf(process.getuid?.() === 0)('is missing where the worker may not read the file', async () => {
    expect(await found('hunter2', 0o000)).toEqual([
      'blocker CONFIG_UNREADABLE the secret file FILE cannot be read: the user of the worker is not allowed to read it',
    ]);
  });
});
