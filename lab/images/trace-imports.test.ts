import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { traceImports } from './trace-imports.ts';

describe('lab/images/trace-imports', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-trace-'));
    await mkdir(join(folder, 'core'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('follows every form of import that remains at run time', async () => {
    await writeFile(
      join(folder, 'main.ts'),
      `import { readFile } from 'node:fs/promises';
       import type { Erased } from './erased.ts';
       import { one,
         type Two } from './core/one.ts';
       export { three } from "./core/three.ts";
       import './core/effect.ts';
       const text = "x"; export const y = 1;
       const later = await import('./core/later.ts');`
    );
    await writeFile(
      join(folder, 'core/one.ts'),
      `import { z } from 'zod/v4';\nimport x from '@scope/package/deep';\nimport '../main.ts';`
    );
    for (const name of ['three', 'effect', 'later']) await writeFile(join(folder, 'core', `${name}.ts`), '');

    const { files, packages } = traceImports([join(folder, 'main.ts')]);

    expect(files).toEqual(
      ['core/effect.ts', 'core/later.ts', 'core/one.ts', 'core/three.ts', 'main.ts'].map((file) => join(folder, file))
    );
    expect(packages).toEqual(['@scope/package', 'zod']);
  });

  test('fails naming both files when an import leads nowhere', async () => {
    await writeFile(join(folder, 'main.ts'), `import { gone } from './gone.ts';`);

    expect(() => traceImports([join(folder, 'main.ts')])).toThrow(/main\.ts imports \.\/gone\.ts/);
  });
});
