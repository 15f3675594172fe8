import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { requireWritable } from './writable-files.ts';

it('refuses all places that cannot be written at once, and makes nothing', () => {
  const directory = mkdtempSync(join(tmpdir(), 'writable-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [fresh, inside] = [join(directory, 'report.json'), join(directory, 'missing', 'events.json')];
  expect(() => requireWritable({ report: fresh, quiet: true })).not.toThrow();
  expect(existsSync(fresh)).toBe(false);
  expect(() => requireWritable({ report: directory, eventFile: inside, html: fresh })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_UNREADABLE',
      problems: [
        expect.objectContaining({ what: `--event-file ${inside} cannot be written` }),
        expect.objectContaining({ what: `--report ${directory} cannot be written`, why: 'it is a directory' }),
      ],
    }) as Error
  );
});
