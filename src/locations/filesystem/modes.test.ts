import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openFilesystemLocation } from './index.ts';

it.each([0o000, 0o022, 0o077])(
  'what is stored in a directory is for its owner alone, whatever its mode and umask %i',
  async (mask) => {
    const path = mkdtempSync(join(tmpdir(), 'location-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    chmodSync(path, 0o755);
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    const location = await openFilesystemLocation({
      provider: 'filesystem',
      name: 'here',
      path,
      prefix: 'team/a',
      encryption: 'none',
    });
    await location.create('points/p1/segment', Buffer.from('a Secret'), {});
    await location.put('runs/r1/report', Buffer.from('first'), {});
    await location.put('runs/r1/report', Buffer.from('second'), {});
    const found = readdirSync(path, { recursive: true, withFileTypes: true });
    expect(found.filter((entry) => entry.isFile())).toHaveLength(2);
    for (const entry of found) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isFile() ? 0o600 : 0o700]);
    }
  }
);
